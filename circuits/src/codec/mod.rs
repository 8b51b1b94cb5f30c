//! Keys and proofs as bytes: what is published, in encodings of which every value has exactly one.
//!
//! Points and scalars are encoded as [`crate::encoding`] says, lengths as 8 bytes, big-endian. Decoding takes memory in
//! proportion to the bytes, and what it gives is validated.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

pub mod container;
pub(crate) mod error;
mod key;
pub(crate) mod reader;
mod receipt;
mod score;
mod set_key;
#[cfg(test)]
mod tests;

pub use error::CodecError;
pub use key::{read_architecture, read_key, read_rows, write_architecture, write_key, write_rows};
pub use reader::Reader;
pub use receipt::{Answer, ProofKind, Receipt, ReceiptHead, ReceiptProof};
pub use score::ScoreRecord;
pub use set_key::{read_set_key, write_set_key};

/// The most bytes of a key's file.
pub const MAX_KEY_BYTES: u64 = 64 << 20;
/// The most bytes of an encoded architecture. Bounds the memory that decoding one takes.
pub const MAX_ARCHITECTURE_BYTES: usize = 32 << 20;
