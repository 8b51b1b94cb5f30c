// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, FrLib, ORDER} from "../../src/libraries/Fr.sol";
import {NaiveField as F} from "../reference/NaiveField.sol";
import {Test} from "../utils/Test.sol";

contract FrTest is Test {
    function testFuzz_operators(uint256 a, uint256 b) external pure {
        (a, b) = (a % F.R, b % F.R);
        (Fr x, Fr y) = (Fr.wrap(a), Fr.wrap(b));
        assertEq(Fr.unwrap(x + y), F.add(a, b), "sum");
        assertEq(Fr.unwrap(x - y), F.sub(a, b), "difference");
        assertEq(Fr.unwrap(x * y), F.mul(a, b), "product");
        assertEq(Fr.unwrap(x.square()), F.mul(a, a), "square");
        assertEq(Fr.unwrap(x.fifthPower()), F.pow(a, 5), "fifth power");
    }

    function test_operatorsAtTheEdges() external pure {
        Fr zero = Fr.wrap(0);
        Fr top = Fr.wrap(ORDER - 1);
        assertEq(Fr.unwrap(zero - zero), 0, "0 - 0");
        assertEq(Fr.unwrap(zero - top), 1, "0 - (r - 1)");
        assertEq(Fr.unwrap(top - top), 0, "(r - 1) - (r - 1)");
        assertEq(Fr.unwrap(top + Fr.wrap(1)), 0, "(r - 1) + 1");
        assertEq(Fr.unwrap(top * top), 1, "(r - 1)^2");
    }

    function testFuzz_powerOfTwoPower(uint256 a, uint256 exponentLog) external pure {
        exponentLog = bound(exponentLog, 0, 28);
        Fr power = Fr.wrap(a % F.R).powerOfTwoPower(exponentLog);
        assertEq(Fr.unwrap(power), F.pow(a % F.R, 1 << exponentLog), "x^(2^k)");
    }

    function testFuzz_reduce(uint256 word) external pure {
        assertEq(Fr.unwrap(FrLib.reduce(word)), word % F.R, "word mod r");
    }
}
