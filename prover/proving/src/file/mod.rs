//! The files that users keep: models, keys, proofs and settlement keys.
//!
//! All have one container, which is [`hallmark_circuits::codec::container`].
//!
//! A file is written without a name first, then locked against other writers of the same place, and takes the place of a file
//! that is there only where nothing is lost with it.

mod draft;
mod error;
mod form;
mod place;
mod store;
mod target;

pub use error::{Fault, FileError};
pub use form::{Form, begins_with};
pub use hallmark_circuits::codec::container::{ContainerError, Kind, VERSION, decode, encode};
pub use place::is_same;
pub(crate) use store::store_by;
pub use store::{Access, load, open, store};
pub use target::{Stamp, Stored, Target, check};

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a file of the given kind, refusing one of more than `max_bytes` before it takes memory.
///
/// # Errors
/// - [`Fault::NotAFile`], [`Fault::TooLarge`] or [`Fault::Io`] if it can't be read.
/// - [`Fault::Container`] if it is no such file.
pub fn read<T: DeserializeOwned>(path: &Path, kind: Kind, max_bytes: u64) -> Result<T, FileError> {
    let bytes = load(path, max_bytes)?;
    decode(&bytes, kind).map_err(|error| FileError::new(path, error))
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
    write_form(target, kind, &Form::of(kind), value)
}

/// Writes a file of the given kind, which may take the place of others than those of [`Form::of`].
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
    let bytes = encode(kind, value).map_err(|error| FileError::new(target.path, Fault::Encode(error)))?;
    store(target, &bytes, form)
}
