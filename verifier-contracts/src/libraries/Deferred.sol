// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ONE, ORDER} from "./Fr.sol";
import {Instances} from "./Instances.sol";
import {KeyPoint, ProofPoint} from "./Points.sol";
import {PointSum} from "./PointSum.sol";
import {ProofParts} from "./ProofParts.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @title The group equation that the circuit defers
/// @dev The circuit verifies all of the inner proof but its opening's last equation,
///
///     e(sum of scalar * point, [1]) = e(last, [tau])
///
/// and publishes the few numbers that all scalars are products of. With w_i = combined omega^i and eq(row) the product over
/// the row's bits of t_i where bit i is set, and of 1 - t_i where it is not, for the published coordinates t:
///
///     quotients, remainders, helpers       w_0 eq(row) times 1, mu, mu^2
///     outputs                              w_1 eq(row)
///     multiplicities, entry helpers, tables' outputs    w_2 eq(row) times mu^4, mu^5, mu^6
///     weights                              w_3 eq(row)
///     mask                                 w_4
///     fold, cross terms, division, batch, last, generator      published as they are
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
        _addRows(sum, instances, key, parts, factor * instances.combined);
        sum.addMultiple(parts.fold, factor * instances.fold);
        sum.addMultiple(parts.cross, factor * instances.cross);
        sum.addMultiple(parts.division, factor * instances.division);
        sum.addMultiple(parts.batch, factor * instances.batch);
        sum.addMultiple(parts.last, factor * instances.last);
    }

    /// @dev Goes through the spaces; `weight` is w_0 first, and then the next power for each.
    function _addRows(
        PointSum sum,
        Instances memory instances,
        SettlementKey memory key,
        ProofParts memory parts,
        Fr weight
    ) private view {
        Fr omega = instances.omega;
        uint256 point = instances.row();
        Fr[] memory rows = equalityTable(point, key.logCellRows);
        _addCells(sum, parts, rows, weight, instances.mu);
        weight = weight * omega;
        _add(sum, parts.outputs, rows, weight);
        weight = weight * omega;
        _addEntries(sum, key, parts, equalityTable(point, key.logEntryRows), weight, instances.mu);
        weight = weight * omega;
        _add(sum, key.weights(), equalityTable(point, key.logWeightRows), weight);
        sum.addMultiple(parts.mask, weight * omega);
    }

    function _addCells(PointSum sum, ProofParts memory parts, Fr[] memory rows, Fr weight, Fr mu) private view {
        _add(sum, parts.quotients, rows, weight);
        weight = weight * mu;
        _add(sum, parts.remainders, rows, weight);
        _add(sum, parts.helpers, rows, weight * mu);
    }

    function _addEntries(
        PointSum sum,
        SettlementKey memory key,
        ProofParts memory parts,
        Fr[] memory rows,
        Fr weight,
        Fr mu
    ) private view {
        weight = weight * mu.square().square();
        _add(sum, parts.multiplicities, rows, weight);
        weight = weight * mu;
        _add(sum, parts.entryHelpers, rows, weight);
        _add(sum, key.entries(), rows, weight * mu);
    }

    /// @dev Adds the rows of a polynomial of the proof.
    function _add(PointSum sum, ProofPoint point, Fr[] memory rows, Fr factor) private view {
        unchecked {
            for (uint256 row; row < rows.length; ++row) {
                sum.addMultiple(point, rows[row] * factor);
                point = point.next(1);
            }
        }
    }

    /// @dev Adds the rows of a polynomial of the key.
    function _add(PointSum sum, KeyPoint point, Fr[] memory rows, Fr factor) private view {
        unchecked {
            for (uint256 row; row < rows.length; ++row) {
                sum.addMultiple(point, rows[row] * factor);
                point = point.next(1);
            }
        }
    }

    /// @dev eq of every row that `bits` bits number, least significant first.
    /// @param point The address of the coordinates.
    function equalityTable(uint256 point, uint256 bits) internal pure returns (Fr[] memory table) {
        table = new Fr[](1 << bits);
        table[0] = ONE;
        for (uint256 bit; bit < bits; ++bit) {
            _double(table, point + 0x20 * bit, 1 << bit);
        }
    }

    /// @dev Rows with the next bit set are the product with the coordinate, and are taken from those without it.
    function _double(Fr[] memory table, uint256 coordinate, uint256 filled) private pure {
        assembly ("memory-safe") {
            let t := mload(coordinate)
            let offset := shl(5, filled)
            let clear := add(table, 0x20) // The first row, after the table's length.
            for { let end := add(clear, offset) } lt(clear, end) { clear := add(clear, 0x20) } {
                let entry := mload(clear)
                let set := mulmod(entry, t, ORDER)
                mstore(add(clear, offset), set)
                mstore(clear, addmod(entry, sub(ORDER, set), ORDER)) // entry (1 - t)
            }
        }
    }
}
