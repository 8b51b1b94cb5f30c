//! The verifier for browsers and Node: what JavaScript calls, as `wasm-bindgen` passes it on.
//!
//! | file | idea |
//! |---|---|
//! | [`model`] | a model whose digest its user pins, and the checks of proofs |
//! | [`input`] | an input in the model's integers |
//! | [`answer`] | a proven answer |
//! | [`fault`] | why something is refused |
//!
//! The crate adapts types. The checks are those of `circuits`. The package in `verifier-contracts/js` has the types that users see.
//!
//! Nothing here panics on what a stranger sends: a panic would stop the module for good.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::indexing_slicing)]
#![deny(clippy::as_conversions)]

pub mod answer;
pub mod fault;
pub mod input;
pub mod model;

use hallmark_circuits::digest::Digest;
use wasm_bindgen::prelude::wasm_bindgen;

/// The keccak256 digest of some bytes.
#[wasm_bindgen]
#[must_use]
pub fn keccak256(bytes: &[u8]) -> Vec<u8> {
    Digest::keccak(bytes).0.to_vec()
}
