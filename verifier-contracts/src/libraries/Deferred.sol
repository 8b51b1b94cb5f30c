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
        (Fr[] memory scalars, Fr[] memory entries) = proofAndEntryScalars(instances, key, parts, factor);
        sum.addMultiples(parts.quotients, scalars);
        sum.addMultiples(key.entries(), entries);
        sum.addMultiples(key.weights(), weightScalars(instances, key, factor));
    }

    /// @dev The scalars of the proof's points in their order, and of the tables' outputs.
    function proofAndEntryScalars(
        Instances memory instances,
        SettlementKey memory key,
        ProofParts memory parts,
        Fr factor
    ) internal pure returns (Fr[] memory scalars, Fr[] memory entries) {
        scalars = ScalarsLib.create(ProofPartsLib.innerPoints(parts));
        entries = ScalarsLib.create(key.entryRows());
        ScalarCursor cursor = _writeRows(scalars, entries, instances, key, factor * instances.combined);
        cursor = cursor.write(factor * instances.fold);
        cursor = cursor.write(factor * instances.cross);
        cursor = cursor.write(factor * instances.division);
        cursor = cursor.write(factor * instances.batch);
        cursor.write(factor * instances.last);
    }

    /// @dev The scalars of everything that comes before the opening's points, and of the tables' outputs.
    /// @param weight w_0, times the factor.
    function _writeRows(
        Fr[] memory scalars,
        Fr[] memory entries,
        Instances memory instances,
        SettlementKey memory key,
        Fr weight
    ) private pure returns (ScalarCursor cursor) {
        (Fr omega, Fr mu) = (instances.omega, instances.mu);
        (uint256 cellRows, uint256 entryRows) = (key.cellRows(), key.entryRows());
        ScalarCursor quotients = ScalarsLib.start(scalars);
        cursor = quotients.writeRows(instances.row(), key.logCellRows, weight);
        cursor = cursor.writeMultiples(quotients, cellRows, mu);
        cursor = cursor.writeMultiples(quotients, cellRows, omega);
        weight = weight * omega.square();
        ScalarCursor multiplicities = cursor;
        cursor = cursor.writeRows(instances.row(), key.logEntryRows, weight * mu.square().square());
        cursor = cursor.write(weight * omega.square());
        cursor = cursor.writeMultiples(quotients, cellRows, mu.square());
        cursor = cursor.writeMultiples(multiplicities, entryRows, mu);
        ScalarsLib.start(entries).writeMultiples(multiplicities, entryRows, mu.square());
    }

    /// @dev The scalars of the weights' rows.
    function weightScalars(Instances memory instances, SettlementKey memory key, Fr factor)
        internal
        pure
        returns (Fr[] memory scalars)
    {
        scalars = ScalarsLib.create(key.weightRows());
        Fr weight = factor * instances.combined * instances.omega.square() * instances.omega;
        ScalarsLib.start(scalars).writeRows(instances.row(), key.logWeightRows, weight);
    }
}
