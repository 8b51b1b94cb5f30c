//! What the chain says of requests, also of those whose verdict has changed.

use alloy::primitives::B256;
use tracing::warn;

use super::{
    Job, JobId, JobStore, OperatorError,
    operator::Operator,
    order::{FULFILLED, OPEN, REFUNDED},
    policy::is_worth_locking,
    verdict::{Terms, Verdict},
};
use hallmark_chain::node::{Head, contracts::market::InferenceMarket::requestOfCall};

impl<S: JobStore> Operator<S> {
    /// Ends jobs whose verdict is deep enough, and takes those up again whose block was dropped.
    pub(super) async fn review(&self, head: &Head) -> Result<(), OperatorError> {
        for block in self.store.verdict_blocks().await? {
            let hash = self.account.node.block_hash(block.number).await?;
            if hash != Some(B256::from(block.hash)) {
                let jobs = self.store.reopen(block).await?;
                self.metrics.reorganized.inc_by(jobs as u64);
                warn!(block = block.number, jobs, "the chain was reorganized: checking its requests again");
            } else if block.number.saturating_add(self.options.confirmations) <= head.number {
                self.store.confirm(block).await?;
            }
        }
        Ok(())
    }

    /// The chain's present verdict on a request.
    pub(super) async fn ask(&self, id: JobId, job: &Job, head: &Head) -> Result<Verdict, OperatorError> {
        let request = self.account.node.view(self.market, &requestOfCall { requestId: id.into() }).await?;
        let is_locked = head.timestamp <= request.lockedUntil;
        // The contract asks who is paid, not who sends.
        let is_held = is_locked && request.lockedBy == self.payee;
        let terms = Terms { callback_gas: request.callbackGas, bond: request.bond, is_held };
        Ok(match request.state {
            OPEN if head.timestamp > job.deadline => Verdict::Over,
            OPEN if is_locked && !is_held => Verdict::Waiting,
            OPEN if request.bond > 0 && !is_held => self.lockable(job, terms, head),
            OPEN => Verdict::Open(terms),
            FULFILLED => Verdict::Closed,
            REFUNDED => Verdict::Over,
            _ => absent(job, head),
        })
    }

    /// If a request offers locks, the service shows no answer without one.
    fn lockable(&self, job: &Job, terms: Terms, head: &Head) -> Verdict {
        let is_wanted = self.options.max_bond.is_some_and(|most| terms.bond <= most) && is_worth_locking(job, head);
        if is_wanted { Verdict::Lockable(terms) } else { Verdict::Waiting }
    }
}

/// A request that the chain does not know may come back, until its time is over.
fn absent(job: &Job, head: &Head) -> Verdict {
    if head.timestamp > job.deadline { Verdict::Over } else { Verdict::Waiting }
}
