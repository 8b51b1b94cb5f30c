//! One transaction at a time, until it is in a block.
//!
//! The next one takes the first number that no block has. So there are no gaps, and of two transactions that were sent for the
//! same work one is mined at most.

use std::time::Instant;

use alloy::primitives::{B256, U256};
use tracing::{info, warn};

use super::{Job, OperatorError, Service, State, Submission, lock::Wanted, review::Verdict};
use hallmark_chain::chain::MAX_GAS;
use hallmark_chain::node::{
    Head, Intent, NodeError, Signed,
    contracts::market::{
        IInferenceMarket::Fulfilment,
        InferenceMarket::{fulfilCall, fulfilManyCall},
    },
};

/// How often a transaction with a proof may fail in a block before the request is given up.
const MAX_FAILURES: u32 = 3;

/// What a callback takes besides the gas that it is given, as `CappedCall.sol` has it, and more.
const CALLBACK_OVERHEAD: u64 = 10_000;

/// Jobs that are ready, with what the contract is told and the gas for their callbacks.
type Batch = Vec<([u8; 32], Job, Fulfilment)>;

/// What can be done next.
#[derive(Default)]
struct Ready {
    batch: Batch,
    /// The gas of the batch's callbacks, all in all.
    callback_gas: u64,
    /// The first of the requests that have to be locked before, if it comes before all of the batch.
    lock: Option<Wanted>,
}

impl Service {
    /// Follows the transaction under way, or begins one.
    pub(super) async fn submit(&mut self, queue: &[([u8; 32], Job)], head: &Head) -> Result<(), OperatorError> {
        let result = match self.journal.submission()? {
            Some(submission) => self.follow(submission, head).await,
            None => self.begin(queue, head).await,
        };
        match result {
            Err(OperatorError::Node(error @ NodeError::TooDear { .. })) => {
                warn!(%error, "waiting for gas to become cheaper");
                Ok(())
            }
            other => other,
        }
    }

    async fn begin(&mut self, queue: &[([u8; 32], Job)], head: &Head) -> Result<(), OperatorError> {
        let Ready { mut batch, callback_gas, lock } = self.ready(queue, head).await?;
        if let Some(wanted) = lock
            && self.lock(wanted, head).await?
        {
            return Ok(());
        }
        let Some(gas) = self.fit(&mut batch, callback_gas).await? else { return Ok(()) };
        let requests = batch.iter().map(|entry| entry.0).collect();
        let intent = self.settling(&batch);
        let jobs: Vec<_> = batch.into_iter().map(|(id, job, _)| (id, job)).collect();
        self.start(Submission { requests, bond: None, gas, sent: Vec::new() }, &intent, &jobs, head).await
    }

    /// Signs a transaction and hands it over.
    pub(super) async fn start(
        &mut self,
        mut submission: Submission,
        intent: &Intent,
        jobs: &[([u8; 32], Job)],
        head: &Head,
    ) -> Result<(), OperatorError> {
        let price = self.account.price(head).await?;
        let nonce = self.account.node.nonce(self.account.address()).await?;
        submission.sent.push(self.account.sign(intent, nonce, submission.gas, price)?);
        // Known to the journal before it is known to anyone else.
        self.journal.submit(&submission, jobs)?;
        self.metrics.transactions.inc();
        self.hand_over(&submission).await
    }

    async fn follow(&mut self, submission: Submission, head: &Head) -> Result<(), OperatorError> {
        let Some(last) = submission.sent.last() else { return self.land(&submission, head).await };
        if self.account.node.nonce(self.account.address()).await? > last.nonce {
            return self.land(&submission, head).await;
        }
        match self.sent_at {
            // After a restart it is not known whether it was sent at all.
            None => self.hand_over(&submission).await,
            Some(sent_at) if sent_at.elapsed() < self.options.patience => Ok(()),
            Some(_) => self.replace(submission, head).await,
        }
    }

    /// Offers more for gas, if that is allowed, and reminds the node otherwise.
    async fn replace(&mut self, mut submission: Submission, head: &Head) -> Result<(), OperatorError> {
        let jobs = self.jobs(&submission)?;
        let fresh = self.account.price(head).await?;
        let (Some(last), Some(intent)) = (submission.sent.last(), self.intent(&submission, &jobs)?) else {
            return self.hand_over(&submission).await;
        };
        if let Some(price) = self.account.fees.bump(last.offer(), fresh) {
            let signed = self.account.sign(&intent, last.nonce, submission.gas, price)?;
            submission.sent.push(signed);
            self.journal.submit(&submission, &jobs)?;
            self.metrics.replacements.inc();
        }
        self.hand_over(&submission).await
    }

    async fn hand_over(&mut self, submission: &Submission) -> Result<(), OperatorError> {
        let Some(signed) = submission.sent.last() else { return Ok(()) };
        let Signed { nonce, price, hash, .. } = signed;
        let taken = self.account.broadcast(signed).await?;
        info!(transaction = %B256::from(*hash), nonce, max_fee = price.0, requests = submission.requests.len(), taken, "sent");
        // What is not taken has another in its place: more is offered at once, or that one is in a block.
        let now = Instant::now();
        self.sent_at = if taken { Some(now) } else { now.checked_sub(self.options.patience) };
        Ok(())
    }

    /// A transaction with this number is in a block. What it came to is asked of each request.
    async fn land(&mut self, submission: &Submission, head: &Head) -> Result<(), OperatorError> {
        let mut failed = false;
        for signed in &submission.sent {
            failed |= matches!(self.account.receipt("fulfilMany", signed).await, Err(NodeError::Failed { .. }));
        }
        let mut jobs = self.jobs(submission)?;
        jobs.iter_mut().for_each(|(_, job)| job.failures += u32::from(failed));
        self.journal.land(&jobs)?;
        self.sent_at = None;
        for (id, job) in jobs {
            self.judge(id, &Job { state: State::Proved, ..job }, head).await?;
        }
        Ok(())
    }

