//! What the chain says of jobs, and of those that it said something else of before.

use std::collections::HashMap;

use alloy::{
    primitives::{Address, B256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use tracing::{info, warn};

use super::{
    Block, Job, OperatorError, Service, State,
    order::{FULFILLED, OPEN, REFUNDED},
};
use crate::node::{
    Head,
    contracts::market::InferenceMarket::{Fulfilled, requestOfCall},
};

/// What the chain says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It can be settled.
    Open,
    /// It can't be settled now: the block that it was in is gone, or somebody has locked it.
    Waiting,
    /// It was settled.
    Closed,
    /// It was refunded.
    Refunded,
}

impl Service {
    /// Jobs whose verdict is deep enough are done; those whose block was dropped begin where they were before.
    pub(super) async fn review(&self, head: &Head) -> Result<(), OperatorError> {
        let mut hashes = HashMap::new();
        for (id, job) in self.journal.queue()? {
            let Some(block) = job.state.verdict() else { continue };
            let hash = match hashes.get(&block.number) {
                Some(hash) => *hash,
                None => self.account.node.block_hash(block.number).await?,
            };
            hashes.insert(block.number, hash);
            if hash != Some(B256::from(block.hash)) {
                self.metrics.reorganized.inc();
                warn!(request = %B256::from(id), block = block.number, "the chain was reorganized: the request is looked at again");
                self.reopen(id, &job)?;
            } else if block.number.saturating_add(self.options.margin) <= head.number {
                self.journal.finish(id, &job)?;
            }
        }
        Ok(())
    }

    /// What the chain says of a request now. What follows for its job is recorded, unless it is open.
    pub(super) async fn judge(&self, id: [u8; 32], job: &Job, head: &Head) -> Result<Verdict, OperatorError> {
        let verdict = self.ask(id, job, head).await?;
        match verdict {
            Verdict::Closed => self.close(id, job, head).await?,
            Verdict::Refunded => self.expire(id, job)?,
            Verdict::Open if head.timestamp > job.deadline => {
                self.expire(id, job)?;
                return Ok(Verdict::Refunded);
            }
            Verdict::Open | Verdict::Waiting => {}
        }
        Ok(verdict)
    }

    async fn ask(&self, id: [u8; 32], job: &Job, head: &Head) -> Result<Verdict, OperatorError> {
        let request = self.account.node.view(self.market, &requestOfCall { requestId: id.into() }).await?;
        let ours = [Address::ZERO, self.account.address()].contains(&request.lockedBy);
        Ok(match request.state {
            OPEN if ours || request.lockedUntil < head.timestamp => Verdict::Open,
            OPEN => Verdict::Waiting,
            FULFILLED => Verdict::Closed,
            REFUNDED => Verdict::Refunded,
            _ => absent(job, head),
        })
    }

    /// Finds out whom a request was paid to.
    async fn close(&self, id: [u8; 32], job: &Job, head: &Head) -> Result<(), OperatorError> {
        let request = B256::from(id);
        let filter = Filter::new().address(self.market).event_signature(Fulfilled::SIGNATURE_HASH).topic1(request);
        let mut from = job.place.block.min(head.number);
        while from <= head.number {
            let (logs, to) = self.account.node.logs(&filter, from..=head.number).await?;
            from = to + 1;
            let Some(log) = logs.last() else { continue };
            let (Ok(event), Some(number), Some(hash)) =
                (Fulfilled::decode_log(&log.inner), log.block_number, log.block_hash)
            else {
                continue;
            };
            let block = Block { number, hash: hash.0 };
            let ours = event.payee == self.payee && event.requestId == request;
            let state = if ours { State::Settled(block) } else { State::Lost(block) };
            let counter = if ours { &self.metrics.settled } else { &self.metrics.lost };
            counter.inc();
            info!(%request, block = number, paid_to = %event.payee, "settled");
            self.journal.update(id, &Job { state, ..job.clone() })?;
            return Ok(());
        }
        warn!(%request, "the node says that the request is settled, and shows no event of it");
        Ok(())
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
    if head.timestamp > job.deadline { Verdict::Refunded } else { Verdict::Waiting }
}
