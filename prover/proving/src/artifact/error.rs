//! Why a model, a key or a proof cannot be read or written.

use std::path::{Path, PathBuf};

use hallmark_circuits::codec::CodecError;
use thiserror::Error;

use crate::file::FileError;

/// Why an artifact cannot be read or written.
#[derive(Debug, Error)]
pub enum ArtifactError {
    /// The file cannot be read or written, or is damaged.
    #[error(transparent)]
    File(#[from] FileError),
    /// What the file holds is refused.
    #[error("{}: {fault}", path.display())]
    Codec {
        /// The file.
        path: PathBuf,
        /// Why.
        fault: CodecError,
    },
}

impl ArtifactError {
    /// The contents of this file are not what they should be.
    #[must_use]
    pub fn new(path: &Path, fault: CodecError) -> Self {
        Self::Codec { path: path.to_owned(), fault }
    }
}
