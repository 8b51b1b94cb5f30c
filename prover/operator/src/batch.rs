//! A batch for the next transaction. Its proof was checked, and what can still be settled of it pays.
//!
//! Requests change while a batch is proved. So each member is asked about again before the batch is sent. The contract skips those
//! that can't be settled any more. The batch is sent as long as the others pay for it. If too few are left, their answers are
//! withdrawn, and the requests are proved again. Those that pay for a proof of their own get one then. So nobody is kept waiting, or
//! proved again and again, by members that fall away.
//!
//! Members may also fall away while the batch is on its way. So the contract is told what the check of the proof costs. If the
//! batch earns less by then, the contract ends the transaction before the check.

use alloy::primitives::U256;
use tracing::{info, warn};

use super::{
    Act, BatchAnswer, Job, JobId, JobStore, OperatorError, Submission,
    policy::Moment,
    ready::{Live, Shipment},
    submitter::{Budget, Submitter},
    verdict::Verdict,
};
use hallmark_chain::node::{
    Head, Intent, NodeError,
    contracts::market::{IInferenceMarket::Batch, InferenceMarket::fulfilBatchCall},
};

/// The members of a batch, by what can be done about them now.
#[derive(Default)]
struct Members {
    /// Those that can be settled.
    live: Live,
    /// Whether a transaction with one of them has failed in a block.
    has_failed: bool,
    /// Whether one of them has another input than its request.
    is_forged: bool,
    /// Those that can't be settled now.
    idle: Vec<JobId>,
    /// Those that can't be settled any more.
    late: Vec<(JobId, Job)>,
}

impl<S: JobStore> Submitter<S> {
    /// Asks about each member of a batch, and records what follows. Returns `None` if the batch is not to be sent now.
    pub(super) async fn look_at_batch(
        &mut self,
        answer: BatchAnswer,
        head: &Head,
        price: Option<u128>,
    ) -> Result<Option<Shipment>, OperatorError> {
        let Some(model) = self.model_of(&answer).await? else { return Ok(None) };
        let members = self.members(&answer, head, price).await?;
        let Members { live, has_failed, is_forged, idle, late } = members;
        if is_forged {
            self.reject(&answer, "it has another input than the request").await?;
            return Ok(None);
        }
        let operator = &*self.operator;
        operator.expire(&late).await?;
        operator.store.hold(&idle, operator.options.recheck).await?;
        if live.ids.is_empty() {
            return Ok(None);
        }
        if has_failed {
            self.withdraw(&live.ids, true, "a transaction with it failed").await?;
            return Ok(None);
        }
        if live.timely == 0 {
            self.expire_all(live.ids).await?;
            return Ok(None);
        }
        let tariff = operator.tariff(model);
        let gas = tariff.and_then(|tariff| tariff.worth(answer.size, live.ids.len()));
        let check = tariff.and_then(|tariff| tariff.of_size(answer.size)).map(|batch| batch.check);
        let (Some(gas), Some(check)) = (gas, check) else {
            const WHY: &str = "too few of its requests are left";
            self.withdraw(&live.paying, true, WHY).await?;
            self.withdraw(&[live.others(), idle].concat(), false, WHY).await?;
            return Ok(None);
        };
        let costs = operator.options.policy.costs(gas, price, Moment::Showing);
        if live.earns < costs {
            info!(requests = live.ids.len(), earns = live.earns, costs, "a batch does not pay now");
            self.keep(&live, answer.members.len()).await?;
            return Ok(None);
        }
        let least_earned = operator.options.policy.costs(check, price, Moment::Showing);
        match self.check(model, &answer) {
            Ok(batch) => Ok(Some(Shipment { batch, least_earned, live })),
            Err(reason) => {
                self.reject(&answer, &reason).await?;
                Ok(None)
            }
        }
    }

    /// Begins the transaction with a batch.
    pub(super) async fn ship(&mut self, shipment: Shipment, head: &Head) -> Result<(), OperatorError> {
        let Shipment { batch, least_earned, live } = shipment;
        let (members, requests) = (batch.count(), live.ids.len());
        let intent = self.shipping(batch, least_earned);
        let gas = match self.operator.account.estimate(&intent).await {
            Ok(gas) => gas,
            // Some requests have changed in this moment, or the contract refuses what was found true here.
            Err(NodeError::Reverted { revert, .. }) if revert.is("NothingToSettle") || revert.is("TooLittleEarned") => {
                return Ok(self.operator.store.hold(&live.ids, self.operator.options.recheck).await?);
            }
            Err(error @ (NodeError::Reverted { .. } | NodeError::TooMuchGas { .. })) => {
                return self.withdraw(&live.ids, true, &error.to_string()).await;
            }
            // Other answers do not wait for what a node has against this one.
            Err(error @ NodeError::Refused { .. }) => {
                warn!(requests, %error, "a batch is not sent: it waits");
                return Ok(self.operator.store.hold(&live.ids, self.operator.options.recheck).await?);
            }
            Err(error) => return Err(error.into()),
        };
        let budget = self.operator.options.policy.budget(live.earns);
        let act = Act::Batch { least_earned };
        let submission = Submission { act, requests: live.ids.clone(), gas, sent: Vec::new(), budget };
        match self.start(submission, &intent, head).await? {
            Budget::Enough => {
                info!(requests, skipped = members - requests, gas, "a batch is on its way");
                self.operator.metrics.batches.inc();
                Ok(())
            }
            Budget::Refused => Ok(()),
            Budget::TooSmall => {
                info!(requests, earns = live.earns, gas, "a batch does not pay at the present gas price");
                self.keep(&live, members).await
            }
        }
    }

