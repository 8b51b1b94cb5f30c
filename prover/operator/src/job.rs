//! A job: a request to one of the operator's models, with its state.
//!
//! ```text
//! AwaitingInput -> Waiting -> Ready -> Leased -> Proved -> Submitted -> Settled | Lost -> done
//!                     ^         |        |         |           |             |
//!                     +---------+--------+         +<----------+      (block dropped)
//! ```
//!
//! A job that fails too often becomes a dead letter, which a person may requeue. A refused or late job is done.

use serde::{Deserialize, Serialize};

use super::MAX_ATTEMPTS;

/// The identifier of a request, which its job has too.
pub type JobId = [u8; 32];

/// Seconds of the deadline that a doubling of the fee makes up for when jobs are ordered.
///
/// A request that pays a thousand times as much as another goes first if its deadline is less than 100 minutes later.
const SECONDS_PER_DOUBLING: u64 = 600;

/// How often a job may fail to be proved in batches. A service that was killed counts too, so one failure says little.
const MAX_BATCHED_ATTEMPTS: u32 = MAX_ATTEMPTS / 2;

/// The place of a request on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The number of the block.
    pub block: u64,
    /// The index of the event in it.
    pub index: u64,
}

/// A block that a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its hash, which changes when the chain is reorganized.
    pub hash: [u8; 32],
}

/// A request to one of the operator's models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The place of the request on the chain.
    pub place: Place,
    /// The model.
    pub model: [u8; 32],
    /// The context of the proof.
    pub context: [u8; 32],
    /// The last second in which the request can be settled.
    pub deadline: u64,
    /// The fee in wei, before the holders' share.
    pub fee: u128,
    /// Whether only a proof of its own answers it.
    pub goes_alone: bool,
    /// How often a worker failed to prove it.
    pub attempts: u32,
    /// How often a transaction with its proof failed in a block.
    pub failures: u32,
    /// Until when it is left alone, in the store's milliseconds; 0 if it is not.
    pub held_until: u64,
    /// How far it is.
    pub state: State,
    /// Whether the job is done. Nothing changes it any more.
    pub is_done: bool,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Its input is not there yet. The input has this hash.
    AwaitingInput([u8; 32]),
    /// Its input is there. The watcher has still to ask whether it can be paid.
    Waiting,
    /// A worker may take it.
    Ready,
    /// A worker has it, under the lease with this token.
    Leased(u64),
    /// A worker has delivered its answer, which is checked before it is used.
    Proved,
    /// Its answer is in the transaction under way.
    Submitted,
    /// A block says that it is settled and paid to us. The block may yet be dropped, unless the job is done.
    Settled(Block),
    /// A block says that it is settled and paid to somebody else.
    Lost(Block),
    /// Too little time is left before its deadline, or none.
    Expired,
    /// It is not answered, for this reason.
    Refused(String),
    /// It failed too often, or the contract refuses its answer: a person has to look at it.
    Dead(String),
}

impl Job {
    /// Whether a batch may have it. A job that could not be proved in several batches goes alone.
    #[must_use]
    pub const fn may_be_batched(&self) -> bool {
        !self.goes_alone && self.attempts < MAX_BATCHED_ATTEMPTS && self.failures == 0
    }

    /// The order in which jobs are proved and settled: the smallest first.
    ///
    /// `deadline - 600 s * log2(fee)`. The figure of a job never changes, so that no job is overtaken for ever: those that come
    /// later have later deadlines.
    #[must_use]
    pub fn urgency(&self) -> u64 {
        let doublings = u64::from(self.fee.checked_ilog2().unwrap_or(0));
        self.deadline.saturating_sub(SECONDS_PER_DOUBLING * doublings)
    }
}

impl State {
    /// The block that a verdict rests on.
    #[must_use]
    pub const fn verdict(&self) -> Option<Block> {
        match self {
            Self::Settled(block) | Self::Lost(block) => Some(*block),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Job, MAX_BATCHED_ATTEMPTS, Place, State};

    fn job(deadline: u64, fee: u128) -> Job {
        let place = Place { block: 0, index: 0 };
        let [model, context] = [[0; 32]; 2];
        let state = State::Waiting;
        let (attempts, failures, held_until, goes_alone, is_done) = (0, 0, 0, false, false);
        Job { place, model, context, deadline, fee, goes_alone, attempts, failures, held_until, state, is_done }
    }

    fn urgency(deadline: u64, fee: u128) -> u64 {
        job(deadline, fee).urgency()
    }

    #[test]
    fn what_fails_in_batches_goes_alone() {
        let job = job(1, 1);
        assert!(job.may_be_batched() && Job { attempts: MAX_BATCHED_ATTEMPTS - 1, ..job.clone() }.may_be_batched());
        let alone = [
            Job { attempts: MAX_BATCHED_ATTEMPTS, ..job.clone() },
            Job { failures: 1, ..job.clone() },
            Job { goes_alone: true, ..job },
        ];
        assert!(alone.iter().all(|job| !job.may_be_batched()));
    }

    #[test]
    fn earlier_deadlines_and_higher_fees_go_first() {
        assert!(urgency(100_000, 8) < urgency(100_001, 8));
        assert!(urgency(100_000, 16) < urgency(100_000, 8));
        assert!(urgency(100_599, 16) < urgency(100_000, 8) && urgency(100_601, 16) > urgency(100_000, 8));
        // No fee, no time, and the most of both.
        assert_eq!((urgency(0, 0), urgency(0, u128::MAX), urgency(u64::MAX, 0)), (0, 0, u64::MAX));
    }
}
