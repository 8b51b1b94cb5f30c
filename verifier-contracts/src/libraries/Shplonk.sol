// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Evaluations} from "./Evaluations.sol";
import {Fr} from "./Fr.sol";
import {DomainValues} from "./Lagrange.sol";
import {PointSum} from "./PointSum.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";
import {ScalarCursor, ScalarsLib} from "./Scalars.sol";
import {SettlementKey, SettlementKeyLib} from "./SettlementKey.sol";
import {Challenges} from "./Transcript.sol";

/// @title The opening of a halo2 proof: SHPLONK (Boneh, Drake, Fisch, Gabizon, ePrint 2020/081)
/// @dev The first set are the columns of values and the permutation's product. They are opened at x and omega x. The second
/// set are the commitments of the key, the quotient and the random polynomial. They are opened at x alone. Let W be the
/// first point of the opening, and W' the last. With the challenges y ("polynomial base"), v ("set base") and u, halo2
/// checks
///
///     e(W', [tau]) = e(sum_i y^i C_i + V sum_i y^i D_i - r G - (u - x)(u - omega x) W + u W', [1])
///     V = v (u - omega x)
///     r = sum_i y^i c_i(u) + V sum_i y^i d_i
///
/// where c_i(u) is the value at u of the line through both evaluations of C_i, and d_i is the evaluation of D_i.
library Shplonk {
    /// @dev The value r. Its negative is the scalar of the generator.
    /// @param quotient The evaluation of the quotient.
    function value(
        Evaluations calldata e,
        DomainValues memory domain,
        Challenges memory c,
        SettlementKey memory key,
        Fr quotient
    ) internal pure returns (Fr) {
        Fr base = c.polynomialBase;
        Fr first = _line(e, base, (c.u - c.x) * domain.inverseStep);
        return first + secondSetFactor(c, key) * _secondSet(e, base, quotient);
    }

    /// @dev V = v (u - omega x)
    function secondSetFactor(Challenges memory c, SettlementKey memory key) internal pure returns (Fr) {
        return c.setBase * (c.u - key.omega * c.x);
    }

    /// @dev The first set's evaluations combined, on the line from x, where `distance` is 0, to omega x, where it is 1.
    function _line(Evaluations calldata e, Fr base, Fr distance) private pure returns (Fr) {
        Fr here = ((e.product * base + e.c) * base + e.b) * base + e.a;
        Fr next = ((e.productNext * base + e.cNext) * base + e.bNext) * base + e.aNext;
        return here + (next - here) * distance;
    }

    /// @dev The second set's evaluations combined.
    function _secondSet(Evaluations calldata e, Fr base, Fr quotient) private pure returns (Fr sum) {
        sum = (e.random * base + quotient) * base + e.sigmaC;
        sum = (sum * base + e.sigmaB) * base + e.sigmaA;
        sum = (sum * base + e.k2) * base + e.k1;
        sum = (sum * base + e.k0) * base + e.q;
        return (sum * base + e.p) * base + e.s;
    }

    /// @dev Adds the points of the right side to a sum, except the generator.
    function addPoints(
        PointSum sum,
        SettlementKey memory key,
        ProofParts memory parts,
        DomainValues memory domain,
        Challenges memory c
    ) internal view {
        sum.add(parts.columns); // The first column's scalar is 1.
        Fr factor = secondSetFactor(c, key);
        (Fr[] memory columns, Fr power) = _columnScalars(factor, c.polynomialBase);
        sum.addMultiples(key.columns(), columns);
        sum.addMultiples(parts.columns.next(1), _proofScalars(c.polynomialBase, power, domain.xToN));
        sum.addMultiples(parts.opening, _openingScalars(c, key));
    }

    /// @dev The scalars of the key's columns, and the quotient's, which is next in their geometric progression.
    function _columnScalars(Fr power, Fr base) private pure returns (Fr[] memory scalars, Fr next) {
        scalars = ScalarsLib.create(SettlementKeyLib.COLUMNS);
        ScalarCursor cursor = ScalarsLib.start(scalars);
        for (uint256 index; index < SettlementKeyLib.COLUMNS; ++index) {
            cursor = cursor.write(power);
            power = power * base;
        }
        return (scalars, power);
    }

    /// @dev The scalars of the columns b and c, the permutation's product, the random polynomial, and the quotient's
    /// pieces. Each piece has x^n times the scalar of the piece before.
    function _proofScalars(Fr base, Fr quotient, Fr xToN) private pure returns (Fr[] memory scalars) {
        scalars = ScalarsLib.create(4 + ProofPartsLib.PIECES);
        ScalarCursor cursor = ScalarsLib.start(scalars);
        Fr squared = base.square();
        cursor = cursor.write(base).write(squared).write(squared * base).write(quotient * base);
        for (uint256 index; index < ProofPartsLib.PIECES; ++index) {
            cursor = cursor.write(quotient);
            quotient = quotient * xToN;
        }
    }

    /// @dev The scalars of the opening's points.
    function _openingScalars(Challenges memory c, SettlementKey memory key) private pure returns (Fr[] memory scalars) {
        scalars = ScalarsLib.create(2);
        // -(u - x) = x - u
        Fr first = (c.x - c.u) * (c.u - key.omega * c.x);
        ScalarsLib.start(scalars).write(first).write(c.u);
    }
}
