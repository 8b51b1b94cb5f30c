//! The work that a transaction can do next.

use super::{Job, JobId, verdict::Terms};
use hallmark_chain::node::contracts::market::IInferenceMarket::Fulfilment;

/// A job that is ready, with the contract's arguments.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: JobId,
    pub(super) job: Job,
    /// The payee's earnings, in wei.
    pub(super) earns: u128,
    pub(super) fulfilment: Fulfilment,
}

/// Jobs that go together.
pub(super) type Batch = Vec<Item>;

/// The work that can be done next.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) batch: Batch,
    /// The gas of the batch's callbacks, all in all.
    pub(super) callback_gas: u64,
    /// The first of the requests that have to be locked before, if it comes before all of the batch.
    pub(super) lock: Option<Wanted>,
}

/// A request that is to be locked.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) id: JobId,
    pub(super) job: Job,
    pub(super) terms: Terms,
}
