//! The operations that the verifier needs, so that one text of it runs on field elements, on circuit cells and on counters.
//!
//! A [`Scalar`] is added, subtracted and multiplied by operators, so that relations are written as formulas. There is no
//! comparison: control flow can depend on the verifying key alone, never on a witness. Inspired by the loader of
//! snark-verifier, less its comparable scalars.

use std::{
    fmt::Debug,
    ops::{Add, Mul, Sub},
};

use ark_bn254::Fr;
use ark_ff::Field;

use crate::{
    error::{Check, Reject},
    poseidon,
};

/// An element of Fr in some interpretation.
///
/// Formulas that are generic over it are read by the verifier, by its circuit, and, on field elements, by the prover.
pub trait Scalar: Copy + Debug + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> {}

impl<S: Copy + Debug + Add<Output = S> + Sub<Output = S> + Mul<Output = S>> Scalar for S {}

/// An interpretation of the verifier's arithmetic.
pub trait Arithmetic {
    /// An element of Fr in this interpretation.
    type Scalar: Scalar;

    /// A public constant.
    fn constant(&mut self, value: Fr) -> Self::Scalar;

    /// The inverse of `value`, or a rejection named `check` where it is zero.
    fn invert(&mut self, check: Check, value: Self::Scalar) -> Result<Self::Scalar, Reject>;

    /// Rejects with `check` unless `left = right`.
    fn assert_equal(&mut self, check: Check, left: Self::Scalar, right: Self::Scalar) -> Result<(), Reject>;

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

    fn invert(&mut self, check: Check, value: Fr) -> Result<Fr, Reject> {
        value.inverse().ok_or(Reject::Check(check))
    }

    fn assert_equal(&mut self, check: Check, left: Fr, right: Fr) -> Result<(), Reject> {
        if left == right { Ok(()) } else { Err(Reject::Check(check)) }
    }
}
