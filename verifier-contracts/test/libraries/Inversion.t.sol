// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {Inversion} from "../../src/libraries/Inversion.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {Test} from "../utils/Test.sol";

contract InversionTest is Test {
    function invert(uint256 element) external view returns (uint256) {
        return Fr.unwrap(Inversion.invert(Fr.wrap(element)));
    }

    function testFuzz_invert(uint256 element) external view {
        element = bound(element, 1, F.R - 1);
        assertEq(this.invert(element), F.div(1, element), "inverse");
    }

    function test_refusesZero() external {
        vm.expectRevert(IHallmarkVerifier.ChallengeDegenerate.selector);
        this.invert(0);
    }

    function test_refusesAnAbsentPrecompile() external {
        vm.mockCall(address(5), "", "");
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.PrecompileFailed.selector, address(5)));
        this.invert(2);
    }
}
