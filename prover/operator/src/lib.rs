//! The operator's service: requests come from the chain, proofs go there, and what was begun is not forgotten.
//!
//! | file | idea |
//! |---|---|
//! | [`Job`] | a request, and how far it is |
//! | [`JobStore`] | all jobs, with leases for who works at them: what every store promises |
//! | [`EmbeddedStore`] | such a store in a file that survives the program |
//! | [`PostgresStore`] | such a store in a database that many processes share |
//! | `record` | what a store keeps besides jobs |
//! | `watcher` | new requests from the chain's events, and which of them workers may take |
//! | `inputs` | inputs that are not on the chain |
//! | `pool`, `division` | requests that wait for a batch, and how they are divided into batches |
//! | [`Worker`] | takes jobs, proves them, delivers answers; has no key to sign with |
//! | `maker` | makes the proofs |
//! | `submitter` | one transaction at a time, until it is in a block |
//! | `singles`, `batch`, `checks`, `lock` | what goes into it: answers that pay and that were checked, or a lock |
//! | `operator` | what watcher and submitter share |
//! | `verdict` | what the chain says of requests, and of those that it said something else of before |
//! | [`Policy`] | whether answering a request pays |
//! | [`Tariff`] | the gas of settlements, alone and in batches, and the batch that is worth it |
//! | `order` | what contracts call a model and a request, and what a proof is bound to |
//! | [`Served`] | a model with all that answering takes |
//! | [`Service`] | watcher, submitter and workers in one process |
//! | [`Metrics`], [`Health`], `endpoint` | figures for Prometheus, and whether the service works |
//!
//! The chain has the truth about a request, and is asked again until a block is deep enough. A reorganization is nothing but
//! another answer. All that the program knows is in the store, where every step is one transaction: it may stop at any moment.
//!
//! The roles meet in the store. Here a watcher records a job, a worker takes it under a lease, and delivers an answer:
//!
//! ```
//! use std::time::Duration;
//! use hallmark_operator::{
//!     Answer, LeaseRequest, EmbeddedStore, Job, JobStore, NewJob, Place, State, Venue, WorkQueue,
//! };
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let venue = Venue { chain: 1, market: [1; 20], payee: [2; 20] };
//! let store = EmbeddedStore::open(&folder.path().join("m.journal"), venue)?;
//!
//! // The watcher: a request from block 7, which can be paid.
//! let (id, model) = ([3; 32], [4; 32]);
//! let job = Job {
//!     place: Place { block: 7, index: 0 },
//!     model,
//!     context: [5; 32],
//!     deadline: 1_900_000_000,
//!     fee: 1_000_000_000,
//!     goes_alone: false,
//!     attempts: 0,
//!     failures: 0,
//!     held_until: 0,
//!     state: State::Waiting,
//!     is_done: false,
//! };
//! store.record(&[NewJob { id, job, input: vec![1, 2, 3, 4] }], 7).await?;
//! store.offer(&[id], &[]).await?;
//!
//! // A worker: nobody else has the job while its lease is in force.
//! let claim = LeaseRequest { worker: "first", models: &[model], most: 1, term: Duration::from_secs(60) };
//! let lease = store.claim(&claim).await?.ok_or("there is a job")?;
//! assert_eq!(store.claim(&claim).await?, None);
//! store.complete(&lease, &[(id, Answer { output: vec![9], proof: vec![] })]).await?;
//!
//! // The submitter: it checks the proof before it uses the answer.
//! assert_eq!(store.proved(10).await?.len(), 1);
//! # Ok(())
//! # }
//! ```
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]

mod backoff;
mod batch;
mod checks;
mod division;
mod endpoint;
mod health;
mod inputs;
mod job;
mod lock;
mod maker;
mod metrics;
mod operator;
mod order;
mod policy;
mod pool;
mod ready;
mod record;
mod review;
mod served;
mod service;
mod singles;
mod store;
mod submitter;
mod tariff;
mod verdict;
mod watcher;
mod worker;

use thiserror::Error;

use hallmark_chain::node::NodeError;
use hallmark_proving::proving::ProveError;
use hallmark_proving::settlement::SettlementError;

pub use endpoint::endpoint;
pub use health::Health;
pub use job::{Block, Job, JobId, Place, State};
pub use metrics::Metrics;
pub use order::{FULFILLED, OPEN, REFUNDED};
pub use order::{context, model_id, possession_context, request_id};
pub use policy::{LeastFee, MARKET_GAS, Policy};
pub use record::{Act, Answer, BatchAnswer, Member, Submission, Venue};
pub use served::{Served, ServedBatch};
pub use service::{Options, Service};
pub use store::{
    Changes, Clock, Depth, EmbeddedStore, Group, JobStore, Lease, LeaseRequest, MAX_ATTEMPTS, NewJob, PostgresStore,
    StoreError, Task, Topic, WorkQueue,
};
pub use tariff::{BatchGas, Choice, Parts, Tariff};
pub use worker::{Worker, WorkerOptions};

/// Why the service does not run.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// The node fails.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
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
    /// The thread that proves is gone, or can't prove.
    #[error("the prover stopped: {0}")]
    Prover(String),
    /// The port for metrics is taken.
    #[error("metrics can't be served at {address}: {reason}")]
    Port {
        /// Where.
        address: std::net::SocketAddr,
        /// Why not.
        reason: std::io::Error,
    },
}

impl OperatorError {
    /// Whether the same may succeed later: a node or a database is away.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Node(_) => true,
            Self::Store(error) => error.is_transient(),
            _ => false,
        }
    }
}
