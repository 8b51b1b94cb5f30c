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
//!
//! A file is written without a name first, then locked against other writers of the same place, and takes the place of a file
//! that is there only where nothing is lost with it.

mod container;
mod draft;
mod error;
mod form;
mod place;
mod store;
mod target;

pub use container::{Kind, VERSION, decode, encode};
pub use error::{Fault, FileError};
pub use form::{Form, begins_with};
pub use place::is_same;
pub(crate) use store::store_by;
pub use store::{Access, load, store};
pub use target::{Stamp, Stored, Target, check};

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a file of the given kind, refusing one of more than `max_bytes` before it takes memory.
///
/// Decoding takes memory in proportion to the file: a sequence reserves at most 1 MiB before its elements are seen, and each
/// element takes at least a byte of the file. That holds for types without elements of size zero, such as `Vec<()>`.
///
/// # Errors
/// - [`Fault::NotAFile`], [`Fault::TooLarge`] or [`Fault::Io`] if it can't be read.
/// - Otherwise those of [`decode`].
pub fn read<T: DeserializeOwned>(path: &Path, kind: Kind, max_bytes: u64) -> Result<T, FileError> {
    let bytes = load(path, max_bytes)?;
    decode(&bytes, kind).map_err(|fault| FileError::new(path, fault))
}

/// Writes a file of the given kind, as [`store`] does.
///
/// # Errors
/// As [`store`].
pub fn write_atomically<'a, T: Serialize>(
    target: impl Into<Target<'a>>,
    kind: Kind,
    value: &T,
) -> Result<Stored, FileError> {
    write_form(target, kind, &kind.form(), value)
}

/// Writes a file of the given kind, which may take the place of others than those of [`Kind::form`].
///
/// # Errors
/// As [`store`].
pub fn write_form<'a, T: Serialize>(
    target: impl Into<Target<'a>>,
    kind: Kind,
    form: &Form,
    value: &T,
) -> Result<Stored, FileError> {
    let target = target.into();
    let bytes = encode(kind, value).map_err(|fault| FileError::new(target.path, fault))?;
    store(target, &bytes, form)
}
