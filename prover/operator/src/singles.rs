//! The answers with proofs of their own for the next transaction. They were checked, can be settled now, and pay.

use std::collections::HashSet;

use alloy::primitives::{B256, U256};
use tracing::{debug, warn};

use super::{
    Answer, Job, JobId, JobStore, OperatorError,
    operator::Operator,
    policy::{Moment, Worth, callback_gas},
    ready::{Item, Ready, Singles, Wanted},
    submitter::Submitter,
    verdict::{Terms, Verdict},
};
use hallmark_chain::{
    chain::{MAX_GAS, MAX_TRANSACTION_BYTES},
    node::{
        Head, Intent, NodeError,
        contracts::market::{
            IInferenceMarket::Fulfilment,
            InferenceMarket::{fulfilCall, fulfilManyCall},
        },
    },
};

/// How often a transaction with a proof may fail in a block before the request is given up.
const MAX_FAILURES: u32 = 3;
/// The most calldata of a transaction with several answers. The rest of the transaction fits into what is left of its limit.
const MAX_SINGLES_BYTES: usize = MAX_TRANSACTION_BYTES - 1024;
/// The most proved jobs that are looked at in one round.
const PAGE: usize = 128;

/// The verdict on a proved job.
enum Finding {
    /// It can be settled.
    Settle(Item, Terms),
    /// It can be settled once it is locked.
    Lock(Wanted),
    /// Nothing can be done about it in this round.
    Leave,
}

impl<S: JobStore> Submitter<S> {
    /// The proved jobs that can be settled or locked now, the most urgent first. A lock that is held does not wait for another.
    pub(super) async fn ready(&mut self, head: &Head) -> Result<Ready, OperatorError> {
        let jobs = self.operator.store.proved(PAGE).await?;
        let price = if jobs.is_empty() { None } else { self.operator.gas_price(head).await? };
        let (mut ready, mut holds, mut looked_at) = (Ready::default(), false, HashSet::new());
        for (id, job) in jobs {
            let failures = job.failures;
            // A batch is a transaction of its own. A look at one member is a look at all of them.
            if looked_at.contains(&id) {
                continue;
            }
            if let Some(batch) = self.operator.store.batch_of(id).await? {
                if ready.singles.is_empty() {
                    looked_at.extend(batch.members.iter().map(|member| member.id));
                    ready.shipment = self.look_at_batch(batch, head, price).await?;
                }
                if ready.shipment.is_some() {
                    break;
                }
                continue;
            }
            // What has failed goes alone: others may have been the reason, or it would be the reason for theirs.
            if ready.singles.len() == self.operator.options.batch || (failures > 0 && !ready.singles.is_empty()) {
                break;
            }
            match self.look(id, job, head, price).await? {
                Finding::Settle(item, terms) => {
                    ready.callback_gas += callback_gas(terms.callback_gas);
                    holds |= terms.is_held;
                    ready.singles.push(item);
                    if failures > 0 {
                        break;
                    }
                }
                Finding::Lock(wanted) if ready.singles.is_empty() && ready.lock.is_none() => ready.lock = Some(wanted),
                Finding::Lock(_) | Finding::Leave => {}
            }
        }
        ready.lock = ready.lock.filter(|_| !holds);
        Ok(ready)
    }

    /// Asks what can be done about a job, and records what follows where that is nothing.
    async fn look(&mut self, id: JobId, job: Job, head: &Head, price: Option<u128>) -> Result<Finding, OperatorError> {
        let (terms, is_locked) = match self.operator.ask(id, &job, head).await? {
            Verdict::Open(terms) => (terms, true),
            Verdict::Lockable(terms) => (terms, false),
            Verdict::Closed if self.operator.close(id, &job, head).await? => return Ok(Finding::Leave),
            Verdict::Closed | Verdict::Waiting => return self.leave(id).await,
            Verdict::Over => return self.end(id, job).await,
        };
        let deal = self.operator.deal(&job, terms);
        match self.operator.options.policy.judge(&job, deal, head, price, Moment::Showing) {
            Worth::Pays => {}
            Worth::TooLate => return self.end(id, job).await,
            Worth::PaysTogether | Worth::TooCheap { .. } => {
                debug!(request = %B256::from(id), earns = deal.earns, gas = deal.gas, "an answer does not pay now");
                return self.leave(id).await;
            }
        }
        if job.failures >= MAX_FAILURES {
            self.give_up(id, "its transactions failed").await?;
            return Ok(Finding::Leave);
        }
        let Some(item) = self.item(id, job, deal.earns).await? else { return Ok(Finding::Leave) };
        if !self.is_true(&item).await? {
            return Ok(Finding::Leave);
        }
        Ok(if is_locked { Finding::Settle(item, terms) } else { Finding::Lock(Wanted { id, job: item.job, terms }) })
    }

