// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {Setups} from "./Setups.sol";
import {Test} from "./Test.sol";
import {VerifierDouble} from "../doubles/VerifierDouble.sol";

/// @dev What tests of contracts that ask a registry have in common: one over a double of the verifier.
abstract contract RegistryTest is Test {
    /// @dev When the tests begin. Tests say times relative to it: the optimizer takes it that a transaction has one time.
    uint64 internal constant START = 1_800_000_000;

    address internal constant REGISTRANT = address(0x4e61);

    VerifierDouble internal verifier = new VerifierDouble();
    ModelRegistry internal registry = new ModelRegistry(verifier, Setups.known(), true);

    error DidNotRevert();
    error OtherReason(bytes expected, bytes found);

    /// @dev A key that the verifier knows, with everything following from its name.
    function storeKey(string memory name) internal returns (address account, VerifierDouble.Key memory key) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        key.digest = keccak256(bytes.concat("digest", bytes(name)));
        key.architecture = keccak256(bytes.concat("architecture", bytes(name)));
        key.weights = keccak256(bytes.concat("weights", bytes(name)));
        key.weightRows = keccak256(bytes.concat("weight rows", bytes(name)));
        key.setup = Setups.digest(Setups.known());
        key.tauG2 = Setups.known().tauG2;
        key.development = true;
        verifier.store(account, key);
    }

    /// @dev A key for batches of a size, which the model's key lists.
    function storeBatchKey(string memory name, uint256 size)
        internal
        returns (address account, VerifierDouble.Key memory key)
    {
        (address model, VerifierDouble.Key memory single) = storeKey(name);
        (account, key) = storeKey(string.concat(name, " in batches of ", vm.toString(size)));
        key.weightRows = single.weightRows;
        verifier.store(account, key);
        verifier.offer(model, size, key.architecture);
    }

    function registerModel(string memory name) internal returns (bytes32 modelId, bytes32 keyDigest) {
        (address account, VerifierDouble.Key memory key) = storeKey(name);
        vm.prank(REGISTRANT);
        modelId = registry.register(account, key.digest, 0, name);
        keyDigest = key.digest;
    }

    /// @dev Calls as somebody, and requires that this fails with an error.
    function requireRevert(address sender, address target, bytes memory data, bytes memory expected) internal {
        requireRevert(sender, target, 0, data, expected);
    }

    function requireRevert(address sender, address target, uint256 value, bytes memory data, bytes memory expected)
        internal
    {
        vm.deal(sender, sender.balance + value);
        vm.prank(sender);
        (bool success, bytes memory reason) = target.call{value: value}(data);
        if (success) revert DidNotRevert();
        if (keccak256(reason) != keccak256(expected)) revert OtherReason(expected, reason);
    }

    function assertEq(address found, address expected, string memory what) internal pure {
        assertEq(uint256(uint160(found)), uint256(uint160(expected)), what);
    }
}