    /// The proved jobs that can be settled or locked now, in order. A lock that is held does not wait for another.
    async fn ready(&self, queue: &[([u8; 32], Job)], head: &Head) -> Result<Ready, OperatorError> {
        let (mut jobs, mut callback_gas, mut lock, mut holds) = (Vec::new(), 0, None, false);
        for (id, job) in queue.iter().filter(|(_, job)| job.state == State::Proved) {
            // What has failed goes alone: others may have been the reason, or it would be the reason for theirs.
            if jobs.len() == self.options.batch || (job.failures > 0 && !jobs.is_empty()) {
                break;
            }
            match self.judge(*id, job, head).await? {
                Verdict::Open(_) | Verdict::Lockable(_) if job.failures >= MAX_FAILURES => {
                    self.give_up(*id, job, "its transactions failed")?
                }
                Verdict::Open(terms) => {
                    callback_gas += callback(terms.callback_gas);
                    holds |= terms.is_held;
                    jobs.push((*id, job.clone()));
                    if job.failures > 0 {
                        break;
                    }
                }
                Verdict::Lockable(bond) if jobs.is_empty() && lock.is_none() => {
                    lock = Some(Wanted { id: *id, job: job.clone(), bond });
                }
                Verdict::Lockable(_) | Verdict::Waiting | Verdict::Closed | Verdict::Over => {}
            }
        }
        Ok(Ready { batch: self.batch(jobs)?, callback_gas, lock: lock.filter(|_| !holds) })
    }

    /// The gas that a batch takes. What the contract refuses is left out, and what is too much for one transaction waits.
    ///
    /// A callback that takes little when it is tried may take all that it is given in a block, so that is added.
    async fn fit(&self, batch: &mut Batch, callback_gas: u64) -> Result<Option<u64>, OperatorError> {
        while !batch.is_empty() {
            match self.account.estimate(&self.settling(batch)).await {
                Ok(gas) if gas + callback_gas > MAX_GAS && batch.len() > 1 => batch.truncate(batch.len() / 2),
                Ok(gas) => return Ok(Some((gas + callback_gas).min(MAX_GAS))),
                Err(NodeError::Reverted { .. }) => self.sift(batch).await?,
                Err(NodeError::TooMuchGas { .. }) if batch.len() > 1 => batch.truncate(batch.len() / 2),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Gives those up that the contract refuses by themselves. Where there is none the first goes alone.
    async fn sift(&self, batch: &mut Batch) -> Result<(), OperatorError> {
        let mut kept = Vec::new();
        let count = batch.len();
        for (id, job, fulfilment) in batch.drain(..) {
            let call = fulfilCall { f: fulfilment.clone() };
            let intent = Intent::call(self.market, &call);
            let from = self.account.address();
            let answer =
                self.account.node.dry_run(intent.call, from, self.market, U256::ZERO, intent.data.into()).await;
            match answer {
                Ok(_) => kept.push((id, job, fulfilment)),
                Err(NodeError::Reverted { fault, .. }) => {
                    self.give_up(id, &job, &format!("the contract refuses: {fault}"))?
                }
                Err(error) => return Err(error.into()),
            }
        }
        if kept.len() == count {
            kept.truncate(if count > 1 { 1 } else { 0 });
        }
        *batch = kept;
        Ok(())
    }

    fn give_up(&self, id: [u8; 32], job: &Job, reason: &str) -> Result<(), OperatorError> {
        self.metrics.refused.inc();
        warn!(request = %B256::from(id), reason, "a request is given up");
        Ok(self.journal.finish(id, &Job { state: State::Refused(reason.into()), ..job.clone() })?)
    }

    fn jobs(&self, submission: &Submission) -> Result<Vec<([u8; 32], Job)>, OperatorError> {
        let mut jobs = Vec::new();
        for id in &submission.requests {
            jobs.extend(self.journal.job(*id)?.map(|job| (*id, job)));
        }
        Ok(jobs)
    }

    /// What the contract is told of jobs.
    fn batch(&self, jobs: Vec<([u8; 32], Job)>) -> Result<Batch, OperatorError> {
        let mut batch = Vec::new();
        for (id, job) in jobs {
            let (Some(input), Some(answer)) = (self.journal.input(id)?, self.journal.answer(id)?) else { continue };
            let fulfilment = Fulfilment {
                requestId: id.into(),
                payee: self.payee,
                input: input.into(),
                output: answer.output.into(),
                proof: answer.proof.into(),
            };
            batch.push((id, job, fulfilment));
        }
        Ok(batch)
    }

    /// What the transaction under way does; nothing where the journal has not all that it takes.
    fn intent(&self, submission: &Submission, jobs: &[([u8; 32], Job)]) -> Result<Option<Intent>, OperatorError> {
        if let (Some(bond), [id]) = (submission.bond, submission.requests.as_slice()) {
            return Ok(Some(self.locking(*id, bond)));
        }
        let batch = self.batch(jobs.to_vec())?;
        Ok((batch.len() == submission.requests.len()).then(|| self.settling(&batch)))
    }

    fn settling(&self, batch: &Batch) -> Intent {
        let fs = batch.iter().map(|entry| entry.2.clone()).collect();
        Intent::call(self.market, &fulfilManyCall { fs })
    }
}

/// The gas that a transaction needs for a callback: of what is left, a 64th stays behind (EIP-150).
fn callback(gas: u32) -> u64 {
    let given = u64::from(gas);
    if given == 0 { 0 } else { given + given / 63 + CALLBACK_OVERHEAD }
}
