// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {RegistryTest} from "./utils/RegistryTest.sol";
import {VerifierDouble} from "./doubles/VerifierDouble.sol";

/// @dev The model's key determines the key of each batch. So anyone may record it, and nothing else can be recorded.
contract ModelRegistryBatchTest is RegistryTest {
    address private constant SOMEBODY = address(0x50be);
    uint256 private constant SIZE = 8;
    bytes private constant INPUT = "inputs";
    bytes private constant OUTPUT = "outputs";
    bytes32 private constant CONTEXT = "context";

    bytes32 private modelId;
    address private main;
    address private account;
    VerifierDouble.Key private key;

    function setUp() external {
        (modelId,) = registerModel("model");
        (main,) = storeKey("model");
        (account, key) = storeBatchKey("model", SIZE);
    }

    function _add(uint256 size, address which) private view returns (bytes memory) {
        return abi.encodeCall(IModelRegistry.addBatchKey, (modelId, size, which));
    }

    /// @dev Nothing is recorded, for the reason that is expected.
    function _refuse(bytes memory data, bytes memory expected) private {
        requireRevert(REGISTRANT, address(registry), data, expected);
        assertEq(registry.batchKey(modelId, SIZE).key, address(0), "recorded");
    }

    /// @dev The key is not recorded after one of its properties has changed.
    function _refuseKey(VerifierDouble.Key memory changed, bytes memory expected) private {
        verifier.store(account, changed);
        _refuse(_add(SIZE, account), expected);
    }

    function test_anyoneRecordsTheListedKey() external {
        assertEq(registry.batchKey(modelId, SIZE).key, address(0), "none yet");
        vm.expectEmit(address(registry));
        emit IModelRegistry.BatchKeyAdded(modelId, SIZE, account, key.digest);
        vm.prank(SOMEBODY);
        registry.addBatchKey(modelId, SIZE, account);
        IModelRegistry.BatchKey memory record = registry.batchKey(modelId, SIZE);
        assertEq(record.key, account, "key");
        assertEq(record.keyDigest, key.digest, "digest");
    }

    function test_eachSizeHasItsKey() external {
        (address larger,) = storeBatchKey("model", 2 * SIZE);
        registry.addBatchKey(modelId, SIZE, account);
        registry.addBatchKey(modelId, 2 * SIZE, larger);
        assertEq(registry.batchKey(modelId, SIZE).key, account, "small");
        assertEq(registry.batchKey(modelId, 2 * SIZE).key, larger, "large");
    }

    function test_refusesSizesThatTheModelDoesNotOffer() external {
        _refuse(
            _add(SIZE + 1, account),
            abi.encodeWithSelector(IModelRegistry.BatchSizeNotOffered.selector, modelId, SIZE + 1)
        );
    }

    function test_refusesTheKeyOfAnotherSize() external {
        (address larger, VerifierDouble.Key memory other) = storeBatchKey("model", 2 * SIZE);
        _refuse(
            _add(SIZE, larger),
            abi.encodeWithSelector(
                IModelRegistry.BatchArchitectureMismatch.selector, key.architecture, other.architecture
            )
        );
    }

    function test_refusesOtherWeights() external {
        VerifierDouble.Key memory other = key;
        other.weightRows = "other";
        bytes32 expected = key.weightRows;
        _refuseKey(
            other, abi.encodeWithSelector(IModelRegistry.BatchWeightsMismatch.selector, expected, bytes32("other"))
        );
    }

    /// @dev A model's key can list an architecture with a tau that somebody knows.
    function test_refusesAnotherSetup() external {
        VerifierDouble.Key memory other = key;
        other.tauG2[0] ^= 1;
        _refuseKey(other, abi.encodeWithSelector(IModelRegistry.SetupMisnamed.selector, account));
        other.tauG2[0] ^= 1;
        other.development = false;
        _refuseKey(other, abi.encodeWithSelector(IModelRegistry.SetupMisnamed.selector, account));
        (other.development, other.setup) = (true, "other");
        bytes32 expected = registry.setupDigest();
        _refuseKey(other, abi.encodeWithSelector(IModelRegistry.SetupMismatch.selector, expected, bytes32("other")));
    }

    /// @dev The list of a key that stands at the address of the model's key now.
    function test_onlyThePinnedKeyLists() external {
        (, VerifierDouble.Key memory single) = storeKey("model");
        bytes32 pinned = single.digest;
        single.digest = "impostor";
        verifier.store(main, single);
        _refuse(
            _add(SIZE, account),
            abi.encodeWithSelector(IModelRegistry.KeyMismatch.selector, pinned, bytes32("impostor"))
        );
    }

    function test_refusesWhatIsNotThere() external {
        _refuse(_add(SIZE, SOMEBODY), abi.encodeWithSelector(IHallmarkVerifier.KeyMissing.selector, SOMEBODY));
        bytes memory data = abi.encodeCall(IModelRegistry.addBatchKey, ("none", SIZE, account));
        _refuse(data, abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("none")));
    }

    function test_refusesIfTheVerifierHasChanged() external {
        bytes32 before = registry.verifierCodeHash();
        vm.etch(address(verifier), hex"00");
        bytes32 found = address(verifier).codehash;
        _refuse(_add(SIZE, account), abi.encodeWithSelector(IModelRegistry.VerifierChanged.selector, before, found));
    }

    function test_aKeyIsRecordedOnce() external {
        registry.addBatchKey(modelId, SIZE, account);
        bytes memory known = abi.encodeWithSelector(IModelRegistry.BatchKeyKnown.selector, modelId, SIZE, account);
        requireRevert(SOMEBODY, address(registry), _add(SIZE, account), known);
    }

    /// @dev Somebody recorded a key that was destroyed in the same transaction. Everybody else needs one that stays.
    function test_aKeyThatIsGoneIsReplaced() external {
        address copy = address(0xc0b1);
        verifier.store(copy, key);
        vm.etch(account, "key");
        vm.etch(copy, "key");
        registry.addBatchKey(modelId, SIZE, account);
        bytes memory known = abi.encodeWithSelector(IModelRegistry.BatchKeyKnown.selector, modelId, SIZE, account);
        requireRevert(SOMEBODY, address(registry), _add(SIZE, copy), known);
        vm.etch(account, "");
        registry.addBatchKey(modelId, SIZE, copy);
        assertEq(registry.batchKey(modelId, SIZE).key, copy, "the copy");
    }

    function _question(uint256 size, bytes memory proof) private view returns (bytes memory) {
        return abi.encodeCall(IModelRegistry.requireBatchInference, (modelId, size, CONTEXT, INPUT, OUTPUT, proof));
    }

    function test_asksTheVerifierForTheKeyOfTheSize() external {
        registry.addBatchKey(modelId, SIZE, account);
        bytes memory proof = verifier.proofOf(key.digest, CONTEXT, INPUT, OUTPUT);
        registry.requireBatchInference(modelId, SIZE, CONTEXT, INPUT, OUTPUT, proof);
        (, VerifierDouble.Key memory single) = storeKey("model");
        proof = verifier.proofOf(single.digest, CONTEXT, INPUT, OUTPUT);
        bytes memory rejected = abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
        requireRevert(SOMEBODY, address(registry), _question(SIZE, proof), rejected);
    }

    function test_refusesBatchesWithoutAKey() external {
        bytes memory unknown = abi.encodeWithSelector(IModelRegistry.UnknownBatchKey.selector, modelId, SIZE);
        requireRevert(SOMEBODY, address(registry), _question(SIZE, ""), unknown);
        registry.addBatchKey(modelId, SIZE, account);
        unknown = abi.encodeWithSelector(IModelRegistry.UnknownBatchKey.selector, modelId, 2 * SIZE);
        requireRevert(SOMEBODY, address(registry), _question(2 * SIZE, ""), unknown);
    }

    /// @dev What the recorded address has later is held against the recorded digest.
    function test_aReplacedKeyIsRefused() external {
        registry.addBatchKey(modelId, SIZE, account);
        VerifierDouble.Key memory other = key;
        bytes32 pinned = key.digest;
        other.digest = "other";
        verifier.store(account, other);
        bytes memory proof = verifier.proofOf("other", CONTEXT, INPUT, OUTPUT);
        bytes memory refused =
            abi.encodeWithSelector(IHallmarkVerifier.KeyDigestMismatch.selector, pinned, bytes32("other"));
        requireRevert(SOMEBODY, address(registry), _question(SIZE, proof), refused);
    }

    /// @dev A call of an account without code succeeds.
    function test_aVerifierThatIsGoneAcceptsNothing() external {
        registry.addBatchKey(modelId, SIZE, account);
        bytes32 before = registry.verifierCodeHash();
        vm.etch(address(verifier), "");
        bytes memory changed =
            abi.encodeWithSelector(IModelRegistry.VerifierChanged.selector, before, address(verifier).codehash);
        requireRevert(SOMEBODY, address(registry), _question(SIZE, ""), changed);
    }
}
