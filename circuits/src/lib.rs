//! The statement that Hallmark proves, and its verifier.
pub mod arithmetic;
pub mod error;
pub mod poseidon;
