// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Setups} from "./utils/Setups.sol";
import {Settlement} from "./utils/Simulator.sol";
import {Words} from "./utils/Words.sol";

/// @dev A registry over the verifier itself, with proofs of the prover in Rust.
contract ModelRegistrySettlementTest is SettlementTest {
    using Words for bytes;

    Settlement private digits;
    ModelRegistry private registry;
    bytes32 private modelId;

    function setUp() external {
        digits = fixture("digits_mlp");
        registry = new ModelRegistry(verifier, Setups.ofFixture(digits.key), true);
        modelId = registry.register(store(digits.key), keccak256(digits.key), 0, "digits");
    }

    /// @dev The digest here and in Rust are of the same bytes.
    function test_setupDigestIsThatOfTheProver() external view {
        assertEq(registry.setupDigest(), bytes32(digits.key.get(Setups.DIGEST_WORD)), "digest");
    }

    function test_recordsTheDigestsOfTheProver() external {
        IModelRegistry.Model memory model = registry.model(modelId);
        address key = store(digits.key);
        assertEq(model.keyDigest, keccak256(digits.key), "key");
        assertEq(model.weightDigest, verifier.weightDigest(key), "weights");
        assertEq(model.architectureDigest, verifier.architectureKeyDigest(key), "architecture");
    }

    function test_acceptsProofsOfTheProver() external {
        string[3] memory names = models();
        for (uint256 index; index < names.length; ++index) {
            Settlement memory s = fixture(names[index]);
            bytes32 id = registry.register(store(s.key), keccak256(s.key), 0, "all");
            registry.requireInference(id, s.context, s.input, s.output, s.proof);
        }
    }

    function test_refusesAnotherContextInputOutputOrProof() external view {
        Settlement memory s = digits;
        bytes memory rejected = abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector);
        s.context ^= bytes32(uint256(1));
        _refuse(s, modelId, rejected);
        s = copy(digits);
        s.input[0] ^= 0x01;
        _refuse(s, modelId, rejected);
        s = copy(digits);
        s.output[3] ^= 0x01;
        _refuse(s, modelId, rejected);
        s = copy(digits);
        uint256 length = s.proof.length;
        s.proof = bytes.concat(s.proof, hex"00");
        _refuse(s, modelId, abi.encodeWithSelector(IHallmarkVerifier.ProofLength.selector, length, length + 1));
    }

    function test_refusesTheProofOfAnotherModel() external {
        Settlement memory lenet = fixture("lenet5_max");
        bytes32 other = registry.register(store(lenet.key), keccak256(lenet.key), 0, "lenet");
        (bool accepted,) = address(registry).staticcall(_question(digits, other));
        assertTrue(!accepted, "accepted");
    }

    function test_refusesKeysOfAnotherSetup() external {
        Settlement memory s = smallest();
        address key = store(s.key);
        bytes32 found = bytes32(s.key.get(Setups.DIGEST_WORD));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.SetupMismatch.selector, registry.setupDigest(), found));
        registry.register(key, keccak256(s.key), 0, "another setup");
        // A key that names the setup, and is checked with another tau.
        s.key.set(Setups.DIGEST_WORD, uint256(registry.setupDigest()));
        key = store(s.key);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.SetupMisnamed.selector, key));
        registry.register(key, keccak256(s.key), 0, "another tau");
    }

    /// @dev The gas that a transaction has is enough for a verdict.
    function test_aRefusalIsAVerdictWithTheGasOfATransaction() external view {
        Settlement memory s = copy(digits);
        s.output[3] ^= 0x01;
        (bool accepted, bytes memory reason) = address(registry).staticcall{gas: 1 << 24}(_question(s, modelId));
        assertTrue(!accepted && bytes4(reason) == IHallmarkVerifier.ProofRejected.selector, "a verdict");
    }

    function _question(Settlement memory s, bytes32 id) private pure returns (bytes memory) {
        return abi.encodeCall(IModelRegistry.requireInference, (id, s.context, s.input, s.output, s.proof));
    }

    function _refuse(Settlement memory s, bytes32 id, bytes memory expected) private view {
        (bool accepted, bytes memory reason) = address(registry).staticcall(_question(s, id));
        if (accepted || keccak256(reason) != keccak256(expected)) revert NotRefused("settlement", expected, reason);
    }
}
