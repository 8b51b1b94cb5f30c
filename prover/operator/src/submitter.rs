//! The submitter: one transaction at a time, until it is in a block.
//!
//! The next transaction takes the first nonce that no block has. So there are no gaps. If two transactions were sent for the
//! same work, at most one is mined.

use std::{sync::Arc, time::Instant};

use alloy::primitives::B256;
use tracing::{info, warn};

use super::{
    Act, JobStore, OperatorError, Submission,
    checks::Checks,
    operator::Operator,
    ready::{Ready, Singles},
    verdict::Verdict,
};
use hallmark_chain::{
    node::{Head, Intent, Mined, NodeError, Price, Signed},
    settled::Settlement,
};

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
    /// It can, and the node refused the transaction.
    Refused,
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
        let Ready { mut singles, callback_gas, lock, shipment } = self.ready(head).await?;
        if let Some(wanted) = lock
            && self.lock(wanted, head).await?
        {
            return Ok(());
        }
        if let Some(shipment) = shipment {
            return self.ship(shipment, head).await;
        }
        let Some(gas) = self.fit(&mut singles, callback_gas).await? else { return Ok(()) };
        let intent = self.settling(&singles);
        let earns = singles.iter().fold(0_u128, |sum, item| sum.saturating_add(item.earns));
        let requests: Vec<_> = singles.iter().map(|item| item.id).collect();
        let budget = self.operator.options.policy.budget(earns);
        let submission = Submission { act: Act::Answers, requests: requests.clone(), gas, sent: Vec::new(), budget };
        match self.start(submission, &intent, head).await? {
            Budget::Enough => {
                self.operator.metrics.singles.inc_by(requests.len() as u64);
            }
            Budget::Refused => {}
            Budget::TooSmall => {
                info!(requests = requests.len(), "answers do not pay at the present gas price: they wait");
                self.operator.store.hold(&requests, self.operator.options.recheck).await?;
            }
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
        Ok(if self.hand_over(&submission).await? { Budget::Enough } else { Budget::Refused })
    }

    async fn follow(&mut self, submission: Submission, head: &Head) -> Result<(), OperatorError> {
        let Operator { account, options, .. } = &*self.operator;
        let Some(last) = submission.sent.last() else { return self.land(&submission, head).await };
        if account.node.nonce(account.address()).await? > last.nonce {
            return self.land(&submission, head).await;
        }
        let handed = match self.sent_at {
            // After a restart it is not known whether it was sent at all.
            None => self.hand_over(&submission).await,
            Some(sent_at) if sent_at.elapsed() < options.patience => return Ok(()),
            Some(_) => self.replace(submission, head).await,
        };
        handed.map(drop)
    }

    /// Offers more for gas, if that is allowed and pays, and reminds the node otherwise. Returns what [`Self::hand_over`] does.
    async fn replace(&mut self, submission: Submission, head: &Head) -> Result<bool, OperatorError> {
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

    /// Hands the last transaction to the node. Returns `false` if the node refuses it, and the submission was given up.
    async fn hand_over(&mut self, submission: &Submission) -> Result<bool, OperatorError> {
        let Some(signed) = submission.sent.last() else { return Ok(true) };
        let Signed { nonce, price, hash, .. } = signed;
        let taken = match self.operator.account.broadcast(signed).await {
            Ok(taken) => taken,
            Err(error @ NodeError::Refused { .. }) => return self.refused(submission, &error).await,
            Err(error) => return Err(error.into()),
        };
        info!(transaction = %B256::from(*hash), nonce, max_fee = price.0, requests = submission.requests.len(), taken, "sent");
        // What is not taken has another in its place: more is offered at once, or that one is in a block.
        let now = Instant::now();
        self.sent_at = if taken { Some(now) } else { now.checked_sub(self.operator.options.patience) };
        Ok(true)
    }

    /// The node refuses a transaction, so that it is in no block. Its requests wait, and others get their turn. Where earlier ones
    /// were sent for the same requests, one of those may still be mined.
    async fn refused(&mut self, submission: &Submission, error: &NodeError) -> Result<bool, OperatorError> {
        let Operator { store, options, .. } = &*self.operator;
        let requests = submission.requests.len();
        if submission.sent.len() > 1 {
            warn!(requests, %error, "a replacement is refused: waiting for the transaction before it");
            self.sent_at = Some(Instant::now());
            return Ok(true);
        }
        warn!(requests, %error, "a transaction is refused: its requests wait");
        self.sent_at = None;
        store.land(submission, false).await?;
        store.hold(&submission.requests, options.recheck).await?;
        Ok(false)
    }

    /// A transaction with this nonce is in a block. Its events tell which requests it settled. The service asks about the others.
    async fn land(&mut self, submission: &Submission, head: &Head) -> Result<(), OperatorError> {
        let Operator { account, store, .. } = &*self.operator;
        let (mut failed, mut mined) = (false, None);
        for signed in &submission.sent {
            match account.receipt("the settlement", signed).await {
                Ok(found) => mined = mined.or(found),
                Err(NodeError::Failed { .. }) => failed = true,
                // The requests are asked about in any case.
                Err(_) => {}
            }
        }
        if failed && self.earns_too_little(submission, head).await? {
            info!("a batch was ended before the check of its proof, since others had answered some of its requests");
            failed = false;
        }
        store.land(submission, failed).await?;
        self.sent_at = None;
        if let Some(mined) = mined {
            self.tell(submission, &mined).await?;
        }
        let mut late = Vec::new();
        for id in &submission.requests {
            let Some(job) = self.operator.proved(*id).await? else { continue };
            match self.operator.ask(*id, &job, head).await? {
                Verdict::Closed => drop(self.operator.close(*id, &job, head).await?),
                Verdict::Over => late.push((*id, job)),
                Verdict::Open(_) | Verdict::Lockable(_) | Verdict::Waiting => {}
            }
        }
        self.operator.expire(&late).await
    }

    /// Records what a transaction has settled, and tells what an answer took.
    async fn tell(&self, submission: &Submission, mined: &Mined) -> Result<(), OperatorError> {
        let Operator { store, metrics, market, payee, .. } = &*self.operator;
        let mut settled = 0_u64;
        for log in mined.logs.iter().filter(|log| log.address() == *market) {
            let Some(settlement) = Settlement::of(log).filter(|settlement| settlement.payee == *payee) else {
                continue;
            };
            settled += 1;
            if store.job(settlement.request.0).await?.is_some_and(|job| !job.is_done) {
                self.operator.conclude(&settlement).await?;
            }
        }
        if settled == 0 {
            return Ok(());
        }
        let (is_batch, gas) = (matches!(submission.act, Act::Batch { .. }), mined.gas);
        let skipped = (submission.requests.len() as u64).saturating_sub(settled);
        metrics.settled_with(settled, skipped, gas);
        info!(
            transaction = %mined.hash, block = mined.block, is_batch, answers = settled, skipped, gas, gas_per_answer = gas / settled,
            "a transaction settled answers"
        );
        Ok(())
    }

    /// The call of the transaction under way. Returns `None` if the store lacks some of its data.
    async fn intent(&self, submission: &Submission) -> Result<Option<Intent>, OperatorError> {
        match (submission.act, submission.requests.as_slice()) {
            (Act::Lock { bond }, [id]) => return Ok(Some(self.locking(*id, bond))),
            (Act::Lock { .. }, _) => return Ok(None),
            (Act::Batch { least_earned }, requests) => return self.shipping_of(requests, least_earned).await,
            (Act::Answers, _) => {}
        }
        let mut singles: Singles = Vec::new();
        for id in &submission.requests {
            let Some(job) = self.operator.store.job(*id).await? else { return Ok(None) };
            let Some(item) = self.item(*id, job, 0).await? else { return Ok(None) };
            singles.push(item);
        }
        Ok(Some(self.settling(&singles)))
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
        Submission { act: Act::Answers, requests: Vec::new(), gas: 10, sent: Vec::new(), budget }
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
