// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr} from "./Fr.sol";
import {Instances} from "./Instances.sol";
import {ProofPoint} from "./Points.sol";
import {ProofParts} from "./ProofParts.sol";
import {SettlementKey} from "./SettlementKey.sol";

/// @title Seals: the digests that stand for commitments in the inner proof's transcript
/// @dev The circuit's transcript cannot absorb points. It absorbs keccak256(domain, ...) mod 2^248 in their place, which
/// needs no reduction to be a field element. This library computes these digests from the points. They become instances.
library Seals {
    bytes32 internal constant INFERENCE = "hallmark inference 2";
    bytes32 internal constant HELPERS = "hallmark helpers 2";
    bytes32 internal constant FOLD = "hallmark fold 2";
    bytes32 internal constant DIVISION = "hallmark division 2";
    bytes32 internal constant BATCH = "hallmark batch 2";

    /// @dev 2^248 - 1
    uint256 private constant MASK = 0x00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

    /// @dev Computes all seals of a proof.
    function write(
        Instances memory instances,
        SettlementKey memory key,
        ProofParts memory parts,
        bytes32 context,
        bytes calldata input,
        bytes calldata output
    ) internal pure {
        bytes32 model = key.weightDigest();
        instances.inferenceSeal = _inference(model, context, input, output, parts.quotients, parts.helpers);
        instances.helpersSeal = _points(HELPERS, parts.helpers, parts.fold);
        instances.foldSeal = _points(FOLD, parts.fold, parts.division);
        instances.divisionSeal = _points(DIVISION, parts.division, parts.batch);
        instances.batchSeal = _points(BATCH, parts.batch, parts.last);
    }

    /// @dev The seal of everything public, and of the first commitments. The key fixes the lengths of all parts.
    function _inference(
        bytes32 model,
        bytes32 context,
        bytes calldata input,
        bytes calldata output,
        ProofPoint start,
        ProofPoint end
    ) private pure returns (Fr seal) {
        bytes32 domain = INFERENCE;
        assembly ("memory-safe") {
            let buffer := mload(0x40) // Used here only, and so not allocated.
            mstore(buffer, domain)
            mstore(add(buffer, 0x20), model)
            mstore(add(buffer, 0x40), context)
            let cursor := add(buffer, 0x60)
            calldatacopy(cursor, input.offset, input.length)
            cursor := add(cursor, input.length)
            calldatacopy(cursor, output.offset, output.length)
            cursor := add(cursor, output.length)
            calldatacopy(cursor, start, sub(end, start))
            cursor := add(cursor, sub(end, start))
            seal := and(keccak256(buffer, sub(cursor, buffer)), MASK)
        }
    }

    /// @dev The seal of the points from one up to another.
    function _points(bytes32 domain, ProofPoint start, ProofPoint end) private pure returns (Fr seal) {
        assembly ("memory-safe") {
            let buffer := mload(0x40) // Used here only, and so not allocated.
            let length := sub(end, start)
            mstore(buffer, domain)
            calldatacopy(add(buffer, 0x20), start, length)
            seal := and(keccak256(buffer, add(length, 0x20)), MASK)
        }
    }
}
