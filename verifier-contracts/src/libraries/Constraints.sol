// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Evaluations} from "./Evaluations.sol";
import {Fr, ONE} from "./Fr.sol";
import {DomainValues} from "./Lagrange.sol";
import {Challenges} from "./Transcript.sol";

/// @title The circuit's constraints, evaluated at one point
/// @dev Each is zero in every row of a valid circuit. With the columns of values a, b, c, of constants s ("arithmetic"),
/// q_a, q_b, q_c, f ("full"), p ("partial"), an apostrophe for the next row, and the instance I:
///
///     arithmetic   s (a b + q_a a + q_b b + q_c c - c') + I
///     Poseidon     f (sum_i M_ji (x_i + q_i)^5 - x_j')
///                    + p (M_j0 (x_0 + q_0)^5 + M_j1 (x_1 + q_1) + M_j2 (x_2 + q_2) - x_j')     j = 0, 1, 2, x = (a, b, c)
///
/// The permutation argument says that cells which are copies of each other are equal, with its product z:
///
///     l_first (1 - z)
///     l_last (z^2 - z)
///     (1 - l_last - l_blinding) (z' prod_i (x_i + beta sigma_i + gamma) - z prod_i (x_i + beta delta^i X + gamma))
///
/// All are combined with powers of y, the first with the highest.
library Constraints {
    /// @dev Poseidon's matrix for width 3, by the paper's scripts for 128 bits of security, as circomlib uses it.
    Fr private constant M00 = Fr.wrap(0x109b7f411ba0e4c9b2b70caf5c36a7b194be7c11ad24378bfedb68592ba8118b);
    Fr private constant M01 = Fr.wrap(0x16ed41e13bb9c0c66ae119424fddbcbc9314dc9fdbdeea55d6c64543dc4903e0);
    Fr private constant M02 = Fr.wrap(0x2b90bba00fca0589f617e7dcbfe82e0df706ab640ceb247b791a93b74e36736d);
    Fr private constant M10 = Fr.wrap(0x2969f27eed31a480b9c36c764379dbca2cc8fdd1415c3dded62940bcde0bd771);
    Fr private constant M11 = Fr.wrap(0x2e2419f9ec02ec394c9871c832963dc1b89d743c8c7b964029b2311687b1fe23);
    Fr private constant M12 = Fr.wrap(0x101071f0032379b697315876690f053d148d4e109f5fb065c8aacc55a0f89bfa);
    Fr private constant M20 = Fr.wrap(0x143021ec686a3f330d5f9e654638065ce6cd79e28c5b3753326244ee65a1b1a7);
    Fr private constant M21 = Fr.wrap(0x176cc029695ad02582a70eff08a6fd99d057e12e58e7d7b6b16cdfabc8ee2911);
    Fr private constant M22 = Fr.wrap(0x19a3fc0a56702bf417ba7fee3802593fa644470307043f7773279cd71d25d5e0);

    /// @dev delta = 7^(2^28), whose powers tell columns apart: no power of it times a root of unity is another such product.
    Fr private constant DELTA = Fr.wrap(0x09226b6e22c6f0ca64ec26aad4c86e715b5f898e5e963f25870e56bbe533e9a2);

    /// @dev The value at x that the quotient must have: all constraints combined, over x^n - 1.
    function quotient(Evaluations calldata e, DomainValues memory domain, Challenges memory c)
        internal
        pure
        returns (Fr)
    {
        Fr y = c.y;
        Fr sum = poseidon(e, arithmetic(e) + domain.instances, y);
        sum = sum * y + domain.first * (ONE - e.product);
        sum = sum * y + domain.last * (e.product.square() - e.product);
        sum = sum * y + (ONE - domain.last - domain.blinding) * permutation(e, c);
        return sum * domain.inverseVanishing;
    }

    /// @dev The constraint of an arithmetic row, but for the instance.
    function arithmetic(Evaluations calldata e) internal pure returns (Fr) {
        return e.arithmetic * (e.a * e.b + e.qA * e.a + e.qB * e.b + e.qC * e.c - e.cNext);
    }

    /// @dev Combines the three constraints of a round of Poseidon with those before.
    function poseidon(Evaluations calldata e, Fr before, Fr y) internal pure returns (Fr sum) {
        // A full and a partial round have the same first S-box. What is left of both is linear in what the matrix mixes:
        //     (f + p) (M_j0 x_0 - x_j') + M_j1 x_1 + M_j2 x_2     with x_i = f (x_i + q_i)^5 + p (x_i + q_i), i = 1, 2
        Fr either = e.full + e.partialRound;
        Fr x0 = (e.a + e.qA).fifthPower();
        Fr x1 = _substitute(e, e.b + e.qB);
        Fr x2 = _substitute(e, e.c + e.qC);
        sum = before * y + either * (M00 * x0 - e.aNext) + M01 * x1 + M02 * x2;
        sum = sum * y + either * (M10 * x0 - e.bNext) + M11 * x1 + M12 * x2;
        sum = sum * y + either * (M20 * x0 - e.cNext) + M21 * x1 + M22 * x2;
    }

    /// @dev The S-box in a full round, nothing in a partial one.
    function _substitute(Evaluations calldata e, Fr x) private pure returns (Fr) {
        return e.full * x.fifthPower() + e.partialRound * x;
    }

    /// @dev How the permutation's product goes from a row to the next.
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
