// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Fr, FrLib} from "./Fr.sol";
import {Instances} from "./Instances.sol";
import {POINT_BYTES, ProofPoint} from "./Points.sol";
import {ProofParts, ProofPartsLib} from "./ProofParts.sol";

/// @dev The state of a transcript: the digest of everything that it absorbed. Its challenge is the digest modulo r.
type Transcript is bytes32;

using TranscriptLib for Transcript global;

/// @dev The challenges of a halo2 proof, in order. Halo2 draws one more for look-ups, which this circuit does not use.
struct Challenges {
    /// Compress the permutation's pairs of a value and its place.
    Fr beta;
    Fr gamma;
    /// Combines the constraints.
    Fr y;
    /// The point at which polynomials are opened.
    Fr x;
    /// Combines polynomials that are opened at the same points.
    Fr polynomialBase;
    /// Combines sets of polynomials that are opened at different points.
    Fr setBase;
    /// The point at which the opening's combined polynomial is opened.
    Fr u;
    /// Joins the pairing of halo2 with that of the inner proof.
    Fr join;
}

/// @title The Fiat-Shamir transcript of a halo2 proof
/// @dev Each challenge hashes the digest before it, and everything that was absorbed in between. That is contiguous in the
/// proof, so no buffer is kept. snark-verifier's transcript for the EVM and the prover in Rust do the same.
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
        // The rest is not halo2's. It binds the left points of both pairings before they are joined. u has bound everything
        // else.
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

    /// @dev The state for another challenge with nothing absorbed in between. A byte 1 distinguishes it from the first.
    function again(Transcript transcript) internal pure returns (Transcript next) {
        assembly ("memory-safe") {
            mstore(0x00, transcript) // In the scratch space.
            mstore8(0x20, 1)
            next := keccak256(0x00, 0x21)
        }
    }
}
