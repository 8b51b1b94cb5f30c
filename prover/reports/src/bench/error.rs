//! Why nothing is measured.

use std::{io, path::PathBuf};

use hallmark_circuits::{
    error::{KeyError, Reject},
    model::ModelError,
};
use thiserror::Error;

use hallmark_chain::chain::{ChainError, Refusal};
use hallmark_proving::artifact::ArtifactError;
use hallmark_proving::file::FileError;
use hallmark_proving::npy::NpyError;
use hallmark_proving::srs::SrsError;

/// Why nothing is measured.
#[derive(Debug, Error)]
pub enum BenchError {
    /// A program can't be started.
    #[error("{} can't be started: {error}", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// A stage fails.
    #[error("{model}: `hallmark {stage}` failed: {reason}")]
    Stage {
        /// The model.
        model: String,
        /// The command.
        stage: String,
        /// The reason.
        reason: String,
    },
    /// A stage answers something else than it should.
    #[error(
        "{model}: `hallmark {stage}` answers without {what}: the program was replaced while it was measured, run again"
    )]
    Answer {
        /// The model.
        model: String,
        /// The command.
        stage: String,
        /// The missing part.
        what: &'static str,
    },
    /// There is no place for files.
    #[error("no temporary folder can be made: {0}; set TMPDIR to a place with room for some hundred megabytes")]
    Folder(io::Error),
    /// There is no place for the report.
    #[error("the report's folder can't be made: {0}; name another by --output")]
    Output(io::Error),
    /// The system gives no threads.
    #[error("the threads can't be started: {0}; ask for fewer by --threads")]
    Threads(String),
    /// A report is none.
    #[error("{} is not a report of `hallmark bench`: {reason}", path.display())]
    Report {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: String,
    },
    /// The peers' scripts fail.
    #[error("the peers can't be measured: {0}")]
    Peers(String),
    /// An off-chain proof was to be settled.
    #[error("only settlement proofs settle: prove without --off-chain")]
    OffChain,
    /// The contract refuses an honest proof.
    #[error("the contract refuses an honest proof: {0}")]
    Contract(Refusal),
    /// The embedded chain fails.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// A file can't be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An array can't be read or written.
    #[error(transparent)]
    Npy(#[from] NpyError),
    /// A key or a proof can't be read.
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    /// The reference string can't be read.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// A model is refused.
    #[error("the model is refused: {0}")]
    Model(#[from] ModelError),
    /// A proof is refused.
    #[error("{0}")]
    Reject(#[from] Reject),
    /// The settlement circuit can't be made.
    #[error(transparent)]
    Settlement(#[from] KeyError),
}
