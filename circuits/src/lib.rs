//! The statement that Hallmark proves, and its verifier.
pub mod arithmetic;
pub mod encoding;
pub mod error;
pub mod poseidon;
pub mod srs;
