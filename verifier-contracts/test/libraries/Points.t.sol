// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {KeyPoint, ProofPoint} from "../../src/libraries/Points.sol";
import {Test} from "../utils/Test.sol";

contract PointsTest is Test {
    function testFuzz_next(uint64 place, uint16 count) external pure {
        uint256 expected = uint256(place) + 64 * uint256(count);
        assertEq(ProofPoint.unwrap(ProofPoint.wrap(place).next(count)), expected, "of the proof");
        assertEq(KeyPoint.unwrap(KeyPoint.wrap(place).next(count)), expected, "of the key");
    }
}
