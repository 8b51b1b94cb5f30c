//! The Fiat-Shamir transcript of the halo2 proof, as a contract computes it.
//!
//! Absorbed elements are appended to a buffer: a scalar as one word, a point as two. A challenge is the keccak digest of the
//! buffer, reduced, and the digest is all that the buffer keeps. A buffer that is nothing but a digest is hashed with one more
//! byte, 1, so that two challenges in a row differ. This is snark-verifier's transcript for the EVM.

use ark_bn254::{Fr, G1Affine};
use ark_ff::PrimeField;
use sha3::{Digest, Keccak256};

use crate::encoding::{fr_to_bytes, g1_to_bytes};

/// The transcript over a stream of proof bytes: a reader for the verifier, a writer for the prover.
#[derive(Clone, Debug, Default)]
pub struct KeccakTranscript<S> {
    pub(super) buffer: Vec<u8>,
    pub(super) stream: S,
}

impl<S> KeccakTranscript<S> {
    /// A transcript that has absorbed nothing.
    pub const fn new(stream: S) -> Self {
        Self { buffer: Vec::new(), stream }
    }

    /// The stream.
    pub fn into_stream(self) -> S {
        self.stream
    }

    /// Absorbs a scalar that the verifier knows.
    pub fn absorb_scalar(&mut self, scalar: &Fr) {
        self.buffer.extend(fr_to_bytes(scalar));
    }

    /// Absorbs a point that the verifier knows.
    pub fn absorb_point(&mut self, point: &G1Affine) {
        self.buffer.extend(g1_to_bytes(point));
    }

    /// Draws a challenge.
    pub fn challenge(&mut self) -> Fr {
        if self.buffer.len() == 32 {
            self.buffer.push(1);
        }
        let digest: [u8; 32] = Keccak256::digest(&self.buffer).into();
        self.buffer = digest.to_vec();
        Fr::from_be_bytes_mod_order(&digest)
    }
}

impl KeccakTranscript<Vec<u8>> {
    /// Sends a scalar, and absorbs it.
    pub fn send_scalar(&mut self, scalar: &Fr) {
        self.absorb_scalar(scalar);
        self.stream.extend(fr_to_bytes(scalar));
    }

    /// Sends a point, and absorbs it.
    pub fn send_point(&mut self, point: &G1Affine) {
        self.absorb_point(point);
        self.stream.extend(g1_to_bytes(point));
    }
}
