// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {NaiveField as F} from "./NaiveField.sol";

/// @dev The packing of public values, byte by byte.
library NaivePacking {
    struct Runs {
        uint256 width;
        uint256 runBytes;
        uint256 runs;
    }

    /// @dev sum over words k of word_k gamma^k, the input's words first.
    function pack(bytes memory input, Runs memory inputRuns, bytes memory output, Runs memory outputRuns, uint256 gamma)
        internal
        pure
        returns (uint256 sum)
    {
        uint256[] memory first = words(input, inputRuns);
        uint256[] memory second = words(output, outputRuns);
        return F.add(F.evaluate(first, gamma), F.mul(F.pow(gamma, first.length), F.evaluate(second, gamma)));
    }

    /// @dev The words of all runs: 16 bytes each, the last of a run filled up with zeros.
    function words(bytes memory values, Runs memory runs) internal pure returns (uint256[] memory all) {
        uint256 perRun = (runs.runBytes + 15) / 16;
        all = new uint256[](runs.runs * perRun);
        for (uint256 index; index < values.length; ++index) {
            uint256 inRun = index % runs.runBytes;
            uint256 digit = uint8(values[index]);
            // The first byte of a value has its sign.
            if (inRun % runs.width == 0) digit = (digit + 128) % 256;
            uint256 word = index / runs.runBytes * perRun + inRun / 16;
            all[word] += digit * 256 ** (15 - inRun % 16);
        }
    }
}
