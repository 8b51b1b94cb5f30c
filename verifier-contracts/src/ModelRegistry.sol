// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {ERC165} from "@openzeppelin/contracts/utils/introspection/ERC165.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {IHallmarkVerifier} from "./interfaces/IHallmarkVerifier.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {CappedCall} from "./libraries/CappedCall.sol";
import {OpeningKey} from "./libraries/OpeningKey.sol";

/// @title A registry of models, each pinned by its weights permanently
/// @dev Records are written once. Afterwards only `provenAt` changes, once. The registry depends on two other accounts, the
/// verifier and the key. In every verification it compares the hash of the verifier's code, and the digest of the key. The
/// code of an account does not change (EIP-6780), with two exceptions. A contract can be destroyed in the transaction that
/// made it. An account with a private key can delegate to other code (EIP-7702). The hashes prevent that either turns a
/// record into another model. At worst its proofs cannot be checked, and requests are refunded. So check before you buy
/// that the key is still there. A key that has outlasted its transaction stays.
///
/// Keys for batches come later, one for each size. The pinned key of the model determines every byte of them. So anyone may
/// add them, and nobody can add anything else.
contract ModelRegistry is IModelRegistry, EIP712, ERC165 {
    /// @notice The most gas that a verification gets.
    /// @dev It is enough for some 1500 points. The keys in use have 50 to 70, and a transaction has 2^24 gas (EIP-7825).
    uint256 public constant VERIFY_GAS = 10_000_000;

    /// @dev The type of what a registrant signs.
    bytes32 private constant REGISTRATION = keccak256("Registration(bytes32 keyDigest,bytes32 predecessor,string uri)");

    /// @dev The word that separates proofs of possession from all others.
    bytes32 private constant POSSESSION = "hallmark possession 1";

    IHallmarkVerifier private immutable VERIFIER;
    bytes32 private immutable VERIFIER_CODE_HASH;
    bytes32 private immutable SETUP_DIGEST;
    bytes32 private immutable TAU_G2_HASH;
    bool private immutable DEVELOPMENT;

    /// @dev For readers that compute the registry's address. Verifications need only the immutables above.
    Setup private _setup;

    mapping(bytes32 modelId => Model) private _models;
    mapping(bytes32 modelId => mapping(uint256 size => BatchKey)) private _batchKeys;

    /// @param verifier_ The contract that checks proofs. It cannot be changed later.
    /// @param setup_ The setup of all keys.
    /// @param development Whether this registry is for tests. Otherwise the constructor refuses a setup for development, so
    /// that nobody deploys one by accident.
    constructor(IHallmarkVerifier verifier_, Setup memory setup_, bool development)
        EIP712("Hallmark ModelRegistry", "1")
    {
        if (address(verifier_).code.length == 0) revert VerifierMissing(address(verifier_));
        if (setup_.development != development) revert SetupFlag(setup_.development, development);
        OpeningKey.requireValid(setup_);
        VERIFIER = verifier_;
        VERIFIER_CODE_HASH = address(verifier_).codehash;
        SETUP_DIGEST = OpeningKey.digest(setup_);
        TAU_G2_HASH = _hash(setup_.tauG2);
        DEVELOPMENT = development;
        _setup = setup_;
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
        return _register(msg.sender, key, keyDigest, predecessor, uri);
    }

    /// @inheritdoc IModelRegistry
    function registerFor(
        address registrant,
        address key,
        bytes32 keyDigest,
        bytes32 predecessor,
        string calldata uri,
        bytes calldata signature
    ) external returns (bytes32 modelId) {
        bytes32 signed = registrationDigest(keyDigest, predecessor, uri);
        if (!SignatureChecker.isValidSignatureNowCalldata(registrant, signed, signature)) {
            revert SignatureInvalid(registrant);
        }
        return _register(registrant, key, keyDigest, predecessor, uri);
    }

    /// @inheritdoc IModelRegistry
    function addBatchKey(bytes32 modelId, uint256 size, address key) external {
        Model storage record = _record(modelId);
        _requireVerifier();
        BatchKey storage present = _batchKeys[modelId][size];
        // Both have the same bytes, unless the code of the present one was destroyed in the transaction that made it.
        if (present.key != address(0) && present.key.codehash == key.codehash) {
            revert BatchKeyKnown(modelId, size, present.key);
        }
        _requireBatchKey(record, size, key, modelId);
        bytes32 digest = VERIFIER.keyDigest(key);
        (present.key, present.keyDigest) = (key, digest);
        emit BatchKeyAdded(modelId, size, key, digest);
    }

    /// @inheritdoc IModelRegistry
    function provePossession(bytes32 modelId, bytes calldata input, bytes calldata output, bytes calldata proof)
        external
    {
        Model storage record = _record(modelId);
        if (record.provenAt != 0) revert AlreadyProven(modelId);
        requireInference(modelId, possessionContext(modelId), input, output, proof);
        record.provenAt = uint64(block.timestamp);
        emit PossessionProven(modelId, record.registrant, record.keyDigest);
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
    function setup() external view returns (Setup memory) {
        return _setup;
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
    function isRegistered(bytes32 modelId) external view returns (bool) {
        return _models[modelId].key != address(0);
    }

    /// @inheritdoc IModelRegistry
    function provenAt(bytes32 modelId) external view returns (uint64) {
        return _record(modelId).provenAt;
    }

    /// @inheritdoc IModelRegistry
    function batchKey(bytes32 modelId, uint256 size) external view returns (BatchKey memory) {
        return _batchKeys[modelId][size];
    }

    /// @inheritdoc IModelRegistry
    function requireBatchInference(
        bytes32 modelId,
        uint256 size,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) external view {
        BatchKey storage record = _batchKeys[modelId][size];
        if (record.key == address(0)) revert UnknownBatchKey(modelId, size);
        _requireVerifier();
        _verify(abi.encodeCall(IHallmarkVerifier.verify, (record.key, record.keyDigest, context, input, output, proof)));
    }

    /// @inheritdoc IModelRegistry
    function requireInference(
        bytes32 modelId,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        bytes calldata proof
    ) public view {
        Model storage record = _record(modelId);
        _requireVerifier();
        _verify(abi.encodeCall(IHallmarkVerifier.verify, (record.key, record.keyDigest, context, input, output, proof)));
    }

    /// @inheritdoc IModelRegistry
    function possessionContext(bytes32 modelId) public view returns (bytes32) {
        return keccak256(abi.encode(POSSESSION, block.chainid, address(this), modelId));
    }

    /// @inheritdoc IModelRegistry
    function registrationDigest(bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        public
        view
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(REGISTRATION, keyDigest, predecessor, keccak256(bytes(uri)))));
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

    /// @notice Whether the registry has an interface (ERC-165).
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IModelRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    function _register(address registrant, address key, bytes32 keyDigest, bytes32 predecessor, string calldata uri)
        private
        returns (bytes32 modelId)
    {
        modelId = idOf(registrant, keyDigest, predecessor, uri);
        if (_models[modelId].key != address(0)) revert AlreadyRegistered(modelId);
        _requirePredecessor(predecessor, registrant);
        _requireVerifier();
        _requireKey(key, keyDigest);
        Model memory record = Model({
            registrant: registrant,
            key: key,
            keyDigest: keyDigest,
            architectureDigest: VERIFIER.architectureKeyDigest(key),
            weightDigest: VERIFIER.weightDigest(key),
            predecessor: predecessor,
            registeredAt: uint64(block.timestamp),
            provenAt: 0,
            uri: uri
        });
        _models[modelId] = record;
        _announce(modelId, record);
    }

    /// @dev Asks the verifier. With too little gas the verifier never accepts, but may refuse with any error.
    function _verify(bytes memory question) private view {
        uint256 given = CappedCall.givable(gasleft());
        if (CappedCall.tryStaticCall(address(VERIFIER), VERIFY_GAS, question)) return;
        if (given < VERIFY_GAS) revert VerificationGas(VERIFY_GAS, given);
        // The verifier always gives a reason for a refusal. So here it ran out of gas.
        if (LowLevelCall.returnDataSize() == 0) revert VerifierExhausted(VERIFY_GAS);
        LowLevelCall.bubbleRevert();
    }

    function _announce(bytes32 modelId, Model memory record) private {
        emit ModelRegistered(
            modelId,
            record.registrant,
            record.keyDigest,
            record.architectureDigest,
            record.weightDigest,
            record.key,
            record.predecessor,
            record.uri
        );
    }

    /// @dev A call of an account without code always succeeds.
    function _requireVerifier() private view {
        bytes32 found = address(VERIFIER).codehash;
        if (found != VERIFIER_CODE_HASH) revert VerifierChanged(VERIFIER_CODE_HASH, found);
    }

    function _requirePredecessor(bytes32 predecessor, address registrant) private view {
        if (predecessor == 0) return;
        address found = _record(predecessor).registrant;
        if (found != registrant) revert ForeignPredecessor(predecessor, found);
    }

    /// @dev The key for a size has the architecture that the model's key lists, and the model's weights. The two digests cover
    /// every byte of a key. A listed architecture may have another setup, so the setup is checked too.
    function _requireBatchKey(Model storage record, uint256 size, address key, bytes32 modelId) private view {
        // The list counts only while the model's key is the pinned one.
        _requirePinned(record.key, record.keyDigest);
        bytes32 expected = VERIFIER.batchArchitecture(record.key, size);
        if (expected == 0) revert BatchSizeNotOffered(modelId, size);
        bytes32 found = VERIFIER.architectureKeyDigest(key);
        if (found != expected) revert BatchArchitectureMismatch(expected, found);
        (expected, found) = (VERIFIER.weightRowsDigest(record.key), VERIFIER.weightRowsDigest(key));
        if (found != expected) revert BatchWeightsMismatch(expected, found);
        _requireSetup(key);
    }

    function _requireKey(address key, bytes32 keyDigest) private view {
        _requirePinned(key, keyDigest);
        _requireSetup(key);
    }

    function _requirePinned(address key, bytes32 keyDigest) private view {
        bytes32 found = VERIFIER.keyDigest(key);
        if (found != keyDigest) revert KeyMismatch(keyDigest, found);
    }

    /// @dev The weight digest covers the digest of the setup. But the verifier uses tau and the flag. Without this check, a
    /// key could name a good setup and be checked with another.
    function _requireSetup(address key) private view {
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