    async fn leave(&self, id: JobId) -> Result<Finding, OperatorError> {
        self.operator.store.hold(&[id], self.operator.options.recheck).await?;
        Ok(Finding::Leave)
    }

    async fn end(&self, id: JobId, job: Job) -> Result<Finding, OperatorError> {
        self.operator.expire(&[(id, job)]).await?;
        Ok(Finding::Leave)
    }

    /// Whether an answer holds. One that does not is dropped, and its job is proved again.
    async fn is_true(&mut self, item: &Item) -> Result<bool, OperatorError> {
        let Operator { store, metrics, .. } = &*self.operator;
        let Some(model) = self.operator.model(item.job.model) else { return Ok(false) };
        let Err(reason) = self.checks.check(model, item.job.context, &item.fulfilment) else {
            return Ok(true);
        };
        store.reject(item.id, &format!("a worker delivered a false answer: {reason}")).await?;
        metrics.rejected.inc();
        warn!(request = %B256::from(item.id), reason, "a worker delivered a false answer, which is not used");
        Ok(false)
    }

    /// The contract's arguments for a job. Returns `None` if the store lacks some of them.
    pub(super) async fn item(&self, id: JobId, job: Job, earns: u128) -> Result<Option<Item>, OperatorError> {
        let Operator { store, payee, .. } = &*self.operator;
        let told = self.operator.told(id, &job).await?;
        let (Some(input), Some(Answer { output, proof })) = (told, store.answer(id).await?) else { return Ok(None) };
        let fulfilment = Fulfilment {
            requestId: id.into(),
            payee: *payee,
            input: input.into(),
            output: output.into(),
            proof: proof.into(),
        };
        Ok(Some(Item { id, job, earns, fulfilment }))
    }

    /// The gas that the answers take. Those that the contract refuses are left out. Those that exceed one transaction wait.
    ///
    /// A callback may take little gas in a trial, and all its gas in a block. So its whole gas is added.
    pub(super) async fn fit(&self, singles: &mut Singles, callback_gas: u64) -> Result<Option<u64>, OperatorError> {
        while singles.len() > 1 && self.settling(singles).data.len() > MAX_SINGLES_BYTES {
            singles.truncate(singles.len() / 2);
        }
        while !singles.is_empty() {
            match self.operator.account.estimate(&self.settling(singles)).await {
                Ok(gas) if gas + callback_gas > MAX_GAS && singles.len() > 1 => singles.truncate(singles.len() / 2),
                Ok(gas) => return Ok(Some((gas + callback_gas).min(MAX_GAS))),
                Err(NodeError::Reverted { .. }) => self.sift(singles).await?,
                Err(NodeError::TooMuchGas { .. }) if singles.len() > 1 => singles.truncate(singles.len() / 2),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    /// Gives those up that the contract refuses by themselves. Where there is none the first goes alone.
    async fn sift(&self, singles: &mut Singles) -> Result<(), OperatorError> {
        let Operator { account, market, .. } = &*self.operator;
        let mut kept = Vec::new();
        let count = singles.len();
        for item in singles.drain(..) {
            let intent = Intent::call(*market, &fulfilCall { f: item.fulfilment.clone() });
            let from = account.address();
            match account.node.dry_run(intent.call, from, *market, U256::ZERO, intent.data.into()).await {
                Ok(_) => kept.push(item),
                Err(NodeError::Reverted { revert, .. }) => {
                    self.give_up(item.id, &format!("the contract refuses: {revert}")).await?
                }
                Err(error) => return Err(error.into()),
            }
        }
        if kept.len() == count {
            kept.truncate(if count > 1 { 1 } else { 0 });
        }
        *singles = kept;
        Ok(())
    }

    async fn give_up(&self, id: JobId, reason: &str) -> Result<(), OperatorError> {
        self.operator.metrics.refused.inc();
        warn!(request = %B256::from(id), reason, "gave up a request: `--requeue` tries it again");
        Ok(self.operator.store.bury(id, reason).await?)
    }

    /// The transaction that settles answers.
    pub(super) fn settling(&self, singles: &Singles) -> Intent {
        let fs = singles.iter().map(|item| item.fulfilment.clone()).collect();
        Intent::call(self.operator.market, &fulfilManyCall { fs })
    }
}
