//! Why a command fails.

use std::{io, path::PathBuf};

use alloy::primitives::{Address, B256};
use hallmark_circuits::{error::KeyError, model::ModelError};
use thiserror::Error;

use super::{Digest, gas_cap::Excess, settings::SettingsFault};
use hallmark_chain::chain::{self, ChainError};
use hallmark_chain::node::{NodeError, WalletError, deployment::DeploymentError, genuine::GenuineError};
use hallmark_chain::settled::{ReplayError, SentError};
use hallmark_local::LocalError;
use hallmark_operator::OperatorError;
use hallmark_proving::artifact::ArtifactError;
use hallmark_proving::file::FileError;
use hallmark_proving::npy::NpyError;
use hallmark_proving::proving::ProveError;
use hallmark_proving::settlement::{DeriveError, SettlementError};
use hallmark_proving::srs::SrsError;
use hallmark_reports::audit::AuditError;
use hallmark_reports::bench::BenchError;

/// Why a command fails.
#[derive(Debug, Error)]
pub enum CliError {
    /// Work on this machine fails.
    #[error(transparent)]
    Local(Box<LocalError>),
    /// A file of settings has something else in it.
    #[error("{}: {fault}", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        fault: SettingsFault,
    },
    /// The embedded chain fails.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The contract refuses an honest proof.
    #[error("the contract refuses an honest proof: {0}")]
    Contract(chain::Refusal),
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

impl CliError {
    /// The arguments do not make sense together.
    pub(super) fn usage(text: String) -> Self {
        LocalError::Usage(text).into()
    }

    /// A model was compiled but not committed to.
    pub(super) fn uncommitted(path: PathBuf) -> Self {
        LocalError::Uncommitted { path }.into()
    }
}

impl From<LocalError> for CliError {
    fn from(error: LocalError) -> Self {
        Self::Local(Box::new(error))
    }
}

/// Commands do such work too.
macro_rules! from_local {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for CliError {
            fn from(error: $error) -> Self {
                LocalError::from(error).into()
            }
        })+
    };
}

from_local!(
    ArtifactError,
    DeriveError,
    FileError,
    KeyError,
    ModelError,
    NpyError,
    ProveError,
    SettlementError,
    SrsError
);
