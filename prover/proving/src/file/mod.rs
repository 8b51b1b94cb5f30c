//! The files that users keep: models, keys, proofs and settlement keys.
//!
//! All have one container, little-endian:
//!
//! ```text
//! magic      8 bytes   "hallmrk" and the kind: 'M', 'K', 'P' or 'S'
//! version    2 bytes
//! length     8 bytes   of the payload
//! checksum  32 bytes   keccak256 of the payload
//! payload    length    postcard encoding
//! ```
//!
//! The checksum finds accidents. It authenticates nothing: what is read is still to be validated.

mod container;
mod error;
mod store;

pub use container::{Kind, decode, encode};
pub use error::{Fault, FileError};
pub use store::temporary_file;
pub use store::{Access, load, store};

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a file of the given kind, refusing one of more than `max_bytes` before it takes memory.
///
/// Decoding takes memory in proportion to the file: a sequence reserves at most 1 MiB before its elements are seen, and each
/// element takes at least a byte of the file. That holds for types without elements of size zero, such as `Vec<()>`.
pub fn read<T: DeserializeOwned>(path: &Path, kind: Kind, max_bytes: u64) -> Result<T, FileError> {
    let bytes = load(path, max_bytes)?;
    decode(&bytes, kind).map_err(|fault| FileError::new(path, fault))
}

/// Writes a file of the given kind, so that at any time there is the old one or the new one whole.
pub fn write_atomically<T: Serialize>(path: &Path, kind: Kind, value: &T) -> Result<(), FileError> {
    let bytes = encode(kind, value).map_err(|fault| FileError::new(path, fault))?;
    store(path, &bytes, kind.access())
}
