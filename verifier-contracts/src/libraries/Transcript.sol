// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, FrLib} from "./Fr.sol";
import {Instances} from "./Instances.sol";
import {POINT_BYTES, ProofPoint} from "./Points.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";

/// @dev The state of a transcript: the digest of all that it absorbed. The challenge that it gives is the digest modulo r.
type Transcript is bytes32;

using TranscriptLib for Transcript global;

/// @dev The challenges of a halo2 proof, in order. Look-ups have one more, which this circuit has no use for.
struct Challenges {
    /// Compress the permutation's pairs of a value and its place.
    Fr beta;
    Fr gamma;
    /// Combines the constraints.
    Fr y;
    /// Where polynomials are opened.
    Fr x;
    /// Combines polynomials that are opened at the same points.
    Fr polynomialBase;
    /// Combines sets of polynomials that are opened at different points.
    Fr setBase;
    /// Where the opening's combined polynomial is opened.
    Fr u;
    /// Joins the pairing of halo2 with that of the inner proof.
    Fr join;
}

/// @title The Fiat-Shamir transcript of a halo2 proof
/// @dev What is absorbed between two challenges is hashed together with the digest before. It is contiguous in the proof,
/// so that there is no buffer to keep. This is the transcript for the EVM of snark-verifier and of the prover in Rust.
library TranscriptLib {
    /// @dev The challenges of a proof.
    function challenges(Instances memory instances, ProofParts memory parts)
        internal
        pure
        returns (Challenges memory c)
    {
        // The first challenge is the one for look-ups.
        Transcript transcript = Transcript.wrap(instances.digest(parts)).again();
        c.beta = transcript.challenge();
        transcript = transcript.again();
        c.gamma = transcript.challenge();
        transcript = transcript.absorb(parts.product, 2 * POINT_BYTES); // And the random polynomial.
        c.y = transcript.challenge();
        transcript = transcript.absorb(parts.pieces, ProofPartsLib.PIECES * POINT_BYTES);
        c.x = transcript.challenge();
        transcript = transcript.absorb(ProofPoint.wrap(parts.evaluations), ProofPartsLib.EVALUATIONS * 0x20);
        c.polynomialBase = transcript.challenge();
        transcript = transcript.again();
        c.setBase = transcript.challenge();
        transcript = transcript.absorb(parts.opening, POINT_BYTES);
        c.u = transcript.challenge();
        // The rest is not halo2's: both pairings' left points are bound before they are joined, and all else is by u.
        transcript = transcript.absorb(parts.openingLast, POINT_BYTES).absorb(parts.last, POINT_BYTES);
        c.join = transcript.challenge();
    }

    /// @dev The challenge of a state.
    function challenge(Transcript transcript) internal pure returns (Fr) {
        return FrLib.reduce(uint256(Transcript.unwrap(transcript)));
    }

    /// @dev Absorbs a part of the proof.
    function absorb(Transcript transcript, ProofPoint start, uint256 length) internal pure returns (Transcript next) {
        assembly ("memory-safe") {
            let buffer := mload(0x40) // Used here only, and so not allocated.
            mstore(buffer, transcript)
            calldatacopy(add(buffer, 0x20), start, length)
            next := keccak256(buffer, add(length, 0x20))
        }
    }

    /// @dev The state for another challenge without anything absorbed: a byte, 1, tells it from the first.
    function again(Transcript transcript) internal pure returns (Transcript next) {
        assembly ("memory-safe") {
            mstore(0x00, transcript) // In the scratch space.
            mstore8(0x20, 1)
            next := keccak256(0x00, 0x21)
        }
    }
}
