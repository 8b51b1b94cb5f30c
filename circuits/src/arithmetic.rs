//! The operations that the verifier needs, so that one text of it runs on field elements, on circuit cells and on counters.
//!
//! There is no comparison: control flow can depend on the verifying key alone, never on a witness. Inspired by the loader
//! of snark-verifier, less its comparable scalars.

use std::fmt::Debug;

use ark_bn254::Fr;
use ark_ff::Field;

use crate::{
    error::{Check, Reject},
    poseidon,
};

/// An interpretation of the verifier's arithmetic.
pub trait Arithmetic {
    /// An element of Fr in this interpretation.
    type Scalar: Clone + Debug;

    /// A public constant.
    fn constant(&mut self, value: Fr) -> Self::Scalar;

    /// `left + right`.
    fn add(&mut self, left: &Self::Scalar, right: &Self::Scalar) -> Self::Scalar;

    /// `left - right`.
    fn sub(&mut self, left: &Self::Scalar, right: &Self::Scalar) -> Self::Scalar;

    /// `left * right`.
    fn mul(&mut self, left: &Self::Scalar, right: &Self::Scalar) -> Self::Scalar;

    /// The inverse of `value`, or a rejection named `check` where it is zero.
    fn invert(&mut self, check: Check, value: &Self::Scalar) -> Result<Self::Scalar, Reject>;

    /// Rejects with `check` unless `left = right`.
    fn assert_equal(&mut self, check: Check, left: &Self::Scalar, right: &Self::Scalar) -> Result<(), Reject>;

    /// The Poseidon permutation of the transcript.
    fn permute(&mut self, state: &mut [Self::Scalar; poseidon::WIDTH]) {
        poseidon::permute(self, state);
    }
}

/// The interpretation on field elements: the verifier as it runs on a computer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Arithmetic for Native {
    type Scalar = Fr;

    fn constant(&mut self, value: Fr) -> Fr {
        value
    }

    fn add(&mut self, left: &Fr, right: &Fr) -> Fr {
        *left + right
    }

    fn sub(&mut self, left: &Fr, right: &Fr) -> Fr {
        *left - right
    }

    fn mul(&mut self, left: &Fr, right: &Fr) -> Fr {
        *left * right
    }

    fn invert(&mut self, check: Check, value: &Fr) -> Result<Fr, Reject> {
        value.inverse().ok_or(Reject::Check(check))
    }

    fn assert_equal(&mut self, check: Check, left: &Fr, right: &Fr) -> Result<(), Reject> {
        if left == right { Ok(()) } else { Err(Reject::Check(check)) }
    }
}