    /// Keeps a batch of so many members that does not pay now. Those that pay for a proof of their own do not wait for gas to
    /// become cheaper. Where others have fallen away, those that are left have a chance in another batch alone.
    async fn keep(&self, live: &Live, members: usize) -> Result<(), OperatorError> {
        self.withdraw(&live.paying, true, "it does not pay, and these do by themselves").await?;
        if live.timely < members {
            return self.withdraw(&live.others(), false, "it does not pay without those that fell away").await;
        }
        Ok(self.operator.store.hold(&live.others(), self.operator.options.recheck).await?)
    }

    /// The call that settles a batch. Returns `None` if the store lacks it.
    pub(super) async fn shipping_of(
        &self,
        requests: &[JobId],
        least_earned: u128,
    ) -> Result<Option<Intent>, OperatorError> {
        let Some(first) = requests.first() else { return Ok(None) };
        let (Some(job), Some(answer)) =
            (self.operator.store.job(*first).await?, self.operator.store.batch_of(*first).await?)
        else {
            return Ok(None);
        };
        Ok(answer.call(job.model.into(), self.operator.payee).ok().map(|batch| self.shipping(batch, least_earned)))
    }

    fn shipping(&self, batch: Batch, least_earned: u128) -> Intent {
        let b = Batch { leastEarned: U256::from(least_earned), ..batch };
        Intent::call(self.operator.market, &fulfilBatchCall { b })
    }

    /// Whether a batch earns less now than it has to. Then its transaction failed for that, and nothing speaks against its answers.
    pub(super) async fn earns_too_little(&self, submission: &Submission, head: &Head) -> Result<bool, OperatorError> {
        let Act::Batch { least_earned } = submission.act else { return Ok(false) };
        let mut earns = 0_u128;
        for id in &submission.requests {
            let Some(job) = self.operator.proved(*id).await? else { continue };
            if let Verdict::Open(terms) = self.operator.ask(*id, &job, head).await? {
                earns = earns.saturating_add(self.operator.deal(&job, terms).earns);
            }
        }
        Ok(earns < least_earned)
    }

    /// The model of a batch's members. Returns `None` if none of them is proved.
    async fn model_of(&self, answer: &BatchAnswer) -> Result<Option<[u8; 32]>, OperatorError> {
        for member in &answer.members {
            if let Some(job) = self.operator.proved(member.id).await? {
                return Ok(Some(job.model));
            }
        }
        Ok(None)
    }

    async fn members(&self, answer: &BatchAnswer, head: &Head, price: Option<u128>) -> Result<Members, OperatorError> {
        let operator = &*self.operator;
        let mut members = Members::default();
        for member in &answer.members {
            let id = member.id;
            // One that was withdrawn alone has another proof.
            let Some(job) = operator.proved(id).await?.filter(|job| !job.goes_alone) else { continue };
            // Whoever can't be settled now may be when the transaction is mined. So none may have another input.
            members.is_forged |= operator.told(id, &job).await?.as_ref() != Some(&member.input);
            match operator.ask(id, &job, head).await? {
                Verdict::Open(terms) => {
                    let deal = operator.deal(&job, terms);
                    let worth = operator.options.policy.judge(&job, deal, head, price, Moment::Showing);
                    // The answer is shown with the others. One that may come too late is not counted on.
                    members.has_failed |= job.failures > 0;
                    members.live.add(id, deal.earns, worth);
                }
                Verdict::Closed if operator.close(id, &job, head).await? => {}
                Verdict::Closed | Verdict::Waiting | Verdict::Lockable(_) => members.idle.push(id),
                Verdict::Over => members.late.push((id, job)),
            }
        }
        Ok(members)
    }

    /// The contract's arguments, if the proof holds. Otherwise the reason why it does not.
    fn check(&mut self, model: [u8; 32], answer: &BatchAnswer) -> Result<Batch, String> {
        let operator = &*self.operator;
        let batch = answer.call(model.into(), operator.payee).map_err(|error| error.to_string())?;
        let served = operator.model(model).ok_or("its model is not served")?;
        self.checks.check_batch(served, (operator.account.node.chain_id(), operator.market), &batch)?;
        Ok(batch)
    }

    /// Drops the answers of a batch that does not hold. Its jobs are proved again.
    async fn reject(&self, answer: &BatchAnswer, reason: &str) -> Result<(), OperatorError> {
        for member in &answer.members {
            self.operator.store.reject(member.id, &format!("a worker delivered a false batch: {reason}")).await?;
        }
        self.operator.metrics.rejected.inc();
        warn!(requests = answer.members.len(), reason, "a worker delivered a false batch, which is not used");
        Ok(())
    }

    async fn withdraw(&self, ids: &[JobId], alone: bool, reason: &str) -> Result<(), OperatorError> {
        if ids.is_empty() {
            return Ok(());
        }
        let again = if alone { "alone" } else { "alone or in another batch" };
        warn!(requests = ids.len(), reason, "requests of a batch are proved again, {again}");
        self.operator.metrics.withdrawn.inc_by(ids.len() as u64);
        Ok(self.operator.store.withdraw(ids, alone).await?)
    }

    async fn expire_all(&self, ids: Vec<JobId>) -> Result<(), OperatorError> {
        let mut late = Vec::new();
        for id in ids {
            late.extend(self.operator.store.job(id).await?.map(|job| (id, job)));
        }
        self.operator.expire(&late).await
    }
}
