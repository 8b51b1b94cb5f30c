// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField} from "./NaiveField.sol";

/// @dev The transcript as its definition has it: a buffer that all is appended to.
struct NaiveTranscript {
    bytes buffer;
}

using NaiveTranscriptLib for NaiveTranscript global;

library NaiveTranscriptLib {
    function absorb(NaiveTranscript memory transcript, bytes memory data) internal pure {
        transcript.buffer = bytes.concat(transcript.buffer, data);
    }

    function squeeze(NaiveTranscript memory transcript) internal pure returns (uint256) {
        if (transcript.buffer.length == 32) transcript.absorb(hex"01");
        bytes32 digest = keccak256(transcript.buffer);
        transcript.buffer = bytes.concat(digest);
        return uint256(digest) % NaiveField.R;
    }
}
