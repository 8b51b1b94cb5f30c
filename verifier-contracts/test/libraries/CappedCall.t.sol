// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {CappedCall} from "../../src/libraries/CappedCall.sol";
import {Test} from "../utils/Test.sol";

contract CappedCallTest is Test {
    function test_keepsTheOverheadAndA64th() external pure {
        uint256 overhead = CappedCall.OVERHEAD;
        assertEq(CappedCall.givable(overhead - 1), 0, "less than the overhead");
        assertEq(CappedCall.givable(overhead + 63), 0, "less than 64 beyond it");
        assertEq(CappedCall.givable(overhead + 64), 63, "64 beyond it");
        assertEq(CappedCall.givable(overhead + 6400), 6300, "more");
    }
}
