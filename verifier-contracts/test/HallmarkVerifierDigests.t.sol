// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../src/interfaces/IHallmarkVerifier.sol";
import {ORDER} from "../src/libraries/Fr.sol";
import {NaivePacking} from "./reference/NaivePacking.sol";
import {SettlementTest} from "./utils/SettlementTest.sol";
import {Settlement, Shape, Simulator} from "./utils/Simulator.sol";
import {Words} from "./utils/Words.sol";

/// @dev Inputs that are told by digests.
contract HallmarkVerifierDigestsTest is SettlementTest {
    using Words for bytes;

    /// @dev The words of a key that tell how the input is packed.
    uint256 private constant INPUT_WIDTH = 9;
    uint256 private constant INPUT_RUN = 10;
    uint256 private constant INPUT_RUNS = 11;

    function settle(uint256 digests) private view returns (Settlement memory) {
        Shape memory shape = smallShape();
        shape.input = NaivePacking.Runs({width: 32, runBytes: 32, runs: digests});
        return Simulator.settle(shape, digests);
    }

    function test_acceptsAnyNumberOfDigests() external {
        uint256[5] memory counts = [uint256(1), 2, 3, 8, 64];
        for (uint256 index; index < counts.length; ++index) {
            requireAccepted(settle(counts[index]), "digests");
        }
    }

    /// @dev Each digest is an instance of its own, in its place.
    function test_refusesAnyOtherDigest() external {
        Settlement memory honest = settle(4);
        for (uint256 index; index < 4; ++index) {
            Settlement memory s = copy(honest);
            s.input.set(index, addmod(s.input.get(index), 1, ORDER));
            requireRefused(s, abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector), "another digest");
        }
        Settlement memory swapped = copy(honest);
        (uint256 first, uint256 second) = (swapped.input.get(0), swapped.input.get(1));
        swapped.input.set(0, second);
        swapped.input.set(1, first);
        requireRefused(swapped, abi.encodeWithSelector(IHallmarkVerifier.ProofRejected.selector), "swapped");
    }

    /// @dev The circuit's field does not know a digest from the digest plus the order. Only this check does.
    function test_refusesAnotherNameOfTheSameDigest() external {
        Settlement memory honest = settle(3);
        for (uint256 index; index < 3; ++index) {
            Settlement memory s = copy(honest);
            s.input.set(index, s.input.get(index) + ORDER);
            bytes memory expected = abi.encodeWithSelector(IHallmarkVerifier.InputDigestNotReduced.selector, index);
            requireRefused(s, expected, "not reduced");
        }
    }

    function test_refusesMoreOrFewer() external {
        Settlement memory s = settle(2);
        bytes memory expected = abi.encodeWithSelector(IHallmarkVerifier.InputLength.selector, 64, 96);
        s.input = bytes.concat(s.input, bytes32(0));
        requireRefused(s, expected, "one more");
        expected = abi.encodeWithSelector(IHallmarkVerifier.InputLength.selector, 64, 63);
        s.input = s.input.slice(0, 63);
        requireRefused(s, expected, "a byte less");
    }

    /// @dev A digest is a run of its own, of which there are as many as calldata can hold. An output has none.
    function test_refusesKeysWithOtherDigests() external {
        uint256[2][5] memory changes =
            [[INPUT_RUN, 31], [INPUT_RUN, 64], [INPUT_RUNS, 0], [INPUT_RUNS, 1 << 32], [INPUT_WIDTH + 3, 32]];
        for (uint256 index; index < changes.length; ++index) {
            Settlement memory s = settle(1);
            s.key.set(changes[index][0], changes[index][1]);
            address key = store(s.key);
            vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.KeyMalformed.selector, key));
            verifier.keyDigest(key);
        }
        Settlement memory values = smallest();
        values.key.set(INPUT_WIDTH, 32);
        address malformed = store(values.key);
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.KeyMalformed.selector, malformed));
        verifier.keyDigest(malformed);
    }
}
