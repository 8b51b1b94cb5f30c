// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IHallmarkVerifier} from "./interfaces/IHallmarkVerifier.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {CappedCall} from "./libraries/CappedCall.sol";
import {OpeningKey} from "./libraries/OpeningKey.sol";

/// @title A register of models, each pinned by its weights for good
/// @dev Records are written once and never again. Two accounts outside of the registry matter, and both are held against a
/// hash in every verification: the verifier, by the hash of its code, and the key, by its digest. Code of an account does
/// not change any more (EIP-6780), with two exceptions: what is destroyed in the transaction that made it, and what an
/// account with a private key delegates to (EIP-7702). The hashes see to it that neither makes another model out of a
/// record: at worst its proofs can't be checked, and requests are refunded. So look whether the key is still there before
/// you buy: once it has outlasted a transaction, it stays.
contract ModelRegistry is IModelRegistry {
    /// @notice The most gas that a verification can take.
    /// @dev Some 1500 points; the keys in use have 50 to 70, and a transaction has 2^24 gas (EIP-7825).
    uint256 public constant VERIFY_GAS = 10_000_000;

    IHallmarkVerifier private immutable VERIFIER;
    bytes32 private immutable VERIFIER_CODE_HASH;
    bytes32 private immutable SETUP_DIGEST;
    bytes32 private immutable TAU_G2_HASH;
    bool private immutable DEVELOPMENT;

    mapping(bytes32 modelId => Model) private _models;

    /// @param verifier_ The contract that checks proofs, once and for all.
    /// @param setup_ The setup that all keys have to have been made for.
    /// @param development Whether this registry is for tests. If not, a setup for development is refused, so that none is
    /// deployed by accident.
    constructor(IHallmarkVerifier verifier_, Setup memory setup_, bool development) {
        if (address(verifier_).code.length == 0) revert VerifierMissing(address(verifier_));
        if (setup_.development != development) revert SetupFlag(setup_.development, development);
        OpeningKey.requireValid(setup_);
        VERIFIER = verifier_;
        VERIFIER_CODE_HASH = address(verifier_).codehash;
        SETUP_DIGEST = OpeningKey.digest(setup_);
        TAU_G2_HASH = _hash(setup_.tauG2);
        DEVELOPMENT = development;
        emit RegistryDeployed(
            address(verifier_),
            address(verifier_).codehash,
            OpeningKey.digest(setup_),
            setup_.tauG1,
            setup_.tauG2,
            development
        );
    }

    /// @inheritdoc IModelRegistry
    function register(address key, bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        external
        returns (bytes32 modelId)
    {
        modelId = idOf(msg.sender, keyDigest, predecessor, uri);
        if (_models[modelId].key != address(0)) revert AlreadyRegistered(modelId);
        _requirePredecessor(predecessor);
        _requireVerifier();
        _requireKey(key, keyDigest);
        Model memory record = Model({
            registrant: msg.sender,
            key: key,
            keyDigest: keyDigest,
            architectureDigest: VERIFIER.architectureKeyDigest(key),
            weightDigest: VERIFIER.weightDigest(key),
            predecessor: predecessor,
            registeredAt: uint64(block.timestamp),
            uri: uri
        });
        _models[modelId] = record;
        _announce(modelId, record);
    }

    /// @inheritdoc IModelRegistry
    function requireInference(
        bytes32 modelId,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view {
        Model storage record = _record(modelId);
        _requireVerifier();
        _verify(abi.encodeCall(IHallmarkVerifier.verify, (record.key, record.keyDigest, context, input, output, proof)));
    }

    /// @inheritdoc IModelRegistry
    function verifier() external view returns (IHallmarkVerifier) {
        return VERIFIER;
    }

    /// @inheritdoc IModelRegistry
    function verifierCodeHash() external view returns (bytes32) {
        return VERIFIER_CODE_HASH;
    }

    /// @inheritdoc IModelRegistry
    function setupDigest() external view returns (bytes32) {
        return SETUP_DIGEST;
    }

    /// @inheritdoc IModelRegistry
    function isForTests() external view returns (bool) {
        return DEVELOPMENT;
    }

    /// @inheritdoc IModelRegistry
    function model(bytes32 modelId) external view returns (Model memory) {
        return _record(modelId);
    }

    /// @inheritdoc IModelRegistry
    function registrantOf(bytes32 modelId) external view returns (address) {
        return _record(modelId).registrant;
    }

    /// @inheritdoc IModelRegistry
    function idOf(address registrant, bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        public
        view
        returns (bytes32)
    {
        bytes32 uriHash = keccak256(bytes(uri));
        return keccak256(abi.encode(block.chainid, address(this), registrant, keyDigest, predecessor, uriHash));
    }

    /// @dev Asks the verifier. It never accepts for lack of gas, but may refuse for it, with any error.
    function _verify(bytes memory question) private view {
        uint256 given = CappedCall.givable(gasleft());
        if (CappedCall.tryStaticCall(address(VERIFIER), VERIFY_GAS, question)) return;
        // The verifier refuses nothing without a reason: it ran out of gas.
        bool exhausted = LowLevelCall.returnDataSize() == 0;
        if (given < VERIFY_GAS || exhausted) revert VerificationGas(VERIFY_GAS, given);
        LowLevelCall.bubbleRevert();
    }

    function _announce(bytes32 modelId, Model memory record) private {
        emit ModelRegistered(
            modelId,
            record.registrant,
            record.weightDigest,
            record.architectureDigest,
            record.keyDigest,
            record.key,
            record.predecessor,
            record.uri
        );
    }

    /// @dev An account without code would accept everything.
    function _requireVerifier() private view {
        bytes32 found = address(VERIFIER).codehash;
        if (found != VERIFIER_CODE_HASH) revert VerifierChanged(VERIFIER_CODE_HASH, found);
    }

    function _requirePredecessor(bytes32 predecessor) private view {
        if (predecessor == 0) return;
        address registrant = _record(predecessor).registrant;
        if (registrant != msg.sender) revert ForeignPredecessor(predecessor, registrant);
    }

    /// @dev The digest of the setup is what the weight digest covers. Tau and the flag are what the verifier goes by: without
    /// them, a key could name a good setup and be checked with another.
    function _requireKey(address key, bytes32 keyDigest) private view {
        bytes32 found = VERIFIER.keyDigest(key);
        if (found != keyDigest) revert KeyMismatch(keyDigest, found);
        (bytes32 digest, uint256[4] memory tauG2, bool development) = VERIFIER.setup(key);
        if (digest != SETUP_DIGEST) revert SetupMismatch(SETUP_DIGEST, digest);
        if (_hash(tauG2) != TAU_G2_HASH || development != DEVELOPMENT) revert SetupMisnamed(key);
    }

    function _record(bytes32 modelId) private view returns (Model storage record) {
        record = _models[modelId];
        if (record.key == address(0)) revert UnknownModel(modelId);
    }

    function _hash(uint256[4] memory point) private pure returns (bytes32) {
        return keccak256(abi.encode(point));
    }
}
