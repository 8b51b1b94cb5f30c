//! The relations between the committed polynomials, stated once for prover and verifier.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod access;
pub mod lookup;
pub mod packing;
pub mod plan;
pub mod rescale;
pub mod summand;
