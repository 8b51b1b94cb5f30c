//! The submitter: one transaction at a time, until it is in a block.
//!
//! The next transaction takes the first nonce that no block has. So there are no gaps. If two transactions were sent for the
//! same work, at most one is mined.

use std::{sync::Arc, time::Instant};

use alloy::primitives::B256;
use tracing::{info, warn};

use super::{
    JobStore, OperatorError, Submission,
    checks::Checks,
    operator::Operator,
    ready::{Batch, Ready},
    verdict::Verdict,
};
use hallmark_chain::node::{Head, Intent, NodeError, Price, Signed};

/// Settles what is proved.
#[derive(Debug)]
pub(super) struct Submitter<S> {
    pub(super) operator: Arc<Operator<S>>,
    /// The answers that this process has checked.
    pub(super) checks: Checks,
    /// When the transaction under way was sent by this process.
    sent_at: Option<Instant>,
}

/// Whether the earnings of a transaction cover its gas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budget {
    /// It can, and was sent.
    Enough,
    /// It can't as gas costs now, and was not sent.
    TooSmall,
}

impl<S: JobStore> Submitter<S> {
    pub(super) fn new(operator: Arc<Operator<S>>) -> Self {
        Self { operator, checks: Checks::default(), sent_at: None }
    }

    /// Follows the transaction under way, or begins one.
    pub(super) async fn round(&mut self, head: &Head) -> Result<(), OperatorError> {
        let result = match self.operator.store.submission().await? {
            Some(submission) => self.follow(submission, head).await,
            None => self.begin(head).await,
        };
        match result {
            Err(OperatorError::Node(error @ NodeError::TooDear { .. })) => {
                warn!(%error, "waiting for gas to become cheaper");
                Ok(())
            }
            other => other,
        }
    }

    async fn begin(&mut self, head: &Head) -> Result<(), OperatorError> {
        let Ready { mut batch, callback_gas, lock } = self.ready(head).await?;
        if let Some(wanted) = lock
            && self.lock(wanted, head).await?
        {
            return Ok(());
        }
        let Some(gas) = self.fit(&mut batch, callback_gas).await? else { return Ok(()) };
        let intent = self.settling(&batch);
        let earns = batch.iter().fold(0_u128, |sum, item| sum.saturating_add(item.earns));
        let requests: Vec<_> = batch.iter().map(|item| item.id).collect();
        let budget = self.operator.options.policy.budget(earns);
        let submission = Submission { requests: requests.clone(), bond: None, gas, sent: Vec::new(), budget };
        if self.start(submission, &intent, head).await? == Budget::TooSmall {
            info!(requests = requests.len(), "answers do not pay at the present gas price: they wait");
            self.operator.store.hold(&requests, self.operator.options.recheck).await?;
        }
        Ok(())
    }

    /// Signs a transaction and hands it over, unless it would cost more than it earns.
    pub(super) async fn start(
        &mut self,
        mut submission: Submission,
        intent: &Intent,
        head: &Head,
    ) -> Result<Budget, OperatorError> {
        let Operator { account, store, metrics, .. } = &*self.operator;
        let Some(price) = affordable(account.price(head).await?, &submission, head) else {
            return Ok(Budget::TooSmall);
        };
        let nonce = account.node.nonce(account.address()).await?;
        submission.sent.push(account.sign(intent, nonce, submission.gas, price)?);
        // Known to the store before it is known to anyone else.
        store.submit(None, &submission).await?;
        metrics.transactions.inc();
        self.hand_over(&submission).await?;
        Ok(Budget::Enough)
    }

    async fn follow(&mut self, submission: Submission, head: &Head) -> Result<(), OperatorError> {
        let Operator { account, options, .. } = &*self.operator;
        let Some(last) = submission.sent.last() else { return self.land(&submission, head).await };
        if account.node.nonce(account.address()).await? > last.nonce {
            return self.land(&submission, head).await;
        }
        match self.sent_at {
            // After a restart it is not known whether it was sent at all.
            None => self.hand_over(&submission).await,
            Some(sent_at) if sent_at.elapsed() < options.patience => Ok(()),
            Some(_) => self.replace(submission, head).await,
        }
    }

