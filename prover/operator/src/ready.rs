//! The work that a transaction can do next.

use super::{Job, JobId, policy::Worth, verdict::Terms};
use hallmark_chain::node::contracts::market::IInferenceMarket::{Batch, Fulfilment};

/// A job that is ready, with the contract's arguments.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) id: JobId,
    pub(super) job: Job,
    /// The payee's earnings, in wei.
    pub(super) earns: u128,
    pub(super) fulfilment: Fulfilment,
}

/// Answers with proofs of their own that go together.
pub(super) type Singles = Vec<Item>;

/// The work that can be done next.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) singles: Singles,
    /// The gas of their callbacks, all in all.
    pub(super) callback_gas: u64,
    /// The first of the requests that have to be locked before, if it comes before all of the answers.
    pub(super) lock: Option<Wanted>,
    /// A batch, if it comes before all answers with proofs of their own.
    pub(super) shipment: Option<Shipment>,
}

/// A batch that was checked, with its requests that can be settled now.
#[derive(Clone, Debug)]
pub(super) struct Shipment {
    /// The contract's arguments. They have all requests that the proof is about.
    pub(super) batch: Batch,
    /// What the check of its proof costs, in wei. It is not worth that if it earns less.
    pub(super) least_earned: u128,
    pub(super) live: Live,
}

/// The requests of a batch that can be settled.
#[derive(Clone, Debug, Default)]
pub(super) struct Live {
    /// Those that the transaction is to settle.
    pub(super) ids: Vec<JobId>,
    /// What those among them with enough time earn the payee, in wei.
    pub(super) earns: u128,
    /// How many of them have enough time.
    pub(super) timely: usize,
    /// Those among them that pay for a proof of their own.
    pub(super) paying: Vec<JobId>,
}

impl Live {
    pub(super) fn add(&mut self, id: JobId, earns: u128, worth: Worth) {
        self.ids.push(id);
        if worth != Worth::TooLate {
            self.earns = self.earns.saturating_add(earns);
            self.timely += 1;
        }
        if worth == Worth::Pays {
            self.paying.push(id);
        }
    }

    /// Those that do not pay for a proof of their own.
    pub(super) fn others(&self) -> Vec<JobId> {
        self.ids.iter().copied().filter(|id| !self.paying.contains(id)).collect()
    }
}

/// A request that is to be locked.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) id: JobId,
    pub(super) job: Job,
    pub(super) terms: Terms,
}
