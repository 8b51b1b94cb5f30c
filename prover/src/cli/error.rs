//! Why a command fails.

use std::path::PathBuf;

use hallmark_circuits::{error::Reject, model::ModelError, semantics::ExecutionError};
use thiserror::Error;

use super::{Refusal, array::ShapeError};
use crate::{
    artifact::ArtifactError,
    chain::{self, ChainError},
    compile::CompileError,
    file::FileError,
    npy::NpyError,
    proving::ProveError,
    settlement::{LoadError, SettlementError},
    srs::SrsError,
};

/// Why a command fails.
#[derive(Debug, Error)]
pub enum CliError {
    /// The arguments do not make sense together.
    #[error("{0}")]
    Usage(String),
    /// A model, a key or a proof can't be read or written.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// Another file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An array can't be read or written.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// An array does not have the model's shape.
    #[error(transparent)]
    Shape(#[from] ShapeError),
    /// A structured reference string can't be made, read or trusted.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// A model can't be compiled.
    #[error(transparent)]
    Compile(#[from] CompileError),
    /// A model is refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
    /// A model can't be run.
    #[error(transparent)]
    Execution(#[from] ExecutionError),
    /// A model can't be committed to, or an inference not be proved.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// Settlement keys can't be made, or an inference not be settled.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
    /// The embedded chain fails.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contract refuses an honest proof.
    #[error("the contract refuses an honest proof: {0}")]
    Contract(chain::Refusal),
    /// The file of settlement keys is something else.
    #[error("{0}. Settlement keys are to be kept there: move it away, or name another file")]
    Keys(LoadError),
    /// A proof that was just made is refused.
    #[error(
        "the settlement proof that was made does not hold ({0}): this is a bug, or the machine errs; please report it"
    )]
    Unsettled(Reject),
    /// A proof is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The model was compiled but not committed to.
    #[error("{} is not committed to yet: run `hallmark commit {} --srs SRS` first", path.display(), path.display())]
    Uncommitted {
        /// The model.
        path: PathBuf,
    },
    /// The demo did not go as it should.
    #[error("the demo failed: {0}")]
    Demo(&'static str),
}

impl CliError {
    /// 2 for wrong usage, 1 for everything else.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if matches!(self, Self::Usage(_)) { 2 } else { 1 }
    }
}
