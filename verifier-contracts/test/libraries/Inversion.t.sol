// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {Inversion} from "../../src/libraries/Inversion.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {Random, RandomLib} from "../utils/Random.sol";
import {Test} from "../utils/Test.sol";

contract InversionTest is Test {
    function invert(uint256 element) external view returns (uint256) {
        return Fr.unwrap(Inversion.invert(Fr.wrap(element)));
    }

    function invertAll(uint256[] memory elements) public view returns (uint256[] memory) {
        Fr[] memory all;
        assembly ("memory-safe") {
            all := elements // Both are arrays of words.
        }
        Inversion.invertAll(all);
        return elements;
    }

    function testFuzz_invert(uint256 element) external view {
        element = bound(element, 1, F.R - 1);
        assertEq(this.invert(element), F.div(1, element), "inverse");
    }

    function testFuzz_invertAll(uint256 seed, uint256 count) external view {
        Random memory random = RandomLib.create(seed);
        uint256[] memory elements = random.elements(bound(count, 0, 40));
        uint256[] memory inverses = this.invertAll(elements);
        for (uint256 index; index < elements.length; ++index) {
            assertEq(inverses[index], F.div(1, elements[index]), "inverse");
        }
    }

    function testFuzz_refusesZero(uint256 seed, uint256 place) external {
        uint256[] memory elements = RandomLib.create(seed).elements(20);
        elements[place % 20] = 0;
        vm.expectRevert(IHallmarkVerifier.ChallengeDegenerate.selector);
        this.invertAll(elements);
    }

    function test_refusesAnAbsentPrecompile() external {
        vm.mockCall(address(5), "", "");
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.PrecompileFailed.selector, address(5)));
        this.invert(2);
    }
}
