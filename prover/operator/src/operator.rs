//! The state that the roles of one operator share.

use std::{collections::HashMap, sync::Arc};

use alloy::primitives::{Address, B256};
use tracing::{info, warn};

use super::{
    Block, Job, JobId, JobStore, LeastFee, Metrics, OperatorError, Options, Served, State, Venue,
    policy::{Deal, Moment, Worth, callback_gas, net},
    tariff::{Choice, Tariff},
    verdict::Terms,
};
use hallmark_chain::{
    node::{
        Account, Head, NodeError,
        contracts::market::InferenceMarket::{listingCall, registryCall},
    },
    settled::Settlement,
};

/// The account, the market, the models and the store that watcher and submitter work with.
#[derive(Debug)]
pub(super) struct Operator<S> {
    pub(super) account: Account,
    pub(super) market: Address,
    pub(super) payee: Address,
    pub(super) models: Arc<Vec<Served>>,
    pub(super) store: S,
    pub(super) metrics: Metrics,
    pub(super) options: Options,
    /// The terms of each model's settlements, by the model's identifier.
    settlements: HashMap<[u8; 32], Settlements>,
}

/// The gas of a model's settlements, and the holders' share.
#[derive(Clone, Debug)]
struct Settlements {
    tariff: Tariff,
    holders_bps: u16,
}

impl<S: JobStore> Operator<S> {
    /// # Errors
    /// Fails if a model is not the registered one: no proof of it would settle.
    pub(super) async fn new(
        account: Account,
        [market, payee]: [Address; 2],
        mut models: Vec<Served>,
        store: S,
        metrics: Metrics,
        options: Options,
    ) -> Result<Self, OperatorError> {
        let registry = account.node.view(market, &registryCall {}).await?;
        let mut settlements = HashMap::new();
        for model in &mut models {
            model.check_registered(&account.node, registry).await?;
            model.drop_unrecorded(&account.node, registry).await?;
            let listing = account.node.view(market, &listingCall { modelId: model.id }).await?;
            let (tariff, holders_bps) = (model.tariff()?, listing.holdersBps);
            let batches: Vec<_> = tariff.batches.iter().map(|batch| batch.size).collect();
            info!(model = %model.id, settled = listing.settled, gas = tariff.alone, ?batches, holders_bps, "serving");
            if let Some(Choice { size, count, gas }) = tariff.best() {
                info!(model = %model.id, size, gas_per_answer = gas / count.max(1) as u64, "the best batch, when it is full");
            }
            settlements.insert(model.id.0, Settlements { tariff, holders_bps });
        }
        Ok(Self { account, market, payee, models: Arc::new(models), store, metrics, options, settlements })
    }

    /// The model of a job, if it is served.
    pub(super) fn model(&self, id: [u8; 32]) -> Option<&Served> {
        self.models.iter().find(|model| model.id.0 == id)
    }

    /// What the contract is told of the input of a job. Returns `None` if the store lacks the input, or if it is not the model's.
    pub(super) async fn told(&self, id: JobId, job: &Job) -> Result<Option<Vec<u8>>, OperatorError> {
        let input = self.store.input(id).await?;
        Ok(input.and_then(|input| self.model(job.model)?.told(&input)))
    }

    /// The cost and the earnings of a job. Before the chain was asked about it there are no terms.
    pub(super) fn deal(&self, job: &Job, terms: Terms) -> Deal {
        // A model that is not served any more is not paid for.
        let Some(Settlements { tariff, holders_bps }) = self.settlements.get(&job.model) else {
            return Deal { earns: 0, gas: u64::MAX, batched: None, is_held: terms.is_held };
        };
        let bond = if terms.is_held { terms.bond } else { 0 };
        Deal {
            earns: net(job.fee, *holders_bps).saturating_add(bond),
            gas: tariff.alone.saturating_add(callback_gas(terms.callback_gas)),
            batched: tariff.best().filter(|_| job.may_be_batched()).map(|best| best.each()),
            is_held: terms.is_held,
        }
    }

    /// Whether a job is worth proving, as things stand.
    pub(super) fn judge(&self, job: &Job, terms: Terms, head: &Head, price: Option<u128>) -> Worth {
        self.options.policy.judge(job, self.deal(job, terms), head, price, Moment::Taking)
    }

    /// The gas of a model's settlements, if the model is served.
    pub(super) fn tariff(&self, model: [u8; 32]) -> Option<&Tariff> {
        self.settlements.get(&model).map(|settlements| &settlements.tariff)
    }

    /// The venue of the jobs.
    pub(super) fn venue(&self) -> Venue {
        Venue { chain: self.account.node.chain_id(), market: self.market.into(), payee: self.payee.into() }
    }

    /// The present gas price. Returns `None` if it is above the limit, or if it does not matter.
    pub(super) async fn gas_price(&self, head: &Head) -> Result<Option<u128>, OperatorError> {
        if matches!(self.options.policy.least_fee, LeastFee::Given(_)) {
            return Ok(None);
        }
        match self.account.price(head).await {
            Ok(price) => Ok(Some(u128::from(head.base_fee).saturating_add(price.tip))),
            Err(NodeError::TooDear { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds out whom a request was paid to, and records it. Returns `false` if the node shows no event of it.
    pub(super) async fn close(&self, id: JobId, job: &Job, head: &Head) -> Result<bool, OperatorError> {
        let request = B256::from(id);
        let range = job.place.block.min(head.number)..=head.number;
        let Some(settlement) = Settlement::find(&self.account.node, self.market, request, range).await? else {
            warn!(%request, "the node reports the request as settled, but has no event of it");
            return Ok(false);
        };
        self.conclude(&settlement).await?;
        Ok(true)
    }

    /// Records whom a request was paid to.
    pub(super) async fn conclude(&self, settlement: &Settlement) -> Result<(), OperatorError> {
        let Settlement { request, payee, block, block_hash, .. } = *settlement;
        let verdict = Block { number: block, hash: block_hash.0 };
        let (state, counter) = if payee == self.payee {
            (State::Settled(verdict), &self.metrics.settled)
        } else {
            (State::Lost(verdict), &self.metrics.lost)
        };
        self.store.conclude(request.0, state).await?;
        counter.inc();
        info!(%request, block, paid_to = %payee, "settled");
        Ok(())
    }

    /// A job, if it has an answer that is in no transaction.
    pub(super) async fn proved(&self, id: JobId) -> Result<Option<Job>, OperatorError> {
        let job = self.store.job(id).await?;
        Ok(job.filter(|job| job.state == State::Proved && !job.is_done))
    }

    /// Ends jobs whose time is over.
    pub(super) async fn expire(&self, late: &[(JobId, Job)]) -> Result<(), OperatorError> {
        let ended: Vec<_> = late.iter().map(|(id, _)| (*id, State::Expired)).collect();
        self.store.finish(&ended).await?;
        for (id, job) in late {
            self.metrics.expired.inc();
            warn!(request = %B256::from(*id), deadline = job.deadline, "there is too little time left for the request");
        }
        Ok(())
    }
}
