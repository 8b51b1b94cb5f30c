// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../../src/interfaces/IHallmarkVerifier.sol";
import {Fr} from "../../src/libraries/Fr.sol";
import {DomainValues} from "../../src/libraries/Lagrange.sol";
import {NaiveArgument, NaiveHalo2} from "../reference/NaiveHalo2.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {Arguments} from "../utils/Arguments.sol";
import {Test} from "../utils/Test.sol";

contract LagrangeTest is Test {
    function evaluate(NaiveArgument memory a) external view returns (DomainValues memory) {
        return Arguments.domain(a);
    }

    function testFuzz_evaluate(uint256 seed) external view {
        NaiveArgument memory a = Arguments.random(seed);
        uint256 x = NaiveHalo2.x(a);
        DomainValues memory d = Arguments.domain(a);
        assertEq(Fr.unwrap(d.xToN), F.pow(x, 1 << a.logRows), "x^n");
        assertEq(Fr.unwrap(d.inverseVanishing), F.div(1, F.sub(F.pow(x, 1 << a.logRows), 1)), "1/(x^n - 1)");
        uint256 step = F.sub(F.mul(F.rootOfUnity(a.logRows), x), x);
        assertEq(Fr.unwrap(d.inverseStep), F.div(1, step), "1/(omega x - x)");
        assertEq(Fr.unwrap(d.first), NaiveHalo2.lagrange(a.logRows, 0, x), "first");
        assertEq(Fr.unwrap(d.last), NaiveHalo2.lagrange(a.logRows, -6, x), "last");
        assertEq(Fr.unwrap(d.instances), NaiveHalo2.instance(a), "instances");
    }

    function testFuzz_blinding(uint256 seed) external view {
        NaiveArgument memory a = Arguments.random(seed);
        uint256 sum;
        for (int256 row = -5; row < 0; ++row) {
            sum = F.add(sum, NaiveHalo2.lagrange(a.logRows, row, NaiveHalo2.x(a)));
        }
        assertEq(Fr.unwrap(Arguments.domain(a).blinding), sum, "blinding");
    }

    function testFuzz_refusesRootsOfUnity(uint256 seed, uint256 row) external {
        NaiveArgument memory a = Arguments.random(seed);
        a.challenges[3] = F.pow(F.rootOfUnity(a.logRows), row);
        vm.expectRevert(IHallmarkVerifier.ChallengeDegenerate.selector);
        this.evaluate(a);
    }

    function test_refusesZero() external {
        NaiveArgument memory a = Arguments.random(1);
        a.challenges[3] = 0;
        vm.expectRevert(IHallmarkVerifier.ChallengeDegenerate.selector);
        this.evaluate(a);
    }
}
