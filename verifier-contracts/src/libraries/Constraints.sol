// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Evaluations} from "./Evaluations.sol";
import {Fr, ONE} from "./Fr.sol";
import {DomainValues} from "./Lagrange.sol";
import {Poseidon} from "./Poseidon.sol";
import {Challenges} from "./Transcript.sol";

/// @title The circuit's constraints, evaluated at one point
/// @dev Each constraint is zero in every row of a valid circuit. x = (a, b, c) are the columns of values, and an apostrophe
/// marks the next row. k_0, k_1, k_2 are the columns of constants. The selectors s, p, q say what a row is, and I is the
/// instance:
///
///     s (1 - p) (x_0 x_1 + k_0 x_0 + k_1 x_1 + k_2 x_2 - x'_2) + I
///     sum over kinds of selector step_j(x, x') + (p + q - p q) (k_j - x'_j)        j = 0, 1, 2
///
///     kind of step         full            partial    enter    leave        see {Poseidon}
///     selector        p (1 - q - s)    q (1 - p)     p q      s p
///
/// The permutation argument, with its product z, says that copies of a cell are equal:
///
///     l_first (1 - z)
///     l_last (z^2 - z)
///     (1 - l_last - l_blinding) (z' prod_i (x_i + beta sigma_i + gamma) - z prod_i (x_i + beta delta^i X + gamma))
///
/// Powers of y combine all of them. The first has the highest power.
library Constraints {
    /// @dev delta = 7^(2^28). Its powers distinguish columns: two different powers of it, times roots of unity, are never
    /// equal.
    Fr private constant DELTA = Fr.wrap(0x09226b6e22c6f0ca64ec26aad4c86e715b5f898e5e963f25870e56bbe533e9a2);

    /// @dev The value that the quotient must have at x: the combined constraints, divided by x^n - 1.
    function quotient(Evaluations calldata e, DomainValues memory domain, Challenges memory c)
        internal
        pure
        returns (Fr)
    {
        Fr y = c.y;
        Fr sum = arithmetic(e) + domain.instances;
        (Fr first, Fr second, Fr third) = steps(e);
        sum = ((sum * y + first) * y + second) * y + third;
        sum = sum * y + domain.first * (ONE - e.product);
        sum = sum * y + domain.last * (e.product.square() - e.product);
        sum = sum * y + (ONE - domain.last - domain.blinding) * permutation(e, c);
        return sum * domain.inverseVanishing;
    }

    /// @dev The constraint of an arithmetic row, without the instance.
    function arithmetic(Evaluations calldata e) internal pure returns (Fr) {
        Fr result = e.a * e.b + e.k0 * e.a + e.k1 * e.b + e.k2 * e.c;
        return e.s * (ONE - e.p) * (result - e.cNext);
    }

    /// @dev The constraints of a step of Poseidon's permutation.
    function steps(Evaluations calldata e) internal pure returns (Fr first, Fr second, Fr third) {
        (first, second, third) = _fullAndEnter(e);
        (Fr one, Fr two, Fr three) = _partialAndLeave(e);
        Fr any = e.p + e.q - e.p * e.q;
        first = first + one + any * (e.k0 - e.aNext);
        second = second + two + any * (e.k1 - e.bNext);
        third = third + three + any * (e.k2 - e.cNext);
    }

    /// @dev Steps that begin with a full round.
    function _fullAndEnter(Evaluations calldata e) private pure returns (Fr first, Fr second, Fr third) {
        (Fr v0, Fr v1, Fr v2) = (e.a.fifthPower(), e.b.fifthPower(), e.c.fifthPower());
        Fr enters = e.p * e.q;
        Fr isFull = e.p - enters - e.s * e.p;
        (first, second, third) = Poseidon.full(v0, v1, v2);
        (Fr two, Fr three) = Poseidon.enterPartial(v0, v1, v2, e.aNext.fifthPower(), e.bNext.fifthPower());
        first = (isFull + enters) * first;
        second = isFull * second + enters * two;
        third = isFull * third + enters * three;
    }

    /// @dev Steps of three partial rounds.
    function _partialAndLeave(Evaluations calldata e) private pure returns (Fr first, Fr second, Fr third) {
        (Fr v0, Fr v1, Fr v2) = (e.a.fifthPower(), e.b.fifthPower(), e.c.fifthPower());
        (Fr w0, Fr w1) = (e.aNext.fifthPower(), e.bNext.fifthPower());
        Fr isPartial = e.q - e.p * e.q;
        Fr leaves = e.s * e.p;
        (second, third) = Poseidon.leavePartial(e.b, e.c, v0, v1, v2);
        first = (isPartial + leaves) * Poseidon.recur(e.b, e.c, v0, v1, v2);
        second = isPartial * Poseidon.recur(e.c, e.aNext, v1, v2, w0) + leaves * second;
        third = isPartial * Poseidon.recur(e.aNext, e.bNext, v2, w0, w1) + leaves * third;
    }

    /// @dev The constraint that the permutation's product satisfies from one row to the next.
    function permutation(Evaluations calldata e, Challenges memory c) internal pure returns (Fr) {
        Fr beta = c.beta;
        Fr a = e.a + c.gamma;
        Fr b = e.b + c.gamma;
        Fr third = e.c + c.gamma;
        Fr left = e.productNext * (a + beta * e.sigmaA) * (b + beta * e.sigmaB) * (third + beta * e.sigmaC);
        Fr place = beta * c.x;
        Fr right = e.product * (a + place);
        place = place * DELTA;
        right = right * (b + place);
        place = place * DELTA;
        return left - right * (third + place);
    }
}