    /// Offers more for gas, if that is allowed and pays, and reminds the node otherwise.
    async fn replace(&mut self, submission: Submission, head: &Head) -> Result<(), OperatorError> {
        let Operator { account, store, metrics, .. } = &*self.operator;
        let fresh = account.price(head).await?;
        let (Some(last), Some(intent)) = (submission.sent.last(), self.intent(&submission).await?) else {
            return self.hand_over(&submission).await;
        };
        let bumped = account.fees.bump(last.offer(), fresh);
        let Some(price) = bumped.filter(|price| within(&submission, price.max)) else {
            return self.hand_over(&submission).await;
        };
        let mut next = submission.clone();
        next.sent.push(account.sign(&intent, last.nonce, submission.gas, price)?);
        store.submit(Some(&submission), &next).await?;
        metrics.replacements.inc();
        self.hand_over(&next).await
    }

    async fn hand_over(&mut self, submission: &Submission) -> Result<(), OperatorError> {
        let Some(signed) = submission.sent.last() else { return Ok(()) };
        let Signed { nonce, price, hash, .. } = signed;
        let taken = self.operator.account.broadcast(signed).await?;
        info!(transaction = %B256::from(*hash), nonce, max_fee = price.0, requests = submission.requests.len(), taken, "sent");
        // What is not taken has another in its place: more is offered at once, or that one is in a block.
        let now = Instant::now();
        self.sent_at = if taken { Some(now) } else { now.checked_sub(self.operator.options.patience) };
        Ok(())
    }

    /// A transaction with this nonce is in a block. The service asks each request for the outcome.
    async fn land(&mut self, submission: &Submission, head: &Head) -> Result<(), OperatorError> {
        let Operator { account, store, .. } = &*self.operator;
        let mut failed = false;
        for signed in &submission.sent {
            failed |= matches!(account.receipt("fulfilMany", signed).await, Err(NodeError::Failed { .. }));
        }
        store.land(submission, failed).await?;
        self.sent_at = None;
        let mut late = Vec::new();
        for id in &submission.requests {
            let Some(job) = store.job(*id).await?.filter(|job| !job.is_done) else { continue };
            match self.operator.ask(*id, &job, head).await? {
                Verdict::Closed => drop(self.operator.close(*id, &job, head).await?),
                Verdict::Over => late.push((*id, job)),
                Verdict::Open(_) | Verdict::Lockable(_) | Verdict::Waiting => {}
            }
        }
        self.operator.expire(&late).await
    }

    /// The call of the transaction under way. Returns `None` if the store lacks some of its data.
    async fn intent(&self, submission: &Submission) -> Result<Option<Intent>, OperatorError> {
        if let (Some(bond), [id]) = (submission.bond, submission.requests.as_slice()) {
            return Ok(Some(self.locking(*id, bond)));
        }
        let mut batch: Batch = Vec::new();
        for id in &submission.requests {
            let Some(job) = self.operator.store.job(*id).await? else { return Ok(None) };
            let Some(item) = self.item(*id, job, 0).await? else { return Ok(None) };
            batch.push(item);
        }
        Ok(Some(self.settling(&batch)))
    }
}

/// The price to offer, cut to what the transaction earns. Returns `None` if gas costs more than that now.
fn affordable(price: Price, submission: &Submission, head: &Head) -> Option<Price> {
    let Some(budget) = submission.budget else { return Some(price) };
    let max = price.max.min(budget / u128::from(submission.gas.max(1)));
    (max >= u128::from(head.base_fee).saturating_add(price.tip)).then_some(Price { max, tip: price.tip })
}

/// Whether a transaction at this price costs no more than it earns.
fn within(submission: &Submission, max: u128) -> bool {
    submission.budget.is_none_or(|budget| max.saturating_mul(submission.gas.into()) <= budget)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission(budget: Option<u128>) -> Submission {
        Submission { requests: Vec::new(), gas: 10, sent: Vec::new(), bond: None, budget }
    }

    #[test]
    fn no_transaction_offers_more_than_it_earns() {
        let head = Head { number: 1, hash: B256::ZERO, timestamp: 1, base_fee: 20 };
        let price = Price { max: 42, tip: 2 };
        let offer = |budget| affordable(price, &submission(budget), &head).map(|price| (price.max, price.tip));
        assert_eq!(offer(None), Some((42, 2)));
        assert_eq!(offer(Some(1_000)), Some((42, 2)));
        assert_eq!(offer(Some(300)), Some((30, 2)));
        assert_eq!(offer(Some(220)), Some((22, 2)));
        assert_eq!(offer(Some(219)), None);
        assert!(within(&submission(None), u128::MAX) && within(&submission(Some(420)), 42));
        assert!(!within(&submission(Some(419)), 42));
    }
}
