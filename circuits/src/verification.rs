//! What a verifier does besides sums and products: it inverts, asserts and hashes.

use ark_bn254::Fr;
use ark_ff::Field;

use crate::{
    arithmetic::{Arithmetic, Native},
    error::{Check, Reject},
    poseidon::{self, WIDTH},
};

/// An interpretation in which a verifier can run.
pub trait Verification: Arithmetic {
    /// The inverse of `value`.
    ///
    /// # Errors
    /// [`Reject::Check`] with `check` if the value is known to be zero.
    fn invert(&mut self, check: Check, value: Self::Scalar) -> Result<Self::Scalar, Reject>;

    /// Asserts `left = right`.
    ///
    /// # Errors
    /// [`Reject::Check`] with `check` if the values are known to differ.
    fn assert_equal(&mut self, check: Check, left: Self::Scalar, right: Self::Scalar) -> Result<(), Reject>;

    /// The Poseidon permutation of the transcript.
    fn permute(&mut self, state: &mut [Self::Scalar; WIDTH]) {
        poseidon::permute(self, state);
    }
}

impl Verification for Native {
    fn invert(&mut self, check: Check, value: Fr) -> Result<Fr, Reject> {
        value.inverse().ok_or(Reject::Check(check))
    }

    fn assert_equal(&mut self, check: Check, left: Fr, right: Fr) -> Result<(), Reject> {
        if left == right { Ok(()) } else { Err(Reject::Check(check)) }
    }
}
