// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Constraints} from "../../src/libraries/Constraints.sol";
import {Evaluations} from "../../src/libraries/Evaluations.sol";
import {Fr, ONE, ZERO} from "../../src/libraries/Fr.sol";
import {DomainValues} from "../../src/libraries/Lagrange.sol";
import {Challenges} from "../../src/libraries/Transcript.sol";
import {NaiveArgument, NaiveHalo2} from "../reference/NaiveHalo2.sol";
import {Arguments} from "../utils/Arguments.sol";
import {Test} from "../utils/Test.sol";

contract ConstraintsTest is Test {
    function quotient(Evaluations calldata e, DomainValues memory d, Challenges memory c) external pure returns (Fr) {
        return Constraints.quotient(e, d, c);
    }

    function poseidon(Evaluations calldata e) external pure returns (uint256) {
        return Fr.unwrap(Constraints.poseidon(e, ZERO, Fr.wrap(3)));
    }

    function testFuzz_quotient(uint256 seed) external view {
        NaiveArgument memory a = Arguments.random(seed);
        Fr found = this.quotient(Arguments.evaluations(a), Arguments.domain(a), Arguments.challenges(a));
        assertEq(Fr.unwrap(found), NaiveHalo2.quotient(a), "quotient");
    }

    /// @dev The first round of poseidon([1, 2]) of circomlib: the round's constants and the state after it are published.
    function test_fullRound() external view {
        Evaluations memory e;
        (e.a, e.b, e.c) = (ZERO, ONE, Fr.wrap(2));
        e.qA = Fr.wrap(0x0ee9a592ba9a9518d05986d656f40c2114c4993c11bb29938d21d47304cd8e6e);
        e.qB = Fr.wrap(0x00f1445235f2148c5986587169fc1bcd887b08d4d00868df5696fff40956e864);
        e.qC = Fr.wrap(0x08dff3487e8ac99e1f29a058d0fa80b930c728730b7ab36ce879f3890ecf73f5);
        e.aNext = Fr.wrap(8911802574348315987449836474871354036259397526939586959061211560439926436096);
        e.bNext = Fr.wrap(985952325209333242621206154741933566805100493600790329107350091977382796129);
        e.cNext = Fr.wrap(5624942857022694920016589052460625832985228527533686355747501579407992302578);
        e.full = ONE;
        assertEq(this.poseidon(e), 0, "round");
        e.cNext = e.cNext + ONE;
        assertTrue(this.poseidon(e) != 0, "another state");
    }
}
