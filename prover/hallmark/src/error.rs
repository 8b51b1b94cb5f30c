//! Why a command fails.

use std::{io, path::PathBuf};

use alloy::primitives::{Address, B256};
use hallmark_circuits::{error::KeyError, model::ModelError, semantics::ExecutionError};
use thiserror::Error;

use super::{
    Digest, Refusal,
    array::{InputError, ShapeError},
    arrays::NamesError,
    gas_cap::Excess,
    settings::SettingsFault,
};
use hallmark_chain::chain::{self, ChainError};
use hallmark_chain::node::{NodeError, WalletError, deployment::DeploymentError, genuine::GenuineError};
use hallmark_chain::settled::{ReplayError, SentError};
use hallmark_compiling::CompileError;
use hallmark_operator::OperatorError;
use hallmark_proving::artifact::ArtifactError;
use hallmark_proving::file::FileError;
use hallmark_proving::npy::NpyError;
use hallmark_proving::proving::ProveError;
use hallmark_proving::settlement::{DeriveError, LoadError, SettlementError};
use hallmark_proving::srs::SrsError;
use hallmark_reports::audit::AuditError;
use hallmark_reports::bench::BenchError;

/// Why a command fails.
#[derive(Debug, Error)]
pub enum CliError {
    /// The arguments do not make sense together.
    #[error("{0}")]
    Usage(String),
    /// A file of settings has something else in it.
    #[error("{}: {fault}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: SettingsFault,
    },
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
    /// The embedded chain fails.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contract refuses an honest proof.
    #[error("the contract refuses an honest proof: {0}")]
    Contract(chain::Refusal),
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
    Unchecked(Box<CliError>),
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
    Input(#[from] InputError),
    /// A command failed after it had sent transactions.
    #[error("{error}\nThe command had already sent:{sent}")]
    Interrupted {
        /// Why it failed.
        error: Box<CliError>,
        /// The transactions, one a line.
        sent: String,
        /// The transactions as JSON.
        transactions: serde_json::Value,
    },
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
    /// A node, or a contract on its chain, refuses.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// A contract can't be deployed.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// A contract is not where this program's code and its arguments put it.
    #[error("{0}. --foreign-contracts trusts it all the same")]
    Foreign(#[from] GenuineError),
    /// There is no key to sign with.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The service stops.
    #[error(transparent)]
    Operator(#[from] OperatorError),
    /// A model can't be audited.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Nothing can be measured or compared.
    #[error(transparent)]
    Bench(#[from] BenchError),
    /// The contract's model is another one.
    #[error(
        "the model on the chain has the model digest {found}, and {expected} was expected: it has other weights, or its proofs \
         are checked with another circuit. Do not pay for it"
    )]
    OtherModel {
        /// The digest that was expected.
        expected: Digest,
        /// The digest on the chain.
        found: Digest,
    },
    /// The key file is not of the contract's model.
    #[error("the key file is not of the model with the model digest {0}: get the model's own key file")]
    OtherKey(Digest),
    /// The offering's terms are others.
    #[error("the offering's terms have the digest {found}, and {expected} was expected: read them before you pay")]
    OtherTerms {
        /// The digest that was expected.
        expected: Digest,
        /// The digest of the terms on the chain.
        found: Digest,
    },
    /// No proof of the model can settle.
    #[error("{0}. Nothing was sent")]
    NeverSettles(Excess),
    /// The predecessor is somebody else's.
    #[error(
        "{registrant} registered the predecessor {predecessor}, and only this account may name a successor: use its key, or leave \
         --predecessor out. Nothing was sent"
    )]
    ForeignPredecessor {
        /// The predecessor.
        predecessor: B256,
        /// Who registered it.
        registrant: Address,
    },
    /// There is no answer to make a token of.
    #[error("the request {request} is {state}: only an answer that the market has settled can be minted")]
    NotAnswered {
        /// The request.
        request: B256,
        /// How far it is.
        state: &'static str,
    },
    /// Somebody was asked whether to pay, and said no.
    #[error("nothing was sent, since you did not agree")]
    Declined,
    /// Nobody can be asked at the terminal.
    #[error("the terminal can't be used for a question: {0}. Nothing was sent")]
    Terminal(io::Error),
    /// The chain has not done what it should.
    #[error("{0}: check the addresses, and whether the node is to be trusted")]
    Unanswered(&'static str),
    /// A settlement's transaction is not what its event says.
    #[error("{0}: check the addresses, and whether the node is to be trusted")]
    Sent(#[from] SentError),
    /// A settlement's proof is none.
    #[error("the settlement's proof does not hold: {0}. The market is a forgery, or the node is")]
    Unproved(ReplayError),
    /// The operating system gives no thread, or no signal.
    #[error("the program can't wait for the network: {0}")]
    Runtime(io::Error),
    /// There is no folder to work in.
    #[error("the demo needs a folder of its own, and gets none: {0}")]
    Folder(io::Error),
    /// The demo did not go as it should.
    #[error("the demo failed: {0}")]
    Demo(&'static str),
}

impl From<DeriveError> for CliError {
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
