// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {HallmarkVerifier} from "../../src/HallmarkVerifier.sol";
import {NaivePacking} from "../reference/NaivePacking.sol";
import {Settlement, Shape, Simulator} from "./Simulator.sol";
import {Test} from "./Test.sol";

/// @dev What tests of whole settlements have in common.
abstract contract SettlementTest is Test {
    HallmarkVerifier internal verifier = new HallmarkVerifier();

    /// @dev The models with a settlement that the prover in Rust made.
    function models() internal pure returns (string[3] memory) {
        return ["digits_mlp", "lenet5_max", "cnn_264k"];
    }

    /// @dev A settlement that the prover in Rust made.
    function fixture(string memory model) internal view returns (Settlement memory s) {
        string memory folder = string.concat("../fixtures/settlement/", model);
        s.key = vm.readFileBinary(string.concat(folder, "/key.bin"));
        s.context = bytes32(vm.readFileBinary(string.concat(folder, "/context.bin")));
        s.input = vm.readFileBinary(string.concat(folder, "/input.bin"));
        s.output = vm.readFileBinary(string.concat(folder, "/output.bin"));
        s.proof = vm.readFileBinary(string.concat(folder, "/proof.bin"));
    }

    /// @dev The smallest settlement: one row for each polynomial.
    function smallest() internal view returns (Settlement memory) {
        return Simulator.settle(smallShape(), 1);
    }

    function smallShape() internal pure returns (Shape memory) {
        return Shape({
            logRows: 13,
            cellRowBits: 0,
            entryRowBits: 0,
            weightRowBits: 0,
            longerBits: 0,
            entryRows: 1,
            weightRows: 1,
            input: NaivePacking.Runs({width: 1, runBytes: 64, runs: 1}),
            output: NaivePacking.Runs({width: 2, runBytes: 20, runs: 1}),
            batches: 0
        });
    }

    /// @dev Stores a key as code, at an address that is its own.
    function store(bytes memory key) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes.concat("key", key)))));
        vm.etch(account, bytes.concat(hex"00", key));
    }

    function encode(address key, bytes32 digest, Settlement memory s) internal pure returns (bytes memory) {
        return abi.encodeCall(HallmarkVerifier.verify, (key, digest, s.context, s.input, s.output, s.proof));
    }

    function attempt(Settlement memory s) internal returns (bool accepted, bytes memory reason) {
        return address(verifier).staticcall(encode(store(s.key), keccak256(s.key), s));
    }

    function requireAccepted(Settlement memory s, string memory what) internal {
        (bool accepted, bytes memory answer) = attempt(s);
        if (!accepted) revert NotAccepted(what, answer);
        assertEq(answer.length, 0, what);
    }

    function requireRefused(Settlement memory s, bytes memory expected, string memory what) internal {
        (bool accepted, bytes memory reason) = attempt(s);
        if (accepted || keccak256(reason) != keccak256(expected)) revert NotRefused(what, expected, reason);
    }

    error NotAccepted(string what, bytes reason);
    error NotRefused(string what, bytes expected, bytes found);

    function copy(Settlement memory s) internal pure returns (Settlement memory c) {
        (c.key, c.context, c.input, c.output, c.proof) =
        (bytes.concat(s.key), s.context, bytes.concat(s.input), bytes.concat(s.output), bytes.concat(s.proof));
    }
}
