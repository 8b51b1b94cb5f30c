//! What some commands take: a model, compiled or committed to, or a published key.

use std::path::Path;

use hallmark_circuits::{key::VerifyingKey, model::Architecture};

use super::LocalError;
use hallmark_proving::artifact::{ArtifactError, Model, read_key, read_model};
use hallmark_proving::file::{ContainerError, Fault, FileError, Kind};

/// A model's or a key's public part.
pub enum Subject {
    /// A model.
    Model(Box<Model>),
    /// A published key.
    Key(Box<VerifyingKey>),
}

impl Subject {
    /// Reads either file.
    ///
    /// # Errors
    /// [`ArtifactError`] if the file is neither, or can't be read.
    pub fn read(path: &Path) -> Result<Self, ArtifactError> {
        match read_model(path) {
            Err(ArtifactError::File(FileError {
                fault: Fault::Container(ContainerError::Kind { found: Kind::Key, .. }),
                ..
            })) => Ok(Self::Key(Box::new(read_key(path)?))),
            model => Ok(Self::Model(Box::new(model?))),
        }
    }

    /// Reads the key of either file, which an uncommitted model does not have.
    ///
    /// # Errors
    /// [`LocalError`] if the file is neither, can't be read, or is not committed to.
    pub fn read_key(path: &Path) -> Result<VerifyingKey, LocalError> {
        Self::read(path)?.published().ok_or_else(|| LocalError::Uncommitted { path: path.to_owned() })
    }

    /// What it is.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Model(_) => "model",
            Self::Key(_) => "verifying key",
        }
    }

    /// The architecture.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        match self {
            Self::Model(model) => &model.architecture,
            Self::Key(key) => &key.architecture,
        }
    }

    /// The key, unless the model is not committed to.
    #[must_use]
    pub fn published(&self) -> Option<VerifyingKey> {
        match self {
            Self::Model(model) => model.published_key(),
            Self::Key(key) => Some(key.as_ref().clone()),
        }
    }
}
