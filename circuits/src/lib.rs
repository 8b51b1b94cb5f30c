//! The statement that Hallmark proves, and its verifier.
pub mod arithmetic;
pub mod error;
pub mod model;
pub mod poseidon;
pub mod semantics;
