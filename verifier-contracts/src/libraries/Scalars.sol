// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ORDER} from "./Fr.sol";

/// @dev Where in a list the next scalar goes: an address.
type ScalarCursor is uint256;

using ScalarsLib for ScalarCursor global;

/// @title Lists of scalars, in the order of the points that they multiply
/// @dev A list is allocated with its exact length and written from its start to its end.
library ScalarsLib {
    /// @dev A list without scalars yet. The caller must write all of them, since memory may be dirty.
    function create(uint256 length) internal pure returns (Fr[] memory list) {
        assembly ("memory-safe") {
            list := mload(0x40)
            mstore(list, length)
            mstore(0x40, add(list, shl(5, add(length, 1)))) // Allocates a word for the length and one for each scalar.
        }
    }

    /// @dev A list of one.
    function single(Fr scalar) internal pure returns (Fr[] memory list) {
        list = create(1);
        start(list).write(scalar);
    }

    /// @dev The place of a list's first scalar.
    function start(Fr[] memory list) internal pure returns (ScalarCursor cursor) {
        assembly ("memory-safe") {
            cursor := add(list, 0x20) // The elements follow the array's length.
        }
    }

    /// @dev Writes a scalar.
    function write(ScalarCursor cursor, Fr scalar) internal pure returns (ScalarCursor next) {
        assembly ("memory-safe") {
            mstore(cursor, scalar)
            next := add(cursor, 0x20)
        }
    }

    /// @dev Writes scale * eq(row) for the 2^bits rows of a polynomial. eq(row) is the product over the row's bits, least
    /// significant first: the bit's coordinate t for a set bit, and 1 - t for a clear one.
    /// @param coordinates The address of the coordinates.
    function writeRows(ScalarCursor cursor, uint256 coordinates, uint256 bits, Fr scale)
        internal
        pure
        returns (ScalarCursor next)
    {
        assembly ("memory-safe") {
            mstore(cursor, scale) // Without bits, there is one row.
            next := add(cursor, 0x20)
            for { let end := add(coordinates, shl(5, bits)) } lt(coordinates, end) {} {
                let t := mload(coordinates)
                let length := sub(next, cursor)
                // Rows with this bit set come after the rows without it, and are computed from them.
                for { let clear := cursor } lt(clear, next) { clear := add(clear, 0x20) } {
                    let row := mload(clear)
                    let set := mulmod(row, t, ORDER)
                    mstore(add(clear, length), set)
                    mstore(clear, addmod(row, sub(ORDER, set), ORDER)) // row (1 - t)
                }
                next := add(next, length)
                coordinates := add(coordinates, 0x20)
            }
        }
    }

    /// @dev The list of the first rows that {writeRows} writes.
    /// @param count The number of rows, at most 2^bits.
    function rows(uint256 coordinates, uint256 bits, uint256 count, Fr scale) internal pure returns (Fr[] memory list) {
        list = create(1 << bits);
        start(list).writeRows(coordinates, bits, scale);
        assembly ("memory-safe") {
            mstore(list, count) // The others stay behind the list.
        }
    }

    /// @dev Writes scalars that were written before, times a factor.
    function writeMultiples(ScalarCursor cursor, ScalarCursor before, uint256 count, Fr factor)
        internal
        pure
        returns (ScalarCursor next)
    {
        assembly ("memory-safe") {
            next := add(cursor, shl(5, count))
            for {} lt(cursor, next) { cursor := add(cursor, 0x20) } {
                mstore(cursor, mulmod(mload(before), factor, ORDER))
                before := add(before, 0x20)
            }
        }
    }
}
