// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {ORDER} from "../../src/libraries/Fr.sol";
import {Reduced} from "../../src/libraries/Reduced.sol";
import {RandomLib} from "../utils/Random.sol";
import {Test} from "../utils/Test.sol";

contract ReducedTest is Test {
    function requireAll(uint256[] calldata words, uint256 index) external pure {
        uint256 offset;
        assembly ("memory-safe") {
            offset := words.offset
        }
        Reduced.requireAll(offset, words.length, index);
    }

    function testFuzz_acceptsReduced(uint256 seed, uint256 count) external view {
        uint256[] memory words = RandomLib.create(seed).elements(bound(count, 4, 30));
        words[seed % words.length] = ORDER - 1;
        this.requireAll(words, 0);
    }

    /// @dev Wherever it is, and with any number of words, the first that is not reduced is named.
    function testFuzz_namesTheFirst(uint256 seed, uint256 count, uint256 place, uint256 excess, uint256 index)
        external
    {
        uint256[] memory words = RandomLib.create(seed).elements(bound(count, 4, 30));
        place %= words.length;
        index %= 100;
        words[words.length - 1] = ORDER;
        words[place] = bound(excess, ORDER, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.ScalarNotReduced.selector, index + place));
        this.requireAll(words, index);
    }

    function requireDigests(bytes calldata input) external pure {
        Reduced.requireDigests(input, input.length / 32);
    }

    /// @dev The order itself would be another name of 0.
    function test_aDigestIsBelowTheOrder() external {
        this.requireDigests(abi.encode(ORDER - 1, 0));
        uint256[2] memory excess = [ORDER, type(uint256).max];
        for (uint256 index; index < 2; ++index) {
            vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.InputDigestNotReduced.selector, 1));
            this.requireDigests(abi.encode(uint256(7), excess[index]));
        }
    }
}
