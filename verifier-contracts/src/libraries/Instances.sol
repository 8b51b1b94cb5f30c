// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, ONE} from "./Fr.sol";
import {POINT_BYTES} from "./Points.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";
import {Reduced} from "./Reduced.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @dev The data that the halo2 transcript absorbs before its first challenge, as they are in memory. After these words
/// come the published coordinates of a row, then the digests of an input that is told by digests, and then the three points of
/// the columns of values.
struct Instances {
    /// The digest that is absorbed in the place of halo2's verifying key.
    Fr transcriptDigest;
    /// The first instance is one.
    Fr one;
    /// The seals, which the inner proof's transcript absorbs.
    Fr inferenceSeal;
    Fr helpersSeal;
    Fr foldSeal;
    Fr divisionSeal;
    Fr batchSeal;
    /// The packed input and output, or the output alone if the input is told by digests.
    Fr packed;
    /// What the circuit publishes: the challenge of the packing;
    Fr gamma;
    /// the bases that batch polynomials of a space, and opened values;
    Fr mu;
    Fr omega;
    /// the scalars of the combined polynomial, of the weights within it, of the fold, its cross terms and the quotients, and of
    /// the generator.
    Fr combined;
    Fr weights;
    Fr fold;
    Fr cross;
    Fr division;
    Fr batch;
    Fr generator;
    Fr last;
}

using InstancesLib for Instances global;

/// @title The public values of a halo2 proof
library InstancesLib {
    /// @dev The instances that the proof does not publish: one, five seals, and the packed values.
    uint256 private constant GIVEN = 7;

    /// @dev The offset of the first published value, after the transcript's digest and the given instances, one word each.
    uint256 private constant PUBLISHED_OFFSET = 0x100;

    /// @dev The offset of the first coordinate of a row.
    uint256 private constant ROW_OFFSET = (8 + 11) * 0x20;

    /// @dev Reads the published values, the digests of the input, and the points that the transcript absorbs with them. The
    /// caller still has to compute the seals and the packed values. Reverts if a published value or a digest is not reduced.
    /// @param input The input, which has the key's length.
    function read(SettlementKey memory key, ProofParts memory parts, bytes calldata input)
        internal
        pure
        returns (Instances memory instances)
    {
        uint256 offset = parts.published;
        uint256 published = parts.publishedCount;
        uint256 digests = parts.digestCount;
        Reduced.requireAll(offset, published, 0);
        Reduced.requireDigests(input, digests);
        assembly ("memory-safe") {
            instances := mload(0x40)
            let start := add(instances, PUBLISHED_OFFSET)
            let length := shl(5, published)
            calldatacopy(start, offset, length)
            start := add(start, length)
            // The points stand right after the published words in the proof, and after the digests here.
            offset := add(offset, length)
            length := shl(5, digests)
            calldatacopy(start, input.offset, length)
            start := add(start, length)
            calldatacopy(start, offset, 0xc0) // Three points.
            mstore(0x40, add(start, 0xc0)) // Allocates all.
        }
        instances.transcriptDigest = key.transcriptDigest;
        instances.one = ONE;
    }

    /// @dev The address of the first instance.
    function first(Instances memory instances) internal pure returns (uint256) {
        return _pointer(instances, 0x20);
    }

    /// @dev The number of instances.
    function count(ProofParts memory parts) internal pure returns (uint256) {
        unchecked {
            return GIVEN + parts.publishedCount + parts.digestCount;
        }
    }

    /// @dev The address of the first coordinate of a row over cells or table entries.
    function row(Instances memory instances, SettlementKey memory key) internal pure returns (uint256) {
        unchecked {
            return instances.weightRow() + key.skippedCoordinates() * 0x20;
        }
    }

    /// @dev The address of the first coordinate of a row of the weights.
    function weightRow(Instances memory instances) internal pure returns (uint256) {
        return _pointer(instances, ROW_OFFSET);
    }

    /// @dev The digest of key, instances and columns of values.
    function digest(Instances memory instances, ProofParts memory parts) internal pure returns (bytes32 hash) {
        unchecked {
            uint256 words = 1 + count(parts);
            uint256 length = words * 0x20 + ProofPartsLib.VALUE_COLUMNS * POINT_BYTES;
            assembly ("memory-safe") {
                hash := keccak256(instances, length)
            }
        }
    }

    function _pointer(Instances memory instances, uint256 offset) private pure returns (uint256 pointer) {
        assembly ("memory-safe") {
            pointer := add(instances, offset)
        }
    }
}
