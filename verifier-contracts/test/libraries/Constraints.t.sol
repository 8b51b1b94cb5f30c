// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Constraints} from "../../src/libraries/Constraints.sol";
import {Evaluations} from "../../src/libraries/Evaluations.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {DomainValues} from "../../src/libraries/Lagrange.sol";
import {Challenges} from "../../src/libraries/Transcript.sol";
import {NaiveArgument, NaiveHalo2} from "../reference/NaiveHalo2.sol";
import {Arguments} from "../utils/Arguments.sol";
import {Test} from "../utils/Test.sol";

contract ConstraintsTest is Test {
    function quotient(Evaluations calldata e, DomainValues memory d, Challenges memory c) external pure returns (Fr) {
        return Constraints.quotient(e, d, c);
    }

    function steps(Evaluations calldata e) external pure returns (Fr, Fr, Fr) {
        return Constraints.steps(e);
    }

    function arithmetic(Evaluations calldata e) external pure returns (Fr) {
        return Constraints.arithmetic(e);
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_quotient(uint256 seed) external view {
        NaiveArgument memory a = Arguments.random(seed);
        Fr found = this.quotient(Arguments.evaluations(a), Arguments.domain(a), Arguments.challenges(a));
        assertEq(Fr.unwrap(found), NaiveHalo2.quotient(a), "quotient");
    }

    /// @dev Every kind of row, by its selectors, has the constraints of its kind and no other.
    /// forge-config: default.fuzz.runs = 4
    function testFuzz_kindsOfRows(uint256 seed) external view {
        for (uint256 selectors; selectors < 8; ++selectors) {
            NaiveArgument memory a = Arguments.random(seed);
            (a.evaluations[6], a.evaluations[7], a.evaluations[8]) =
            (selectors & 1, selectors >> 1 & 1, selectors >> 2 & 1);
            Evaluations memory e = Arguments.evaluations(a);
            (Fr first, Fr second, Fr third) = this.steps(e);
            assertEq(Fr.unwrap(first), NaiveHalo2.step(a, 0), "first");
            assertEq(Fr.unwrap(second), NaiveHalo2.step(a, 1), "second");
            assertEq(Fr.unwrap(third), NaiveHalo2.step(a, 2), "third");
            if (selectors == 0) assertEq(Fr.unwrap(first) + Fr.unwrap(second) + Fr.unwrap(third), 0, "idle");
            if (selectors != 1 && selectors != 5) assertEq(Fr.unwrap(this.arithmetic(e)), 0, "arithmetic");
        }
    }
}
