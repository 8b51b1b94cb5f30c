// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Curve} from "./utils/Curve.sol";
import {GasProbe, GasSplit} from "./utils/GasProbe.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Settlement} from "./utils/Simulator.sol";
import {Words} from "./utils/Words.sol";

/// @dev What a settlement costs. The figures are kept in `snapshots/`, so that a change shows them in its diff.
contract HallmarkVerifierGasTest is SettlementTest {
    using Words for bytes;

    /// @dev What a transaction costs at least, and its calldata: EIP-2028, and the floor of EIP-7623.
    uint256 private constant TRANSACTION = 21_000;
    uint256 private constant ZERO_BYTE = 4;
    uint256 private constant OTHER_BYTE = 16;
    uint256 private constant FLOOR_PER_TOKEN = 10;

    /// @dev A rejected proof may cost a bad point more than a valid one: the limit of the precompile that refuses it, less
    /// what all that comes after would have cost.
    uint256 private constant MOST_FOR_A_BAD_POINT = 24_000;

    /// @dev Calling a warm account, with what pushes the arguments; and what a cold account costs more (EIP-2929).
    uint256 private constant CALL = 125;
    uint256 private constant COLD = 2500;

    GasProbe private probe = new GasProbe();

    function test_snapshot_digits_mlp() external {
        _snapshot("digits_mlp", fixture("digits_mlp"));
    }

    function test_snapshot_lenet5_max() external {
        _snapshot("lenet5_max", fixture("lenet5_max"));
    }

    function test_snapshot_cnn_264k() external {
        _snapshot("cnn_264k", fixture("cnn_264k"));
    }

    function test_snapshot_smallest() external {
        _snapshot("smallest", smallest());
    }

    function _snapshot(string memory name, Settlement memory s) private {
        address key = store(s.key);
        bytes memory message = encode(key, keccak256(s.key), s);
        uint256 execution = _execution(message, key);
        (uint256 calldataGas, uint256 floor) = _calldata(message);
        uint256 transaction = TRANSACTION + calldataGas + execution;
        vm.snapshotValue(name, "transaction", transaction > floor ? transaction : floor);
        vm.snapshotValue(name, "calldata", calldataGas);
        vm.snapshotValue(name, "calldata, EIP-7623 floor with the base", floor);
        vm.snapshotValue(name, "execution", execution);
        vm.snapshotValue(name, "bytes of calldata", message.length);
        _snapshotSplit(name, _split(s), execution);
    }

    function _split(Settlement memory s) private returns (GasSplit memory split) {
        address key = store(s.key);
        assertTrue(key.code.length > 0, "warm now");
        split = probe.measure(key, keccak256(s.key), s.context, s.input, s.output, s.proof);
        split.key += COLD;
    }

    function _sum(GasSplit memory split) private pure returns (uint256 sum) {
        sum = split.key + split.lengthsAndInstances + split.seals + split.packing + split.transcript;
        sum += split.evaluations + split.argumentPoints + split.deferredPoints + split.joinedPoints + split.pairing;
    }

    function _snapshotSplit(string memory name, GasSplit memory split, uint256 execution) private {
        vm.snapshotValue(name, "split 0: arguments", execution - _sum(split));
        vm.snapshotValue(name, "split 1: key", split.key);
        vm.snapshotValue(name, "split 2: lengths and instances", split.lengthsAndInstances);
        vm.snapshotValue(name, "split 3: seals", split.seals);
        vm.snapshotValue(name, "split 4: packing", split.packing);
        vm.snapshotValue(name, "split 5: transcript", split.transcript);
        vm.snapshotValue(name, "split 6: evaluations", split.evaluations);
        vm.snapshotValue(name, "split 7: points of halo2", split.argumentPoints);
        vm.snapshotValue(name, "split 8: points of the deferred equation", split.deferredPoints);
        vm.snapshotValue(name, "split 9: generator and left side", split.joinedPoints);
        vm.snapshotValue(name, "split 10: pairing", split.pairing);
    }

    /// @dev The gas of a call in a transaction, whose target is warm, and whose key is cold.
    function _execution(bytes memory message, address key) private view returns (uint256 used) {
        address target = address(verifier);
        assertTrue(target.code.length > 0 && key.code.length > 0, "both are warm now");
        bool accepted;
        assembly ("memory-safe") {
            used := gas()
            accepted := staticcall(gas(), target, add(message, 0x20), mload(message), 0, 0)
            used := sub(used, gas())
        }
        assertTrue(accepted, "accepted");
        return used - CALL + COLD;
    }

    function _calldata(bytes memory message) private pure returns (uint256 gas, uint256 floor) {
        uint256 zeros;
        for (uint256 index; index < message.length; ++index) {
            if (message[index] == 0) ++zeros;
        }
        uint256 others = message.length - zeros;
        gas = zeros * ZERO_BYTE + others * OTHER_BYTE;
        floor = TRANSACTION + FLOOR_PER_TOKEN * (zeros + 4 * others);
    }

    /// @dev The probe has the verifier's steps: what is left over is what reading the arguments costs.
    function test_probeIsTheVerifier() external {
        Settlement memory s = fixture("lenet5_max");
        address key = store(s.key);
        uint256 execution = _execution(encode(key, keccak256(s.key), s), key);
        uint256 sum = _sum(_split(s));
        assertTrue(sum < execution && execution < sum + 1500, "the probe measures something else");
    }

    /// @dev Whatever word of a proof is bad, and however: no refusal costs much more than an accepted proof.
    function test_badProofsAreNotDear() external {
        Settlement memory valid = fixture("lenet5_max");
        uint256 limit = _cost(valid) + MOST_FOR_A_BAD_POINT;
        for (uint256 word; word < valid.proof.length / 32; ++word) {
            Settlement memory s = copy(valid);
            s.proof.set(word, valid.proof.get(word) ^ 1);
            assertTrue(_cost(s) <= limit, "one bit");
            s.proof.set(word, 0);
            assertTrue(_cost(s) <= limit, "zero");
            s.proof.set(word, Curve.Q);
            assertTrue(_cost(s) <= limit, "a modulus");
        }
    }

    function _cost(Settlement memory s) private returns (uint256) {
        bytes memory message = encode(store(s.key), keccak256(s.key), s);
        uint256 before = gasleft();
        (bool accepted,) = address(verifier).staticcall(message);
        accepted; // Either is as good here.
        return before - gasleft();
    }
}
