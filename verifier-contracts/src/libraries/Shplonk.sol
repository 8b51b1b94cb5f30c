// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Evaluations} from "./Evaluations.sol";
import {Fr} from "./Fr.sol";
import {DomainValues} from "./Lagrange.sol";
import {KeyPoint} from "./Points.sol";
import {PointSum} from "./PointSum.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";
import {SettlementKey, SettlementKeyLib} from "./SettlementKey.sol";
import {Challenges} from "./Transcript.sol";

/// @title The opening of a halo2 proof: SHPLONK (Boneh, Drake, Fisch, Gabizon, ePrint 2020/081)
/// @dev The columns of values and the permutation's product are opened at x and omega x, and make the first set. The
/// commitments of the key, the quotient and the random polynomial are opened at x alone, and make the second. With W the
/// first point of the opening, W' the last, and the challenges y ("polynomial base"), v ("set base") and u, halo2 checks
///
///     e(W', [tau]) = e(sum_i y^i C_i + V sum_i y^i D_i - r G - (u - x)(u - omega x) W + u W', [1])
///     V = v (u - omega x)
///     r = sum_i y^i c_i(u) + V sum_i y^i d_i
///
/// where c_i(u) is the line through both evaluations of C_i, at u, and d_i the evaluation of D_i.
library Shplonk {
    /// @dev The value r, whose negative is the scalar of the generator.
    /// @param quotient The evaluation of the quotient.
    function value(
        Evaluations memory e,
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
    function _line(Evaluations memory e, Fr base, Fr distance) private pure returns (Fr) {
        Fr here = ((e.product * base + e.c) * base + e.b) * base + e.a;
        Fr next = ((e.productNext * base + e.cNext) * base + e.bNext) * base + e.aNext;
        return here + (next - here) * distance;
    }

    /// @dev The second set's evaluations combined.
    function _secondSet(Evaluations memory e, Fr base, Fr quotient) private pure returns (Fr sum) {
        sum = (e.random * base + quotient) * base + e.sigmaC;
        sum = (sum * base + e.sigmaB) * base + e.sigmaA;
        sum = (sum * base + e.partialRound) * base + e.full;
        sum = (sum * base + e.qC) * base + e.qB;
        return (sum * base + e.qA) * base + e.arithmetic;
    }

    /// @dev Adds the points of the right side to a sum, but for the generator.
    function addPoints(
        PointSum sum,
        SettlementKey memory key,
        ProofParts memory parts,
        DomainValues memory domain,
        Challenges memory c
    ) internal view {
        _addFirstSet(sum, parts, c.polynomialBase);
        _addSecondSet(sum, key, parts, domain.xToN, secondSetFactor(c, key), c.polynomialBase);
        // -(u - x) = x - u
        sum.addMultiple(parts.opening, (c.x - c.u) * (c.u - key.omega * c.x));
        sum.addMultiple(parts.openingLast, c.u);
    }

    function _addFirstSet(PointSum sum, ProofParts memory parts, Fr base) private view {
        sum.add(parts.columns);
        Fr scalar = base;
        sum.addMultiple(parts.columns.next(1), scalar);
        scalar = scalar * base;
        sum.addMultiple(parts.columns.next(2), scalar);
        sum.addMultiple(parts.product, scalar * base);
    }

    /// @dev The key's columns; the quotient, whose piece i counts x^(n i); and the random polynomial.
    function _addSecondSet(PointSum sum, SettlementKey memory key, ProofParts memory parts, Fr xToN, Fr scalar, Fr base)
        private
        view
    {
        unchecked {
            KeyPoint column = key.columns();
            for (uint256 index; index < SettlementKeyLib.COLUMNS; ++index) {
                sum.addMultiple(column.next(index), scalar);
                scalar = scalar * base;
            }
            Fr pieceScalar = scalar;
            for (uint256 index; index < ProofPartsLib.PIECES; ++index) {
                sum.addMultiple(parts.pieces.next(index), pieceScalar);
                pieceScalar = pieceScalar * xToN;
            }
            sum.addMultiple(parts.random, scalar * base);
        }
    }
}
