// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../interfaces/IHallmarkVerifier.sol";
import {ORDER} from "./Fr.sol";

/// @title The one encoding of a scalar
/// @dev A scalar plus a multiple of the order would be another encoding of the same proof.
library Reduced {
    /// @dev Reverts if one of the words of calldata from an offset on is not below the order of the field.
    /// @param words How many there are: at least four.
    /// @param index The number of the first among the proof's scalars.
    function requireAll(uint256 offset, uint256 words, uint256 index) internal pure {
        bool reduced = _areFour(offset);
        unchecked {
            // The others are checked in groups of four. The first group may overlap with the first four.
            uint256 end = offset + 0x20 * words;
            for (uint256 word = offset + 0x20 * (words % 4); word < end; word += 0x80) {
                reduced = reduced && _areFour(word);
            }
        }
        if (!reduced) _refuse(offset, index);
    }

    /// @dev Reverts if one of the digests that an input is told by is not below the order of the field. It would be another name
    /// of the same input.
    /// @param count The number of digests: the whole input, or none of it.
    function requireDigests(bytes calldata input, uint256 count) internal pure {
        unchecked {
            for (uint256 index; index < count; ++index) {
                uint256 word;
                assembly ("memory-safe") {
                    word := calldataload(add(input.offset, shl(5, index)))
                }
                if (word >= ORDER) revert IHallmarkVerifier.InputDigestNotReduced(index);
            }
        }
    }

    function _areFour(uint256 offset) private pure returns (bool reduced) {
        assembly ("memory-safe") {
            reduced := and(lt(calldataload(offset), ORDER), lt(calldataload(add(offset, 0x20)), ORDER))
            reduced := and(reduced, lt(calldataload(add(offset, 0x40)), ORDER))
            reduced := and(reduced, lt(calldataload(add(offset, 0x60)), ORDER))
        }
    }

    /// @dev Reverts with the index of the first word that is not reduced. There is at least one.
    function _refuse(uint256 offset, uint256 index) private pure {
        while (true) {
            uint256 word;
            assembly ("memory-safe") {
                word := calldataload(offset)
            }
            if (word >= ORDER) revert IHallmarkVerifier.ScalarNotReduced(index);
            offset += 0x20;
            ++index;
        }
    }
}
