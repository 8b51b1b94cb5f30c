// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ONE} from "./Fr.sol";
import {Instances} from "./Instances.sol";
import {PointSum} from "./PointSum.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";
import {ScalarCursor, ScalarsLib} from "./Scalars.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @title The group equation that the circuit defers
/// @dev The circuit verifies the inner proof, except for the last equation of its opening,
///
///     e(sum of scalar * point, [1]) = e(last, [tau])
///
/// and publishes the few numbers that all scalars are products of. Let w_i = combined omega^i. Let t be the published
/// coordinates: all of them for the weights, and those after {SettlementKeyLib.skippedCoordinates} for the others. Let eq(row)
/// be the product over the row's bits: t_i for a set bit i, and 1 - t_i for a clear one. The scalars are:
///
///     quotients, remainders, helpers                  w_0 eq(row) times 1, mu, mu^2
///     outputs                                         w_1 eq(row)
///     multiplicities, entry helpers, tables' outputs  w_2 eq(row) times mu^4, mu^5, mu^6
///     weights                                         the published scalar of this name, times eq(row)
///     fold, cross, division, batch, last, generator   the published scalars of these names
///
/// Every scalar has one more factor, which joins this equation with another.
library Deferred {
    /// @dev Adds all points except the generator to a sum.
    function addPoints(
        PointSum sum,
        Instances memory instances,
        SettlementKey memory key,
        ProofParts memory parts,
        Fr factor
    ) internal view {
        Fr[] memory entries = entryScalars(instances, key, factor * instances.combined * instances.omega.square());
        sum.addMultiples(parts.quotients, proofScalars(instances, key, parts, entries, factor));
        sum.addMultiples(key.weights(), weightScalars(instances, key, factor));
        // From the multiplicities' scalars to those of the tables' outputs.
        ScalarCursor first = ScalarsLib.start(entries);
        first.writeMultiples(first, entries.length, instances.mu.square());
        sum.addMultiples(key.entries(), entries);
    }

    /// @dev The scalars of the multiplicities' rows.
    /// @param weight w_2, times the factor.
    function entryScalars(Instances memory instances, SettlementKey memory key, Fr weight)
        internal
        pure
        returns (Fr[] memory)
    {
        Fr scale = weight * instances.mu.square().square();
        return ScalarsLib.rows(instances.row(key), key.entryRowBits, key.entryRows(), scale);
    }

    /// @dev The scalars of the weights' rows.
    function weightScalars(Instances memory instances, SettlementKey memory key, Fr factor)
        internal
        pure
        returns (Fr[] memory)
    {
        return ScalarsLib.rows(instances.weightRow(), key.weightRowBits, key.weightRows(), factor * instances.weights);
    }

    /// @dev The scalars of the proof's points, in their order.
    function proofScalars(
        Instances memory instances,
        SettlementKey memory key,
        ProofParts memory parts,
        Fr[] memory entries,
        Fr factor
    ) internal pure returns (Fr[] memory scalars) {
        scalars = ScalarsLib.create(ProofPartsLib.innerPoints(parts));
        ScalarCursor cursor = ScalarsLib.start(scalars);
        cursor = _writeRows(cursor, instances, key, entries, factor * instances.combined);
        cursor = cursor.write(factor * instances.fold);
        cursor = cursor.write(factor * instances.cross);
        cursor = cursor.write(factor * instances.division);
        cursor = cursor.write(factor * instances.batch);
        cursor.write(factor * instances.last);
    }

    /// @dev The scalars of all points before the opening's.
    /// @param weight w_0, times the factor.
    function _writeRows(
        ScalarCursor quotients,
        Instances memory instances,
        SettlementKey memory key,
        Fr[] memory entries,
        Fr weight
    ) private pure returns (ScalarCursor cursor) {
        (Fr omega, Fr mu) = (instances.omega, instances.mu);
        uint256 cells = key.cellRows();
        ScalarCursor multiplicities = ScalarsLib.start(entries);
        cursor = quotients.writeRows(instances.row(key), key.cellRowBits, weight);
        cursor = cursor.writeMultiples(quotients, cells, mu);
        cursor = cursor.writeMultiples(quotients, cells, omega);
        cursor = cursor.writeMultiples(multiplicities, entries.length, ONE);
        cursor = cursor.writeMultiples(quotients, cells, mu.square());
        cursor = cursor.writeMultiples(multiplicities, entries.length, mu);
    }
}
