//! What the chain says of jobs, and of those that it said something else of before.

use std::collections::HashMap;

use alloy::primitives::B256;
use tracing::{info, warn};

use super::{
    Block, Job, OperatorError, Service, State,
    lock::is_worth_locking,
    order::{FULFILLED, OPEN, REFUNDED},
};
use hallmark_chain::node::{Head, contracts::market::InferenceMarket::requestOfCall};
use hallmark_chain::settled::Settlement;

/// What the chain says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It can be settled.
    Open(Terms),
    /// It can be settled once it is locked, for this bond.
    Lockable(u128),
    /// It can't be settled now: the block that it was in is gone, or somebody has locked it.
    Waiting,
    /// It was settled.
    Closed,
    /// Its time is over, or it was refunded by then.
    Over,
}

/// What settling a request takes into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// The gas that its callback is given.
    pub(super) callback_gas: u32,
    /// Whether it is locked by us.
    pub(super) is_held: bool,
}

impl Service {
    /// Jobs whose verdict is deep enough are done; those whose block was dropped begin where they were before.
    pub(super) async fn review(&self, queue: &[([u8; 32], Job)], head: &Head) -> Result<(), OperatorError> {
        let mut hashes = HashMap::new();
        for (id, job) in queue {
            let Some(block) = job.state.verdict() else { continue };
            let hash = match hashes.get(&block.number) {
                Some(hash) => *hash,
                None => self.account.node.block_hash(block.number).await?,
            };
            hashes.insert(block.number, hash);
            if hash != Some(B256::from(block.hash)) {
                self.metrics.reorganized.inc();
                warn!(request = %B256::from(*id), block = block.number, "the chain was reorganized: the request is looked at again");
                self.reopen(*id, job)?;
            } else if block.number.saturating_add(self.options.margin) <= head.number {
                self.journal.finish(*id, job)?;
            }
        }
        Ok(())
    }

    /// What the chain says of a request now. What follows for its job is recorded, unless it is open.
    pub(super) async fn judge(&self, id: [u8; 32], job: &Job, head: &Head) -> Result<Verdict, OperatorError> {
        let verdict = self.ask(id, job, head).await?;
        match verdict {
            Verdict::Closed => self.close(id, job, head).await?,
            Verdict::Over => self.expire(id, job)?,
            Verdict::Open(_) | Verdict::Lockable(_) | Verdict::Waiting => {}
        }
        Ok(verdict)
    }

    async fn ask(&self, id: [u8; 32], job: &Job, head: &Head) -> Result<Verdict, OperatorError> {
        let request = self.account.node.view(self.market, &requestOfCall { requestId: id.into() }).await?;
        let is_locked = head.timestamp <= request.lockedUntil;
        // The contract asks who is paid, not who sends.
        let is_held = is_locked && request.lockedBy == self.payee;
        Ok(match request.state {
            OPEN if head.timestamp > job.deadline => Verdict::Over,
            OPEN if is_locked && !is_held => Verdict::Waiting,
            OPEN if request.bond > 0 && !is_held => self.lockable(job, request.bond, head),
            OPEN => Verdict::Open(Terms { callback_gas: request.callbackGas, is_held }),
            FULFILLED => Verdict::Closed,
            REFUNDED => Verdict::Over,
            _ => absent(job, head),
        })
    }

    /// Where locks are offered, nothing is shown without one.
    fn lockable(&self, job: &Job, bond: u128, head: &Head) -> Verdict {
        let is_wanted = self.options.max_bond.is_some_and(|most| bond <= most) && is_worth_locking(job, head);
        if is_wanted { Verdict::Lockable(bond) } else { Verdict::Waiting }
    }

    /// Finds out whom a request was paid to.
    async fn close(&self, id: [u8; 32], job: &Job, head: &Head) -> Result<(), OperatorError> {
        let request = B256::from(id);
        let range = job.place.block.min(head.number)..=head.number;
        let Some(settlement) = Settlement::find(&self.account.node, self.market, request, range).await? else {
            warn!(%request, "the node says that the request is settled, and shows no event of it");
            return Ok(());
        };
        let Settlement { payee, block, block_hash, .. } = settlement;
        let verdict = Block { number: block, hash: block_hash.0 };
        let (state, counter) = match payee == self.payee {
            true => (State::Settled(verdict), &self.metrics.settled),
            false => (State::Lost(verdict), &self.metrics.lost),
        };
        counter.inc();
        info!(%request, block, paid_to = %payee, "settled");
        Ok(self.journal.update(id, &Job { state, ..job.clone() })?)
    }

    pub(super) fn expire(&self, id: [u8; 32], job: &Job) -> Result<(), OperatorError> {
        self.metrics.expired.inc();
        warn!(request = %B256::from(id), deadline = job.deadline, "the request's time is over");
        Ok(self.journal.finish(id, &Job { state: State::Expired, ..job.clone() })?)
    }

    /// A proof that was made is not made again: its context is the same on every branch of the chain.
    fn reopen(&self, id: [u8; 32], job: &Job) -> Result<(), OperatorError> {
        let state = if self.journal.answer(id)?.is_some() { State::Proved } else { State::Seen };
        Ok(self.journal.update(id, &Job { state, ..job.clone() })?)
    }
}

/// A request that the chain does not know may come back, until its time is over.
fn absent(job: &Job, head: &Head) -> Verdict {
    if head.timestamp > job.deadline { Verdict::Over } else { Verdict::Waiting }
}
