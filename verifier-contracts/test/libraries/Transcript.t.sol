// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "../../src/libraries/Fr.sol";
import {Instances, InstancesLib} from "../../src/libraries/Instances.sol";
import {ProofPoint} from "../../src/libraries/Points.sol";
import {ProofParts, ProofPartsLib} from "../../src/libraries/ProofParts.sol";
import {SettlementKey, SettlementKeyLib} from "../../src/libraries/SettlementKey.sol";
import {Challenges, Transcript, TranscriptLib} from "../../src/libraries/Transcript.sol";
import {NaiveTranscript} from "../reference/NaiveTranscript.sol";
import {SettlementTest} from "../utils/SettlementTest.sol";
import {Settlement, Simulator} from "../utils/Simulator.sol";
import {Test} from "../utils/Test.sol";
import {Words} from "../utils/Words.sol";

contract TranscriptTest is Test {
    function absorb(bytes32 state, bytes calldata data) external pure returns (bytes32 next, uint256 challenge) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := data.offset
        }
        Transcript transcript = Transcript.wrap(state).absorb(ProofPoint.wrap(offset), data.length);
        return (Transcript.unwrap(transcript), Fr.unwrap(transcript.challenge()));
    }

    function again(bytes32 state) external pure returns (bytes32 next, uint256 challenge) {
        Transcript transcript = Transcript.wrap(state).again();
        return (Transcript.unwrap(transcript), Fr.unwrap(transcript.challenge()));
    }

    /// @dev A challenge, one more, and one after data, as from a transcript with a buffer.
    function testFuzz_challenges(bytes32 state, bytes calldata data) external view {
        vm.assume(data.length > 0);
        NaiveTranscript memory naive;
        naive.buffer = bytes.concat(state);
        (bytes32 next, uint256 challenge) = this.again(state);
        assertEq(challenge, naive.squeeze(), "first");
        (next, challenge) = this.again(next);
        assertEq(challenge, naive.squeeze(), "second");
        naive.absorb(data);
        (next, challenge) = this.absorb(next, data);
        assertEq(challenge, naive.squeeze(), "third");
        assertEq(bytes32(naive.buffer), next, "state");
    }
}

/// @dev What each challenge of a proof binds.
contract ChallengesTest is SettlementTest {
    using Words for bytes;

    uint256 private constant COUNT = 8;

    /// @return drawn The challenges, in their order.
    /// @return starts Where parts begin in the proof: the last point of the inner proof, the published scalars, the permutation's
    /// product, the pieces, the evaluations, both points of the opening, and the end.
    function challenges(address account, bytes calldata input, bytes calldata proof)
        external
        view
        returns (uint256[COUNT] memory drawn, uint256[COUNT] memory starts)
    {
        (SettlementKey memory key,) = SettlementKeyLib.load(account);
        ProofParts memory parts = ProofPartsLib.locate(key, proof);
        Instances memory instances = InstancesLib.read(key, parts, input);
        Challenges memory c = TranscriptLib.challenges(instances, parts);
        Fr[COUNT] memory all = [c.beta, c.gamma, c.y, c.x, c.polynomialBase, c.setBase, c.u, c.join];
        uint256 start;
        assembly ("memory-safe") {
            start := proof.offset
        }
        starts = [
            ProofPoint.unwrap(parts.last) - start,
            parts.published - start,
            ProofPoint.unwrap(parts.product) - start,
            ProofPoint.unwrap(parts.pieces) - start,
            parts.evaluations - start,
            ProofPoint.unwrap(parts.opening) - start,
            ProofPoint.unwrap(parts.openingLast) - start,
            proof.length
        ];
        for (uint256 index; index < COUNT; ++index) {
            drawn[index] = Fr.unwrap(all[index]);
        }
    }

    /// @dev Every word of a proof changes the first challenge after it, all later ones, and none before. The points of the inner
    /// proof are bound by its seals, which are instances.
    function test_eachChallengeBindsWhatCameBefore() external {
        Settlement memory s = Simulator.settle(smallShape(), 5);
        address key = store(s.key);
        (uint256[COUNT] memory drawn, uint256[COUNT] memory starts) = this.challenges(key, s.input, s.proof);
        // The first challenge that each part has a say in. The last points bind the join alone.
        uint8[COUNT - 1] memory firsts = [7, 0, 2, 3, 4, 6, 7];
        uint256 part;
        for (uint256 word = starts[0] / 32; word < s.proof.length / 32; ++word) {
            if (32 * word == starts[part + 1]) ++part;
            bytes memory proof = bytes.concat(s.proof);
            proof.set(word, proof.get(word) ^ 1);
            (uint256[COUNT] memory other,) = this.challenges(key, s.input, proof);
            for (uint256 index; index < COUNT; ++index) {
                assertTrue((other[index] != drawn[index]) == (index >= firsts[part]), "bound");
            }
        }
        assertEq(part, COUNT - 2, "all parts");
    }
}
