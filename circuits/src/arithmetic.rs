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
}

/// The interpretation on field elements: the verifier as it runs on a computer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Arithmetic for Native {
    type Scalar = Fr;

    fn constant(&mut self, value: Fr) -> Fr {
        value
    }
}
