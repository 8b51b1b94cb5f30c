// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IHallmarkVerifier} from "../interfaces/IHallmarkVerifier.sol";
import {POINT_BYTES, ProofPoint} from "./Points.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @dev Where the parts of a proof are: offsets into calldata, in the order of the proof.
struct ProofParts {
    /// The points of the inner proof, by the seals that they belong to. Quotients, remainders, outputs and multiplicities, in
    /// rows;
    ProofPoint quotients;
    /// helpers of the cells and of the entries, in rows;
    ProofPoint helpers;
    /// the opening's fold and its cross terms;
    ProofPoint fold;
    /// the quotient of the opening's division;
    ProofPoint division;
    /// that of its batch;
    ProofPoint batch;
    /// and the last quotient.
    ProofPoint last;
    /// The published scalars, and their number.
    uint256 published;
    uint256 publishedCount;
    /// The number of digests that the input is told by. They are not in the proof, but instances of it.
    uint256 digestCount;
    /// The points of the halo2 proof. The columns of values a, b, c;
    ProofPoint columns;
    /// the permutation's product and the random polynomial;
    ProofPoint product;
    /// and the pieces of the quotient.
    ProofPoint pieces;
    /// The evaluations.
    uint256 evaluations;
    /// The two points of the opening.
    ProofPoint opening;
    ProofPoint openingLast;
}

/// @title The parts of a proof
library ProofPartsLib {
    /// @dev The columns of values.
    uint256 internal constant VALUE_COLUMNS = 3;

    /// @dev The pieces of the quotient: its degree is six times that of a column.
    uint256 internal constant PIECES = 6;

    /// @dev The evaluations of the halo2 proof.
    uint256 internal constant EVALUATIONS = 18;

    /// @dev The number of published scalars besides the coordinates of a row.
    uint256 internal constant PUBLISHED_HEAD = 11;

    /// @dev Finds the parts of a proof. Reverts if its length differs from the key's.
    function locate(SettlementKey memory key, bytes calldata proof) internal pure returns (ProofParts memory parts) {
        uint256 start;
        assembly ("memory-safe") {
            start := proof.offset
        }
        uint256 end = _locateArgument(parts, _locateInner(parts, key, start));
        unchecked {
            if (proof.length != end - start) revert IHallmarkVerifier.ProofLength(end - start, proof.length);
        }
    }

    function _locateInner(ProofParts memory parts, SettlementKey memory key, uint256 start)
        private
        pure
        returns (uint256 end)
    {
        uint256 cells = key.cellRows();
        uint256 entries = key.entryRows();
        parts.quotients = ProofPoint.wrap(start);
        unchecked {
            parts.helpers = parts.quotients.next(3 * cells + entries);
            parts.fold = parts.helpers.next(cells + entries);
        }
        parts.division = parts.fold.next(2);
        parts.batch = parts.division.next(1);
        parts.last = parts.batch.next(1);
        parts.published = ProofPoint.unwrap(parts.last.next(1));
        unchecked {
            parts.publishedCount = PUBLISHED_HEAD + key.rowCoordinates();
            parts.digestCount = key.digests();
            return parts.published + parts.publishedCount * 0x20;
        }
    }

    function _locateArgument(ProofParts memory parts, uint256 start) private pure returns (uint256 end) {
        parts.columns = ProofPoint.wrap(start);
        parts.product = parts.columns.next(VALUE_COLUMNS);
        parts.pieces = parts.product.next(2);
        parts.evaluations = ProofPoint.unwrap(parts.pieces.next(PIECES));
        unchecked {
            parts.opening = ProofPoint.wrap(parts.evaluations + EVALUATIONS * 0x20);
        }
        parts.openingLast = parts.opening.next(1);
        return ProofPoint.unwrap(parts.openingLast.next(1));
    }

    /// @dev The number of points of the inner proof.
    function innerPoints(ProofParts memory parts) internal pure returns (uint256) {
        unchecked {
            return (parts.published - ProofPoint.unwrap(parts.quotients)) / POINT_BYTES;
        }
    }
}
