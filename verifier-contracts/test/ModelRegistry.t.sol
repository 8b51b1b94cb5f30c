// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {RegistryTest} from "./utils/RegistryTest.sol";
import {Setups} from "./utils/Setups.sol";
import {HostileVerifier, VerifierDouble} from "./doubles/VerifierDouble.sol";

contract ModelRegistryTest is RegistryTest {
    address private constant SOMEBODY = address(0x50be);
    bytes private constant INPUT = "input";
    bytes private constant OUTPUT = "output";
    bytes32 private constant CONTEXT = "context";

    /// @dev More than the cap and what is around it.
    uint256 private constant MUCH_GAS = 12_000_000;

    function _register(address key, bytes32 digest, bytes32 predecessor) private pure returns (bytes memory) {
        return abi.encodeCall(IModelRegistry.register, (key, digest, predecessor, "uri"));
    }

    function _question(bytes32 modelId, bytes memory proof) private pure returns (bytes memory) {
        return abi.encodeCall(IModelRegistry.requireInference, (modelId, CONTEXT, INPUT, OUTPUT, proof));
    }

    function deploy(IModelRegistry.Setup memory setup, bool development) public returns (ModelRegistry) {
        return new ModelRegistry(verifier, setup, development);
    }

    function _refuseSetup(IModelRegistry.Setup memory setup, bytes memory expected) private {
        requireRevert(SOMEBODY, address(this), abi.encodeCall(this.deploy, (setup, setup.development)), expected);
    }

    function test_deploymentIsOnRecord() external {
        IModelRegistry.Setup memory setup = Setups.known();
        bytes32 digest = Setups.digest(setup);
        bytes32 codeHash = address(verifier).codehash;
        vm.recordLogs();
        ModelRegistry deployed = deploy(setup, true);
        bytes memory data = abi.encode(codeHash, setup.tauG1, setup.tauG2, true);
        assertEq(keccak256(vm.getRecordedLogs()[0].data), keccak256(data), "event");
        assertEq(address(deployed.verifier()), address(verifier), "verifier");
        assertEq(deployed.verifierCodeHash(), codeHash, "code hash");
        assertEq(deployed.setupDigest(), digest, "digest");
        assertEq(keccak256(abi.encode(deployed.setup())), keccak256(abi.encode(setup)), "setup");
        assertTrue(deployed.isForTests(), "for tests");
    }

    function test_aSetupForDevelopmentCannotBeDeployedByAccident() external {
        IModelRegistry.Setup memory setup = Setups.known();
        bytes memory refused = abi.encodeWithSelector(IModelRegistry.SetupFlag.selector, true, false);
        requireRevert(SOMEBODY, address(this), abi.encodeCall(this.deploy, (setup, false)), refused);
        setup.development = false;
        assertTrue(!deploy(setup, false).isForTests(), "not for tests");
        refused = abi.encodeWithSelector(IModelRegistry.SetupFlag.selector, false, true);
        requireRevert(SOMEBODY, address(this), abi.encodeCall(this.deploy, (setup, true)), refused);
    }

    function test_refusesAVerifierWithoutCode() external {
        IModelRegistry.Setup memory setup = Setups.known();
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.VerifierMissing.selector, SOMEBODY));
        new ModelRegistry(IHallmarkVerifier(SOMEBODY), setup, true);
    }

    function test_refusesATrivialSetup() external {
        IModelRegistry.Setup memory setup = Setups.known();
        bytes memory trivial = abi.encodeWithSelector(IModelRegistry.SetupTrivial.selector);
        (setup.tauG1, setup.tauG2) = ([uint256(1), 2], abi.decode(Setups.generator(), (uint256[4])));
        _refuseSetup(setup, trivial);
        (setup.tauG1, setup.tauG2) = ([uint256(0), 0], [uint256(0), 0, 0, 0]);
        _refuseSetup(setup, trivial);
    }

    function test_refusesKeysOfAnotherSetup() external {
        (address account, VerifierDouble.Key memory key) = storeKey("model");
        bytes memory misnamed = abi.encodeWithSelector(IModelRegistry.SetupMisnamed.selector, account);
        for (uint256 index; index < 4; ++index) {
            key.tauG2[index] ^= 1;
            _refuseKey(account, key, misnamed);
            key.tauG2[index] ^= 1;
        }
        key.development = false;
        _refuseKey(account, key, misnamed);
        (key.development, key.setup) = (true, keccak256("another"));
        _refuseKey(
            account,
            key,
            abi.encodeWithSelector(IModelRegistry.SetupMismatch.selector, registry.setupDigest(), key.setup)
        );
    }

    function _refuseKey(address account, VerifierDouble.Key memory key, bytes memory expected) private {
        verifier.store(account, key);
        requireRevert(SOMEBODY, address(registry), _register(account, key.digest, 0), expected);
    }

    function test_recordsWhatTheKeySays() external {
        vm.warp(START);
        (address account, VerifierDouble.Key memory key) = storeKey("model");
        bytes32 expected = keccak256(
            abi.encode(block.chainid, address(registry), REGISTRANT, key.digest, bytes32(0), keccak256("uri"))
        );
        vm.expectEmit(address(registry));
        emit IModelRegistry.ModelRegistered(
            expected, REGISTRANT, key.digest, key.architecture, key.weights, account, 0, "uri"
        );
        vm.prank(REGISTRANT);
        bytes32 modelId = registry.register(account, key.digest, 0, "uri");
        assertEq(modelId, expected, "id");
        IModelRegistry.Model memory model = registry.model(modelId);
        assertEq(model.registrant, REGISTRANT, "registrant");
        assertEq(registry.registrantOf(modelId), REGISTRANT, "registrantOf");
        assertEq(model.key, account, "key");
        assertEq(model.keyDigest, key.digest, "key digest");
        assertEq(model.architectureDigest, key.architecture, "architecture");
        assertEq(model.weightDigest, key.weights, "weights");
        assertEq(model.predecessor, 0, "predecessor");
        assertEq(model.registeredAt, START, "time");
        assertEq(keccak256(bytes(model.uri)), keccak256("uri"), "uri");
    }

    function test_aRecordIsWrittenOnce() external {
        (bytes32 modelId, bytes32 digest) = registerModel("uri");
        (address account,) = storeKey("uri");
        bytes memory refused = abi.encodeWithSelector(IModelRegistry.AlreadyRegistered.selector, modelId);
        requireRevert(REGISTRANT, address(registry), _register(account, digest, 0), refused);
    }

    function test_nobodyCanTakeTheIdOfAnother() external {
        (bytes32 modelId, bytes32 digest) = registerModel("uri");
        (address account,) = storeKey("uri");
        vm.prank(SOMEBODY);
        bytes32 other = registry.register(account, digest, 0, "uri");
        assertTrue(other != modelId, "another id");
        assertEq(registry.registrantOf(modelId), REGISTRANT, "still the same");
    }

    function test_aNewVersionIsANewModel() external {
        (bytes32 first,) = registerModel("first");
        (address account, VerifierDouble.Key memory key) = storeKey("second");
        bytes memory refused = abi.encodeWithSelector(IModelRegistry.ForeignPredecessor.selector, first, REGISTRANT);
        requireRevert(SOMEBODY, address(registry), _register(account, key.digest, first), refused);
        refused = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("none"));
        requireRevert(REGISTRANT, address(registry), _register(account, key.digest, "none"), refused);
        vm.prank(REGISTRANT);
        bytes32 second = registry.register(account, key.digest, first, "uri");
        assertTrue(second != first, "another id");
        assertEq(registry.model(second).predecessor, first, "predecessor");
    }

    function test_refusesAnotherKeyThanThePinnedOne() external {
        (address account, VerifierDouble.Key memory key) = storeKey("model");
        bytes memory refused =
            abi.encodeWithSelector(IModelRegistry.KeyMismatch.selector, bytes32("pinned"), key.digest);
        requireRevert(SOMEBODY, address(registry), _register(account, "pinned", 0), refused);
        refused = abi.encodeWithSelector(IHallmarkVerifier.KeyMissing.selector, SOMEBODY);
        requireRevert(SOMEBODY, address(registry), _register(SOMEBODY, key.digest, 0), refused);
    }

    function test_knowsNothingOfOtherIds() external {
        bytes memory unknown = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32("none"));
        address target = address(registry);
        requireRevert(SOMEBODY, target, abi.encodeCall(IModelRegistry.model, ("none")), unknown);
        requireRevert(SOMEBODY, target, abi.encodeCall(IModelRegistry.registrantOf, ("none")), unknown);
        requireRevert(SOMEBODY, target, _question("none", ""), unknown);
    }

    function testFuzz_everyPartOfARecordIsInItsId(address registrant, bytes32 digest, bytes32 predecessor, uint8 part)
        external
    {
        bytes32 id = registry.idOf(registrant, digest, predecessor, "uri");
        part %= 6;
        bytes32 other;
        if (part == 0) other = registry.idOf(address(uint160(registrant) ^ 1), digest, predecessor, "uri");
        if (part == 1) other = registry.idOf(registrant, digest ^ bytes32(uint256(1)), predecessor, "uri");
        if (part == 2) other = registry.idOf(registrant, digest, predecessor ^ bytes32(uint256(1)), "uri");
        if (part == 3) other = registry.idOf(registrant, digest, predecessor, "uri2");
        if (part == 4) other = deploy(Setups.known(), true).idOf(registrant, digest, predecessor, "uri");
        if (part == 5) {
            vm.chainId(5);
            other = registry.idOf(registrant, digest, predecessor, "uri");
        }
        assertTrue(id != other, "the same id");
    }

    /// @dev The double accepts a proof only for the arguments that it was made for.
    function test_asksTheVerifierForThePinnedKey() external {
        (bytes32 modelId, bytes32 digest) = registerModel("model");
        (bytes32 otherId,) = registerModel("other");
        bytes memory proof = verifier.proofOf(digest, CONTEXT, INPUT, OUTPUT);
        registry.requireInference(modelId, CONTEXT, INPUT, OUTPUT, proof);

        bytes memory refused = abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
        address target = address(registry);
        bytes[5] memory others = [
            abi.encodeCall(IModelRegistry.requireInference, (otherId, CONTEXT, INPUT, OUTPUT, proof)),
            abi.encodeCall(IModelRegistry.requireInference, (modelId, "other", INPUT, OUTPUT, proof)),
            abi.encodeCall(IModelRegistry.requireInference, (modelId, CONTEXT, "other", OUTPUT, proof)),
            abi.encodeCall(IModelRegistry.requireInference, (modelId, CONTEXT, INPUT, "other", proof)),
            abi.encodeCall(IModelRegistry.requireInference, (modelId, CONTEXT, INPUT, OUTPUT, "other"))
        ];
        for (uint256 index; index < others.length; ++index) {
            requireRevert(SOMEBODY, target, others[index], refused);
        }
    }

    /// @dev Such as one that was destroyed in the transaction that made it and the registry.
    function test_aVerifierThatVanishedAcceptsNothing() external {
        (bytes32 modelId,) = registerModel("model");
        bytes32 expected = registry.verifierCodeHash();
        vm.etch(address(verifier), "");
        bytes memory refused =
            abi.encodeWithSelector(IModelRegistry.VerifierChanged.selector, expected, address(verifier).codehash);
        requireRevert(SOMEBODY, address(registry), _question(modelId, ""), refused);
    }

    /// @dev Such as an account that delegates its code (EIP-7702).
    function test_aVerifierThatChangedAcceptsNothing() external {
        (bytes32 modelId, bytes32 digest) = registerModel("model");
        bytes32 expected = registry.verifierCodeHash();
        (address account,) = storeKey("another");
        vm.etch(address(verifier), hex"00");
        bytes memory refused =
            abi.encodeWithSelector(IModelRegistry.VerifierChanged.selector, expected, keccak256(hex"00"));
        requireRevert(SOMEBODY, address(registry), _question(modelId, ""), refused);
        requireRevert(SOMEBODY, address(registry), _register(account, digest, 0), refused);
    }

    function test_aKeyThatVanishedAcceptsNothing() external {
        (bytes32 modelId, bytes32 digest) = registerModel("model");
        (address account, VerifierDouble.Key memory key) = storeKey("model");
        bytes memory proof = verifier.proofOf(digest, CONTEXT, INPUT, OUTPUT);
        key.digest = 0;
        verifier.store(account, key);
        bytes memory refused = abi.encodeWithSelector(IHallmarkVerifier.KeyMissing.selector, account);
        requireRevert(SOMEBODY, address(registry), _question(modelId, proof), refused);
        key.digest = "another";
        verifier.store(account, key);
        refused = abi.encodeWithSelector(IHallmarkVerifier.KeyDigestMismatch.selector, digest, bytes32("another"));
        requireRevert(SOMEBODY, address(registry), _question(modelId, proof), refused);
    }

    /// @dev A valid proof needs what it takes; a refusal is one only if gas can't have been the reason.
    function test_lackOfGasIsNoVerdict() external {
        (bytes32 modelId, bytes32 digest) = registerModel("model");
        bytes memory valid = _question(modelId, verifier.proofOf(digest, CONTEXT, INPUT, OUTPUT));
        (bool accepted,) = address(registry).staticcall{gas: 100_000}(valid);
        assertTrue(accepted, "accepted with little gas");

        bytes memory bad = _question(modelId, "bad");
        bytes memory reason;
        (accepted, reason) = address(registry).staticcall{gas: 100_000}(bad);
        assertTrue(!accepted && bytes4(reason) == IModelRegistry.VerificationGas.selector, "no verdict");
        _requireLessThanNeeded(reason, 100_000);
        (accepted, reason) = address(registry).staticcall{gas: 9_000_000}(bad);
        _requireLessThanNeeded(reason, 9_000_000);
        (accepted, reason) = address(registry).staticcall{gas: MUCH_GAS}(bad);
        assertTrue(!accepted && bytes4(reason) == IHallmarkVerifier.ProofRejected.selector, "a verdict");
    }

    /// @dev What is needed comes first, and what was given is less.
    function _requireLessThanNeeded(bytes memory reason, uint256 gas) private view {
        assertEq(reason.length, 4 + 0x40, "length");
        (uint256 needed, uint256 given) = (0, 0);
        assembly ("memory-safe") {
            needed := mload(add(reason, 0x24))
            given := mload(add(reason, 0x44))
        }
        assertEq(needed, registry.VERIFY_GAS(), "needed");
        assertTrue(given < gas && given > gas * 3 / 4, "given");
    }

    function test_neverAcceptsForLackOfGas() external {
        (bytes32 modelId,) = registerModel("model");
        bytes memory bad = _question(modelId, "bad");
        for (uint256 gas = 1000; gas < 60_000; gas += 331) {
            (bool accepted,) = address(registry).staticcall{gas: gas}(bad);
            assertTrue(!accepted, "accepted");
        }
    }

    function test_aVerifierCannotTakeMoreGasThanItsCap() external {
        bytes32 modelId = _registerOver(HostileVerifier.Mood.Burn);
        uint256 before = gasleft();
        (bool accepted, bytes memory reason) = address(registry).staticcall(_question(modelId, ""));
        assertTrue(before - gasleft() < registry.VERIFY_GAS() + 50_000, "more than the cap");
        bytes memory expected = abi.encodeWithSelector(IModelRegistry.VerifierExhausted.selector, registry.VERIFY_GAS());
        assertTrue(!accepted && keccak256(reason) == keccak256(expected), "no verdict");
    }

    /// @dev What a verifier returns costs its memory, and not the registry's too.
    function test_aVerifierCannotMakeTheRegistryCopy() external {
        bytes32 modelId = _registerOver(HostileVerifier.Mood.AcceptWithBomb);
        uint256 before = gasleft();
        this.callVerifier();
        uint256 alone = before - gasleft();
        before = gasleft();
        registry.requireInference(modelId, CONTEXT, INPUT, OUTPUT, "");
        assertTrue(before - gasleft() < alone + 50_000, "copied");
    }

    function callVerifier() external view {
        address target = address(verifier);
        assembly ("memory-safe") {
            pop(staticcall(gas(), target, 0, 0, 0, 0))
        }
    }

    /// @dev A model of a registry that pins a hostile verifier, which gave good answers at its registration.
    function _registerOver(HostileVerifier.Mood mood) private returns (bytes32 modelId) {
        (address account, VerifierDouble.Key memory key) = storeKey("model");
        address target = address(verifier);
        vm.etch(target, address(new HostileVerifier(mood)).code);
        registry = deploy(Setups.known(), true);
        bytes memory setup = abi.encode(key.setup, key.tauG2, true);
        vm.mockCall(target, abi.encodeCall(IHallmarkVerifier.setup, (account)), setup);
        vm.mockCall(target, abi.encodeCall(IHallmarkVerifier.keyDigest, (account)), abi.encode(key.digest));
        vm.mockCall(target, abi.encodeCall(IHallmarkVerifier.architectureKeyDigest, (account)), abi.encode(1));
        vm.mockCall(target, abi.encodeCall(IHallmarkVerifier.weightDigest, (account)), abi.encode(1));
        modelId = registry.register(account, key.digest, 0, "uri");
        vm.clearMockedCalls();
    }
}
