// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Evaluations} from "../../src/libraries/Evaluations.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {DomainValues} from "../../src/libraries/Lagrange.sol";
import {SettlementKey} from "../../src/libraries/SettlementKey.sol";
import {Shplonk} from "../../src/libraries/Shplonk.sol";
import {Challenges} from "../../src/libraries/Transcript.sol";
import {NaiveArgument, NaiveHalo2} from "../reference/NaiveHalo2.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {NaiveSet, NaiveShplonk} from "../reference/NaiveShplonk.sol";
import {Arguments} from "../utils/Arguments.sol";
import {Test} from "../utils/Test.sol";

/// @dev That the points have the scalars that go with this value is tested with whole settlements, in any number of shapes.
contract ShplonkTest is Test {
    function value(
        Evaluations calldata e,
        DomainValues memory domain,
        Challenges memory c,
        SettlementKey memory key,
        Fr quotient
    ) external pure returns (uint256) {
        return Fr.unwrap(Shplonk.value(e, domain, c, key, quotient));
    }

    /// @dev With commitments to zero, all that is left of the opening is the value's negative.
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_value(uint256 seed, uint256 quotient) external view {
        NaiveArgument memory a = Arguments.random(seed);
        quotient %= F.R;
        uint256 found = this.value(
            Arguments.evaluations(a), Arguments.domain(a), Arguments.challenges(a), Arguments.key(a), Fr.wrap(quotient)
        );
        NaiveSet[2] memory sets = [_firstSet(a), _secondSet(a, quotient)];
        uint256 expected = NaiveShplonk.difference(sets, a.challenges[4], a.challenges[5], a.challenges[6], 0);
        assertEq(found, F.sub(0, expected), "value");
    }

    function _firstSet(NaiveArgument memory a) private pure returns (NaiveSet memory set) {
        uint256 x = NaiveHalo2.x(a);
        set.points = new uint256[](2);
        (set.points[0], set.points[1]) = (x, F.mul(F.rootOfUnity(a.logRows), x));
        set.commitments = new uint256[](4);
        set.values = new uint256[][](4);
        for (uint256 index; index < 4; ++index) {
            set.values[index] = new uint256[](2);
            set.values[index][0] = a.evaluations[index == 3 ? 16 : index];
            set.values[index][1] = a.evaluations[index == 3 ? 17 : 3 + index];
        }
    }

    function _secondSet(NaiveArgument memory a, uint256 quotient) private pure returns (NaiveSet memory set) {
        set.points = new uint256[](1);
        set.points[0] = NaiveHalo2.x(a);
        set.commitments = new uint256[](11);
        set.values = new uint256[][](11);
        for (uint256 index; index < 11; ++index) {
            set.values[index] = new uint256[](1);
            // Constants, the permutation, the quotient and the random polynomial.
            uint256 place = index < 6 ? 6 + index : index < 9 ? 7 + index : 12;
            set.values[index][0] = index == 9 ? quotient : a.evaluations[place];
        }
    }
}
