// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "./Fr.sol";
import {Instances} from "./Instances.sol";
import {PointSum} from "./PointSum.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";
import {ScalarCursor, ScalarsLib} from "./Scalars.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @title The group equation that the circuit defers
/// @dev The circuit verifies all of the inner proof but its opening's last equation,
///
///     e(sum of scalar * point, [1]) = e(last, [tau])
///
/// and publishes the few numbers that all scalars are products of. With w_i = combined omega^i and eq(row) the product over
/// the row's bits of t_i where bit i is set, and of 1 - t_i where it is not, for the published coordinates t:
///
///     quotients, remainders, helpers                  w_0 eq(row) times 1, mu, mu^2
///     outputs                                         w_1 eq(row)
///     multiplicities, entry helpers, tables' outputs  w_2 eq(row) times mu^4, mu^5, mu^6
///     weights                                         w_3 eq(row)
///     mask                                            w_4
///     fold, cross, division, batch, last, generator   the published scalars of these names
///
/// Every scalar is multiplied with one more factor, which joins this equation with another.
library Deferred {
    /// @dev Adds all points but the generator to a sum.
    function addPoints(
        PointSum sum,
        Instances memory instances,
        SettlementKey memory key,
        ProofParts memory parts,
        Fr factor
    ) internal view {
        sum.addMultiples(parts.quotients, proofScalars(instances, key, parts, factor));
        Fr weight = factor * instances.combined * instances.omega.square();
        Fr mu = instances.mu;
        sum.addMultiples(
            key.entries(),
            ScalarsLib.rows(instances.row(), key.logEntryRows, weight * mu.square().square() * mu.square())
        );
        sum.addMultiples(key.weights(), ScalarsLib.rows(instances.row(), key.logWeightRows, weight * instances.omega));
    }

    /// @dev The scalars of the proof's points, in their order.
    function proofScalars(Instances memory instances, SettlementKey memory key, ProofParts memory parts, Fr factor)
        internal
        pure
        returns (Fr[] memory scalars)
    {
        scalars = ScalarsLib.create(ProofPartsLib.innerPoints(parts));
        ScalarCursor cursor = _writeRows(ScalarsLib.start(scalars), instances, key, factor * instances.combined);
        cursor = cursor.write(factor * instances.fold);
        cursor = cursor.write(factor * instances.cross);
        cursor = cursor.write(factor * instances.division);
        cursor = cursor.write(factor * instances.batch);
        cursor.write(factor * instances.last);
    }

    /// @dev The scalars of everything that comes before the opening's points.
    function _writeRows(ScalarCursor cursor, Instances memory instances, SettlementKey memory key, Fr weight)
        private
        pure
        returns (ScalarCursor)
    {
        Fr omega = instances.omega;
        Fr mu = instances.mu;
        uint256 row = instances.row();
        Fr helpers = weight * mu.square();
        cursor = cursor.writeRows(row, key.logCellRows, weight);
        cursor = cursor.writeRows(row, key.logCellRows, weight * mu);
        weight = weight * omega;
        cursor = cursor.writeRows(row, key.logCellRows, weight);
        weight = weight * omega;
        Fr entries = weight * mu.square().square();
        cursor = cursor.writeRows(row, key.logEntryRows, entries);
        cursor = cursor.write(weight * omega.square());
        cursor = cursor.writeRows(row, key.logCellRows, helpers);
        return cursor.writeRows(row, key.logEntryRows, entries * mu);
    }
}
