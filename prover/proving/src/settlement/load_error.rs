//! Why settlement keys can't be loaded.

use std::io;

use hallmark_circuits::codec::CodecError;
use thiserror::Error;

use super::SettlementError;
use crate::file::{ContainerError, Fault, FileError};

/// Why settlement keys can't be loaded.
#[derive(Debug, Error)]
pub enum LoadError {
    /// The file can't be read, or is damaged, or is another file.
    #[error(transparent)]
    File(#[from] FileError),
    /// It was made for other architectures.
    #[error("those in the file are another architecture's")]
    Architecture,
    /// It was made under another setup.
    #[error("those in the file were made under another structured reference string")]
    Setup,
    /// It was made for another circuit of the architecture.
    #[error("those in the file are for a circuit of 2^{found} rows, and this version's has 2^{expected}")]
    Rows {
        /// The base-two logarithm of the circuit's rows.
        expected: u64,
        /// That of the file.
        found: u64,
    },
    /// Its contents are cut off, or no points.
    #[error("those in the file are damaged: {0}")]
    Codec(#[from] CodecError),
    /// Its points are other ones than its header says.
    #[error("those in the file are damaged or another version's: they are not this circuit's under this setup")]
    Points,
    /// There are no such keys, from whichever file.
    #[error(transparent)]
    Keys(#[from] SettlementError),
}

impl LoadError {
    /// Whether there is no file yet.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::File(FileError { fault: Fault::Io(error), .. }) if error.kind() == io::ErrorKind::NotFound)
    }

    /// Whether new keys may take the file's place: there is none, or it holds settlement keys that are of no use. Any other
    /// file is somebody's, and the name of it a mistake.
    #[must_use]
    pub fn is_replaceable(&self) -> bool {
        match self {
            Self::File(error) => is_damaged(&error.fault) || self.is_missing(),
            Self::Architecture | Self::Setup | Self::Rows { .. } | Self::Codec(_) | Self::Points => true,
            Self::Keys(_) => false,
        }
    }
}

/// Whether the header is that of settlement keys and the rest is of no use.
fn is_damaged(fault: &Fault) -> bool {
    match fault {
        Fault::Container(error) => match error {
            ContainerError::Version { .. }
            | ContainerError::Truncated { .. }
            | ContainerError::Trailing { .. }
            | ContainerError::Checksum
            | ContainerError::Decode(_) => true,
            ContainerError::Magic | ContainerError::Kind { .. } | ContainerError::Header => false,
        },
        Fault::Io(_)
        | Fault::NotAFile
        | Fault::Directory
        | Fault::Dangling
        | Fault::Dash
        | Fault::DashRead
        | Fault::Exists { .. }
        | Fault::Model
        | Fault::Locked
        | Fault::Changed
        | Fault::TooLarge { .. }
        | Fault::Encode(_) => false,
    }
}
