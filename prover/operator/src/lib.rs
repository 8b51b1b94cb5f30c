//! The operator's service: requests come from the chain, proofs go there, and what was begun is not forgotten.
//!
//! | file | idea |
//! |---|---|
//! | [`Job`] | a request, and how far it is |
//! | [`Journal`] | all jobs in a file that survives the program |
//! | `record` | what it keeps besides jobs |
//! | [`Served`] | a model with all that answering takes |
//! | `bench` | the thread that proves, one answer after the other |
//! | `order` | what contracts call a model and a request, and what a proof is bound to |
//! | `watch` | new requests, from the chain's events |
//! | `inputs` | inputs that are not on the chain |
//! | `lock` | the exclusive right to answer a request, for a bond |
//! | `submit` | one transaction at a time, until it is in a block |
//! | `review` | what the chain says of jobs, and of those that it said something else of before |
//! | [`Service`] | the loop |
//! | [`Metrics`] | figures for Prometheus |
//!
//! The chain has the truth about a request, and is asked again until a block is deep enough. A reorganization is nothing but
//! another answer. All that the program knows is in the journal, where every step is one transaction: it may stop at any
//! moment.

mod backoff;
mod bench;
mod inputs;
mod job;
mod journal;
mod lock;
mod metrics;
mod order;
mod record;
mod review;
mod scrape;
mod served;
mod service;
mod submit;
mod watch;

use thiserror::Error;

use hallmark_chain::node::NodeError;
use hallmark_proving::proving::ProveError;
use hallmark_proving::settlement::SettlementError;

pub use job::{Block, Job, Place, State};
pub use journal::{Journal, JournalError};
pub use metrics::Metrics;
pub use order::{FULFILLED, OPEN, REFUNDED};
pub use order::{context, model_id, possession_context, request_id};
pub use record::{Answer, Identity, Submission};
pub use scrape::scrape;
pub use served::Served;
pub use service::{Options, Service};

/// Why the service does not run.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The node fails.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The journal fails.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A model can't prove.
    #[error(transparent)]
    Prove(#[from] ProveError),
    /// A model can't settle.
    #[error(transparent)]
    Settlement(#[from] SettlementError),
    /// The registry has another model.
    #[error("the registry has another {what} for the model {model}: the file is of another model, or of another setup")]
    Model {
        /// The model's number in the registry.
        model: alloy::primitives::B256,
        /// What differs.
        what: &'static str,
    },
    /// The thread that proves is gone.
    #[error("the prover stopped: {0}")]
    Bench(String),
    /// The port for metrics is taken.
    #[error("metrics can't be served at {address}: {reason}")]
    Port {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        reason: std::io::Error,
    },
}
