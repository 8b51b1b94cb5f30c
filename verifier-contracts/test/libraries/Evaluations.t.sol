// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Evaluations, EvaluationsLib} from "../../src/libraries/Evaluations.sol";
import {Fr, ORDER} from "../../src/libraries/Fr.sol";
import {ProofParts} from "../../src/libraries/ProofParts.sol";
import {RandomLib} from "../utils/Random.sol";
import {Test} from "../utils/Test.sol";

contract EvaluationsTest is Test {
    /// @dev How many published scalars come before.
    uint256 private constant PUBLISHED = 12;

    function read(uint256[18] calldata words) external pure returns (Evaluations memory) {
        ProofParts memory parts;
        uint256 offset;
        assembly ("memory-safe") {
            offset := words
        }
        (parts.evaluations, parts.publishedCount) = (offset, PUBLISHED);
        return EvaluationsLib.read(parts);
    }

    function _words(uint256 seed) private pure returns (uint256[18] memory words) {
        uint256[] memory elements = RandomLib.create(seed).elements(18);
        for (uint256 index; index < 18; ++index) {
            words[index] = elements[index];
        }
    }

    function testFuzz_read(uint256 seed) external view {
        uint256[18] memory words = _words(seed);
        Evaluations memory e = this.read(words);
        assertEq(keccak256(abi.encode(e)), keccak256(abi.encode(words)), "all words in order");
        assertTrue(Fr.unwrap(e.a) == words[0] && Fr.unwrap(e.cNext) == words[5], "values");
        assertTrue(Fr.unwrap(e.s) == words[6] && Fr.unwrap(e.k2) == words[11], "constants");
        assertTrue(Fr.unwrap(e.random) == words[12] && Fr.unwrap(e.sigmaC) == words[15], "random and permutation");
        assertTrue(Fr.unwrap(e.productNext) == words[17], "product");
    }

    function testFuzz_refusesWhatIsNotReduced(uint256 seed, uint256 place, uint256 excess) external {
        uint256[18] memory words = _words(seed);
        place %= 18;
        words[place] = bound(excess, ORDER, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.ScalarNotReduced.selector, PUBLISHED + place));
        this.read(words);
    }
}
