//! Proves inferences. `main_sumcheck`, `merge` and `opening` are the prover's halves of the verifier's files of these names;
//! `prove` calls the phases, and `relate`, `batch` and `combine` make what they work on.

mod batch;
mod blinds;
mod columns;
mod combine;
mod data_set;
mod functional;
mod helper;
mod main_sumcheck;
mod merge;
mod opening;
mod operand;
mod pairing;
mod pairs;
mod polynomial;
mod prove;
mod relate;
mod rows;
mod small;
mod tensors;
pub mod witness;

use hallmark_circuits::{error::KeyError, model::ModelError, semantics::ExecutionError};
use thiserror::Error;

pub use data_set::{Chunk, CommittedSet, commit_set};
pub use prove::{Inference, Prover};
pub use rows::{CommittedModel, commit};

/// Why a model can't be committed to, or an inference not be proved.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProveError {
    /// The architecture or its weights are refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
    /// The input does not fit the model, or the weights are not those that it was compiled for.
    #[error("{0}")]
    Execution(#[from] ExecutionError),
    /// The structured reference string is too short for the model's rows.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A chunk of a data set has more or fewer integers than its form says.
    #[error("a chunk of the data set has {found} integers where its form says {expected}")]
    SetLength {
        /// What the form says.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The structured reference string is not the one that the model was committed to under.
    #[error("the model was committed to under another structured reference string: commit again, or give that one")]
    SetupDiffers,
    /// The file's commitments are not of the model's shape.
    #[error("the model's commitments are damaged: commit again")]
    Commitments,
    /// A challenge was one for which the opening is undefined; it happens once in 2^250 proofs.
    #[error("an unlucky challenge: prove again")]
    Unlucky,
}
