//! What somebody gives to a call: a file, or its bytes.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use hallmark_proving::{
    file::{self, FileError},
    npy::{NpyError, NpyFault, parse_labels, read_labels},
    npz::{Arrays, parse_arrays, read_arrays},
};

/// A file, or the bytes that it would have.
#[derive(Clone, Debug)]
pub enum Given {
    /// A file.
    File(PathBuf),
    /// Bytes.
    Bytes {
        /// What messages call them.
        name: PathBuf,
        /// What a file would hold.
        bytes: Vec<u8>,
    },
}

impl Given {
    /// What messages call it: a file by its path.
    #[must_use]
    pub fn name(&self) -> &Path {
        match self {
            Self::File(path) | Self::Bytes { name: path, .. } => path,
        }
    }

    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Bytes { .. } => None,
        }
    }

    /// The contents, of which a file may have so many.
    pub(crate) fn bytes(&self, max_bytes: u64) -> Result<Cow<'_, [u8]>, FileError> {
        match self {
            Self::File(path) => Ok(file::load(path, max_bytes)?.into()),
            Self::Bytes { bytes, .. } => Ok(bytes.into()),
        }
    }

    /// The array, or the arrays by their names.
    pub(crate) fn arrays(&self, max_bytes: u64) -> Result<Arrays, NpyError> {
        match self {
            Self::File(path) => read_arrays(path, max_bytes),
            Self::Bytes { name, bytes } => parse_arrays(bytes, max_bytes).map_err(|fault| array_error(name, fault)),
        }
    }

    /// The classes.
    pub(crate) fn labels(&self, max_bytes: u64) -> Result<Vec<usize>, NpyError> {
        match self {
            Self::File(path) => read_labels(path, max_bytes),
            Self::Bytes { name, bytes } => parse_labels(bytes).map_err(|fault| array_error(name, fault)),
        }
    }
}

fn array_error(name: &Path, fault: NpyFault) -> NpyError {
    NpyError::Array { path: name.to_owned(), fault }
}

impl From<&Path> for Given {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}
