//! Kinds of errors: what programs tell them apart by.

use std::io::ErrorKind;

use hallmark_circuits::error::KeyError;
use hallmark_proving::artifact::ArtifactError;
use hallmark_proving::file::{Fault, FileError};
use hallmark_proving::npy::NpyError;
use hallmark_proving::proving::ProveError;
use hallmark_proving::settlement::{LoadError, SettlementError};
use hallmark_proving::srs::SrsError;

use super::LocalError;

/// The kind of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The arguments are wrong.
    Usage,
    /// A proof, a key, a model on the chain or terms are other ones than they should be.
    Refused,
    /// A model can't be compiled, or can't be run.
    Model,
    /// An input is none of the model's.
    Input,
    /// The model is not committed to.
    Uncommitted,
    /// A setup is too small, or another one.
    Setup,
    /// A file stays as it is.
    Exists,
    /// There is no such file.
    Missing,
    /// A file can't be read or written.
    File,
    /// A file is damaged, or another one than it should be.
    Damaged,
    /// The operating system, or a part of this program, fails.
    System,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Usage,
        Self::Refused,
        Self::Model,
        Self::Input,
        Self::Uncommitted,
        Self::Setup,
        Self::Exists,
        Self::Missing,
        Self::File,
        Self::Damaged,
        Self::System,
    ];

    /// The name that programs are told.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Model => "model",
            Self::Input => "input",
            Self::Uncommitted => "uncommitted",
            Self::Setup => "setup",
            Self::Exists => "exists",
            Self::Missing => "missing",
            Self::File => "file",
            Self::Damaged => "damaged",
            Self::System => "system",
        }
    }
}

impl LocalError {
    /// The kind of the error.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Usage(_) => Kind::Usage,
            Self::Artifact(error) => error.into(),
            Self::File(error) => error.into(),
            Self::Keys(LoadError::File(error)) if matches!(error.fault, Fault::Io(_)) => error.into(),
            Self::Npy(error) => error.into(),
            Self::Shape(_) | Self::Names(_) | Self::Input(_) | Self::Samples { .. } => Kind::Input,
            Self::Srs(error) => error.into(),
            Self::Compile(_) | Self::Model(_) | Self::Execution(_) => Kind::Model,
            Self::Prove(error) => error.into(),
            Self::Key(error) => error.into(),
            Self::Settlement(error) => error.into(),
            Self::Unchecked(error) => error.kind(),
            Self::Keys(_) | Self::Committed { .. } => Kind::Exists,
            Self::Uncommitted { .. } => Kind::Uncommitted,
            Self::Refused(_) => Kind::Refused,
        }
    }
}

impl From<&FileError> for Kind {
    fn from(error: &FileError) -> Self {
        match &error.fault {
            Fault::Io(error) if error.kind() == ErrorKind::NotFound => Self::Missing,
            Fault::Exists { .. } | Fault::Model => Self::Exists,
            Fault::Dash | Fault::DashRead => Self::Usage,
            Fault::Io(_)
            | Fault::NotAFile
            | Fault::Directory
            | Fault::Dangling
            | Fault::Locked
            | Fault::Changed
            | Fault::TooLarge { .. }
            | Fault::Encode(_) => Self::File,
            Fault::Container(_) => Self::Damaged,
        }
    }
}

impl From<&ArtifactError> for Kind {
    fn from(error: &ArtifactError) -> Self {
        match error {
            ArtifactError::File(error) => error.into(),
            ArtifactError::Codec { .. } => Self::Refused,
        }
    }
}

impl From<&NpyError> for Kind {
    fn from(error: &NpyError) -> Self {
        match error {
            NpyError::File(error) => error.into(),
            NpyError::Array { .. } => Self::Damaged,
        }
    }
}

impl From<&SrsError> for Kind {
    fn from(error: &SrsError) -> Self {
        match error {
            SrsError::Io { source, .. } if source.kind() == ErrorKind::NotFound => Self::Missing,
            SrsError::Io { .. } => Self::File,
            SrsError::File(error) => error.into(),
            _ => Self::Damaged,
        }
    }
}

impl From<&ProveError> for Kind {
    fn from(error: &ProveError) -> Self {
        match error {
            ProveError::Key(error) => error.into(),
            ProveError::SetupDiffers => Self::Setup,
            ProveError::Model(_) | ProveError::Execution(_) => Self::Model,
            ProveError::SetLength { .. } => Self::Input,
            ProveError::Commitments => Self::Damaged,
            ProveError::Unlucky => Self::System,
        }
    }
}

impl From<&KeyError> for Kind {
    fn from(error: &KeyError) -> Self {
        match error {
            KeyError::Setup { .. } | KeyError::Powers { .. } | KeyError::CircuitPowers { .. } => Self::Setup,
            KeyError::Score(_) | KeyError::SetRows { .. } | KeyError::Chunk { .. } => Self::Model,
            KeyError::Model(_) | KeyError::CircuitSize { .. } => Self::Model,
            KeyError::Shape(_) | KeyError::SetShape => Self::Damaged,
            KeyError::Tables
            | KeyError::CircuitColumns
            | KeyError::OtherCircuit
            | KeyError::OtherBatches
            | KeyError::Batch { .. } => Self::Refused,
        }
    }
}

impl From<&SettlementError> for Kind {
    fn from(error: &SettlementError) -> Self {
        match error {
            SettlementError::Key(error) => error.into(),
            SettlementError::Unsettled(_) => Self::System,
        }
    }
}
