//! The statement that Hallmark proves, and its verifier.
pub mod arithmetic;
pub mod channel;
pub mod codec;
pub mod commitments;
pub mod encoding;
pub mod error;
pub mod key;
pub mod layout;
pub mod model;
pub mod multilinear;
pub mod poseidon;
pub mod relations;
pub mod semantics;
pub mod srs;
pub mod transcript;
pub mod verifier;
