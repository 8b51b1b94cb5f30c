//! Why local work fails.

use std::path::PathBuf;

use hallmark_circuits::{digest::Digest, error::KeyError, model::ModelError, semantics::ExecutionError};
use thiserror::Error;

use super::{
    Refusal,
    array::{InputError, ShapeError},
    arrays::NamesError,
};
use hallmark_compiling::CompileError;
use hallmark_proving::artifact::ArtifactError;
use hallmark_proving::file::FileError;
use hallmark_proving::npy::NpyError;
use hallmark_proving::proving::ProveError;
use hallmark_proving::settlement::{DeriveError, LoadError, SettlementError};
use hallmark_proving::srs::SrsError;

/// Why local work fails.
#[derive(Debug, Error)]
pub enum LocalError {
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
    /// Arrays under other names than those of the model's inputs.
    #[error(transparent)]
    Names(#[from] NamesError),
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
    /// The file of settlement keys is something else.
    #[error("{0}. Settlement keys are to be kept there: move it away, or name another file")]
    Keys(LoadError),
    /// A key can't be trusted, or not be derived.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A proof is refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A question could not be decided. No is an answer, and this is none.
    #[error(transparent)]
    Unchecked(Box<LocalError>),
    /// The model is committed to already.
    #[error(
        "{} is already committed to, under the weight digest {digest}: name another file, or add --force, which makes another \
         commitment and keeps this one under another name",
        path.display()
    )]
    Committed {
        /// The model.
        path: PathBuf,
        /// Its digest.
        digest: Digest,
    },
    /// An input is none that a model answers.
    #[error(transparent)]
    Input(Box<InputError>),
    /// The model was compiled but not committed to.
    #[error("{} is not committed to yet: run `hallmark commit {} --srs SRS` first", path.display(), path.display())]
    Uncommitted {
        /// The model.
        path: PathBuf,
    },
    /// The model is offered in no batch that is large enough.
    #[error("{}: {}", path.display(), batch_advice(*found, *largest))]
    Samples {
        /// The stack's file.
        path: PathBuf,
        /// The number of samples.
        found: usize,
        /// The size of the largest batch.
        largest: Option<usize>,
    },
}

impl From<InputError> for LocalError {
    fn from(error: InputError) -> Self {
        Self::Input(Box::new(error))
    }
}

impl From<DeriveError> for LocalError {
    fn from(error: DeriveError) -> Self {
        match error {
            DeriveError::Srs(error) => error.into(),
            DeriveError::Key(error) => error.into(),
        }
    }
}

/// What to do about more samples than a batch holds.
fn batch_advice(found: usize, largest: Option<usize>) -> String {
    let size = found.next_power_of_two();
    match largest {
        Some(largest) => format!(
            "{found} samples, and the model is offered in batches of at most {largest}: give at most {largest} at a time. A model \
             that is committed to with `hallmark commit --batches {size}` takes them at once, under another model digest"
        ),
        None => format!(
            "{found} samples, and the model is offered in no batches: give one at a time with `--input`. A model that is committed \
             to with `hallmark commit --batches {size}` takes them at once, under another model digest"
        ),
    }
}
