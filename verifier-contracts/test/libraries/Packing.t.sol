// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {Packing} from "../../src/libraries/Packing.sol";
import {SettlementKey} from "../../src/libraries/SettlementKey.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {NaivePacking} from "../reference/NaivePacking.sol";
import {Random, RandomLib} from "../utils/Random.sol";
import {Test} from "../utils/Test.sol";

contract PackingTest is Test {
    function pack(
        NaivePacking.Runs calldata inputRuns,
        NaivePacking.Runs calldata outputRuns,
        bytes calldata input,
        bytes calldata output,
        uint256 gamma
    ) external pure returns (uint256) {
        SettlementKey memory key = _key(inputRuns, outputRuns);
        Packing.requireLengths(key, input.length, output.length);
        return Fr.unwrap(Packing.pack(key, input, output, Fr.wrap(gamma)));
    }

    function _key(NaivePacking.Runs memory input, NaivePacking.Runs memory output)
        private
        pure
        returns (SettlementKey memory key)
    {
        (key.inputWidth, key.inputRunBytes, key.inputRuns) = (input.width, input.runBytes, input.runs);
        (key.outputWidth, key.outputRunBytes, key.outputRuns) = (output.width, output.runBytes, output.runs);
    }

    function _runs(Random memory random) private pure returns (NaivePacking.Runs memory runs) {
        runs.width = 1 << random.word() % 3;
        runs.runBytes = runs.width * (1 + random.word() % 50);
        runs.runs = random.word() % 5;
    }

    function testFuzz_pack(uint256 seed) external view {
        Random memory random = RandomLib.create(seed);
        (NaivePacking.Runs memory inputRuns, NaivePacking.Runs memory outputRuns) = (_runs(random), _runs(random));
        bytes memory input = random.text(inputRuns.runs * inputRuns.runBytes);
        bytes memory output = random.text(outputRuns.runs * outputRuns.runBytes);
        uint256 gamma = random.element();
        uint256 found = this.pack(inputRuns, outputRuns, input, output, gamma);
        assertEq(found, NaivePacking.pack(input, inputRuns, output, outputRuns, gamma), "packed");
    }

    /// @dev Three values of two bytes, -32768, 0 and 32767, have the digits 0, 2^15 and 2^16 - 1 at the top of a word.
    function test_signsAndFilling() external view {
        NaivePacking.Runs memory one = NaivePacking.Runs({width: 2, runBytes: 6, runs: 1});
        NaivePacking.Runs memory none = NaivePacking.Runs({width: 1, runBytes: 1, runs: 0});
        uint256 word = (uint256(0x8000) << 96) + (uint256(0xffff) << 80);
        assertEq(this.pack(one, none, hex"800000007fff", "", 9), word, "input");
        assertEq(this.pack(none, one, "", hex"800000007fff", 9), word, "output");
    }

    /// @dev The largest words and challenges, where sums that are not reduced are largest.
    function test_largestWords() external view {
        NaivePacking.Runs memory runs = NaivePacking.Runs({width: 1, runBytes: 160, runs: 3});
        NaivePacking.Runs memory none = NaivePacking.Runs({width: 1, runBytes: 1, runs: 0});
        bytes memory input = new bytes(480);
        for (uint256 index; index < 480; ++index) {
            input[index] = 0x7f;
        }
        uint256 expected = NaivePacking.pack(input, runs, "", none, F.R - 1);
        assertEq(this.pack(runs, none, input, "", F.R - 1), expected, "packed");
    }

    function test_refusesOtherLengths() external {
        NaivePacking.Runs memory runs = NaivePacking.Runs({width: 4, runBytes: 8, runs: 3});
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.InputLength.selector, 24, 23));
        this.pack(runs, runs, new bytes(23), new bytes(24), 1);
        vm.expectRevert(abi.encodeWithSelector(IHallmarkVerifier.OutputLength.selector, 24, 25));
        this.pack(runs, runs, new bytes(24), new bytes(25), 1);
    }
}
