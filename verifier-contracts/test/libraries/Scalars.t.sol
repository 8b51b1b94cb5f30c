// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "../../src/libraries/Fr.sol";
import {ScalarCursor, ScalarsLib} from "../../src/libraries/Scalars.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {RandomLib} from "../utils/Random.sol";
import {Test} from "../utils/Test.sol";

contract ScalarsTest is Test {
    function _pointer(uint256[] memory words) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(words, 0x20)
        }
    }

    /// @dev scale times the product over bits of t_i where bit i of the row is set, and of 1 - t_i where it is not.
    function _row(uint256[] memory coordinates, uint256 row, uint256 scale) private pure returns (uint256 product) {
        product = scale;
        for (uint256 bit; bit < coordinates.length; ++bit) {
            product = F.mul(product, row >> bit & 1 == 1 ? coordinates[bit] : F.sub(1, coordinates[bit]));
        }
    }

    function testFuzz_rows(uint256 seed, uint256 bits, uint256 count, uint256 scale) external pure {
        uint256[] memory coordinates = RandomLib.create(seed).elements(bound(bits, 0, 6));
        count = bound(count, 1, 1 << coordinates.length);
        scale %= F.R;
        Fr[] memory list = ScalarsLib.rows(_pointer(coordinates), coordinates.length, count, Fr.wrap(scale));
        assertEq(list.length, count, "length");
        for (uint256 row; row < count; ++row) {
            assertEq(Fr.unwrap(list[row]), _row(coordinates, row, scale), "row");
        }
    }

    /// @dev Coordinates that are bits select one row.
    function test_rowsOfBits() external pure {
        uint256[] memory coordinates = new uint256[](3);
        (coordinates[0], coordinates[1], coordinates[2]) = (1, 0, 1);
        Fr[] memory list = ScalarsLib.rows(_pointer(coordinates), 3, 8, Fr.wrap(7));
        for (uint256 row; row < 8; ++row) {
            assertEq(Fr.unwrap(list[row]), row == 5 ? 7 : 0, "row");
        }
    }

    function testFuzz_writtenOneAfterAnother(uint256 seed, uint256 factor) external pure {
        uint256[] memory elements = RandomLib.create(seed).elements(3);
        factor %= F.R;
        Fr[] memory list = ScalarsLib.create(6);
        ScalarCursor start = ScalarsLib.start(list);
        ScalarCursor cursor = start.write(Fr.wrap(elements[0])).write(Fr.wrap(elements[1])).write(Fr.wrap(elements[2]));
        cursor.writeMultiples(start, 3, Fr.wrap(factor));
        for (uint256 index; index < 3; ++index) {
            assertEq(Fr.unwrap(list[index]), elements[index], "written");
            assertEq(Fr.unwrap(list[3 + index]), F.mul(elements[index], factor), "multiple");
        }
    }

    function testFuzz_multiplesInPlace(uint256 seed, uint256 factor) external pure {
        uint256[] memory elements = RandomLib.create(seed).elements(2);
        Fr[] memory list = ScalarsLib.create(2);
        ScalarCursor start = ScalarsLib.start(list);
        start.write(Fr.wrap(elements[0])).write(Fr.wrap(elements[1]));
        start.writeMultiples(start, 2, Fr.wrap(factor % F.R));
        assertEq(Fr.unwrap(list[0]), F.mul(elements[0], factor % F.R), "first");
        assertEq(Fr.unwrap(list[1]), F.mul(elements[1], factor % F.R), "second");
    }

    function test_single() external pure {
        Fr[] memory list = ScalarsLib.single(Fr.wrap(5));
        assertTrue(list.length == 1 && Fr.unwrap(list[0]) == 5, "one scalar");
    }
}
