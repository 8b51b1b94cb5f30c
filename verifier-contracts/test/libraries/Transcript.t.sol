// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "../../src/libraries/Fr.sol";
import {ProofPoint} from "../../src/libraries/Points.sol";
import {Transcript} from "../../src/libraries/Transcript.sol";
import {NaiveTranscript} from "../reference/NaiveTranscript.sol";
import {Test} from "../utils/Test.sol";

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
