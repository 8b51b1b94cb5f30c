//! The watcher: new requests from the chain's events, and which of them workers may take.

use std::{collections::HashMap, mem, sync::Arc};

use alloy::{
    primitives::{B256, keccak256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use tracing::{debug, info, warn};

use super::{
    Job, JobId, JobStore, LeastFee, NewJob, OperatorError, Place, Served, State,
    division::{Division, Queued},
    inputs::Inputs,
    operator::Operator,
    order::context,
    policy::{MIN_LOCK, Moment, Worth},
    pool::{Pools, Waits},
    tariff::Tariff,
    verdict::{Terms, Verdict},
};
use hallmark_chain::node::{
    Head,
    contracts::market::InferenceMarket::{InputPublished, Requested},
};

/// How many blocks back an empty store begins: about a day.
const HISTORY: u64 = 7_200;
/// The most jobs that workers may take alone at any time, where there are few workers. So a job that is taken was asked about a
/// moment ago.
const AHEAD: usize = 8;
/// The most jobs for each of many workers: one when it is done with another.
const AHEAD_EACH: usize = 2;
/// The most requests that the node is asked about in one round for the workers, besides those for batches.
const ASKED: usize = 32;
/// The most workers that a round offers jobs to: more than any operator has, since workers say themselves who they are.
const MAX_WORKERS: usize = 256;
/// The jobs that are looked at together.
const PAGE: usize = 1024;
/// The most pages that are looked at in one round for the workers.
const PAGES: usize = 16;

/// Finds work.
#[derive(Debug)]
pub(super) struct Watcher<S> {
    operator: Arc<Operator<S>>,
    inputs: Option<Inputs>,
    /// The head up to which all requests are known.
    watched: Option<B256>,
    /// The last job whose input was looked for, if there are more after it.
    sought: Option<(Place, JobId)>,
    /// Since when requests have waited for others.
    waits: Waits,
    /// The head, and the terms of requests that were open then. They are not asked about again before the next block.
    known: (B256, HashMap<JobId, Terms>),
    /// How many workers there are, here and elsewhere.
    workers: usize,
}

/// The next states of the checked jobs.
#[derive(Default)]
struct Sorted {
    alone: Vec<JobId>,
    pools: Pools,
    held: Vec<JobId>,
    late: Vec<(JobId, Job)>,
    /// How many do not pay.
    cheap: usize,
    /// How often the node was asked.
    asked: usize,
}

impl<S: JobStore> Watcher<S> {
    pub(super) fn new(operator: Arc<Operator<S>>) -> Self {
        let inputs = operator.options.inputs.as_deref().map(Inputs::new);
        let (waits, known) = (Waits::default(), Default::default());
        Self { operator, inputs, watched: None, sought: None, waits, known, workers: 1 }
    }

    /// Looks at the chain, and at the jobs that wait.
    pub(super) async fn round(&mut self, head: &Head) -> Result<(), OperatorError> {
        self.watch(head).await?;
        self.seek(head).await?;
        self.prune(head).await?;
        self.operator.review(head).await?;
        self.offer(head).await
    }

    /// Looks at the blocks that are new, and once more at those that may have been replaced.
    async fn watch(&mut self, head: &Head) -> Result<(), OperatorError> {
        if self.watched == Some(head.hash) {
            return Ok(());
        }
        let Operator { store, options, account, market, .. } = &*self.operator;
        let filter = Filter::new()
            .address(*market)
            .event_signature(vec![Requested::SIGNATURE_HASH, InputPublished::SIGNATURE_HASH]);
        let from = match store.cursor().await? {
            Some(cursor) => cursor.min(head.number).saturating_sub(options.confirmations),
            None => options.from_block.unwrap_or(head.number.saturating_sub(HISTORY)),
        };
        let mut pages = account.node.pages(filter, from..=head.number);
        while let Some((logs, to)) = pages.next().await? {
            let jobs = self.unknown(self.jobs(&logs)).await?;
            store.record(&jobs, to).await?;
            jobs.iter().for_each(|job| self.announce(job));
        }
        self.watched = Some(head.hash);
        Ok(())
    }

    /// The requests for our models among some events, which are in the order of the chain.
    fn jobs(&self, logs: &[Log]) -> Vec<NewJob> {
        let published = logs.iter().filter_map(|log| InputPublished::decode_log(&log.inner).ok());
        let longest = self.operator.models.iter().map(Served::told_bytes).max().unwrap_or_default();
        // An input that is longer than any model's is as good as none, and takes no memory.
        let inputs: HashMap<B256, Vec<u8>> = published
            .filter(|event| event.input.len() <= longest)
            .map(|event| (event.requestId, event.input.to_vec()))
            .collect();
        logs.iter().filter_map(|log| self.new_job(log, &inputs)).collect()
    }

    fn new_job(&self, log: &Log, inputs: &HashMap<B256, Vec<u8>>) -> Option<NewJob> {
        let event = Requested::decode_log(&log.inner).ok()?;
        let Operator { account, market, payee, .. } = &*self.operator;
        let model = self.operator.model(event.modelId.0)?;
        let place = Place { block: log.block_number?, index: log.log_index? };
        let told = inputs.get(&event.requestId).cloned();
        let state = match (self.objection(&event), told.as_deref()) {
            (Some(reason), _) => State::Refused(reason),
            (None, None) if self.inputs.is_some() => State::AwaitingInput(event.inputHash.0),
            (None, Some(told)) if told.len() != model.told_bytes() || keccak256(told) != event.inputHash => {
                State::Refused("its input has another length than the model's, or another hash".into())
            }
            (None, Some(_)) if !model.tells_digests() => State::Waiting,
            (None, Some(_)) if self.inputs.is_some() => State::AwaitingInput(event.inputHash.0),
            (None, Some(_)) => State::Refused("its input is told by a digest alone; see --inputs".into()),
            (None, None) => State::Refused("its input was not published, or is too long; see --inputs".into()),
        };
        let chain = account.node.chain_id();
        let job = Job {
            place,
            model: model.id.0,
            context: context(chain, *market, event.requestId, model.id, *payee, event.deadline).0,
            deadline: event.deadline,
            fee: event.fee,
            // A lock is placed for one request, and a callback has gas of its own.
            goes_alone: event.bond > 0 || !event.callback.is_zero(),
            attempts: 0,
            failures: 0,
            held_until: 0,
            is_done: matches!(state, State::Refused(_)),
            state,
        };
        // A digest is no input.
        let input = told.filter(|_| !model.tells_digests()).unwrap_or_default();
        Some(NewJob { id: event.requestId.0, job, input })
    }

    /// Why a request is not answered, whatever its input is and whatever gas costs.
    fn objection(&self, event: &Requested) -> Option<String> {
        let options = &self.operator.options;
        let Requested { fee, bond, lockSeconds: seconds, .. } = event;
        if matches!(options.policy.least_fee, LeastFee::Given(least) if *fee < least) {
            return Some(format!("it is worth {fee} wei only"));
        }
        if !event.callback.is_zero() && !options.callbacks {
            return Some("its callback's gas would be paid here; see --callbacks".into());
        }
        if *bond == 0 {
            return None;
        }
        match options.max_bond {
            None => Some("it offers locks: one in front of the answer would keep it out; see --lock".into()),
            Some(most) if *bond > most => Some(format!("a lock of it takes a bond of {bond} wei")),
            Some(_) if u64::from(*seconds) < MIN_LOCK => Some(format!("a lock of it holds for {seconds} s only")),
            Some(_) => None,
        }
    }

    async fn unknown(&self, jobs: Vec<NewJob>) -> Result<Vec<NewJob>, OperatorError> {
        let mut unknown = Vec::new();
        for job in jobs {
            if self.operator.store.job(job.id).await?.is_none() {
                unknown.push(job);
            }
        }
        Ok(unknown)
    }

    fn announce(&self, NewJob { id, job, .. }: &NewJob) {
        let (request, metrics) = (B256::from(*id), &self.operator.metrics);
        metrics.seen.inc();
        if let State::Refused(reason) = &job.state {
            metrics.refused.inc();
            warn!(%request, reason, "refused a request: the customer can have the fee back after the deadline");
        } else {
            info!(%request, block = job.place.block, fee = job.fee, deadline = job.deadline, "new request");
        }
        if let State::AwaitingInput(hash) = job.state {
            info!(%request, input = %B256::from(hash), "waiting for the input");
        }
    }

    /// Looks for the inputs of requests that pay, as long as there is time for them. The input of another request takes no room in
    /// the store.
    async fn seek(&mut self, head: &Head) -> Result<(), OperatorError> {
        let operator = Arc::clone(&self.operator);
        let mut late = Vec::new();
        let jobs = operator.store.awaiting_input(self.sought, PAGE).await?;
        let price = if jobs.is_empty() { None } else { operator.gas_price(head).await? };
        // Each round looks at other jobs, so that those whose input never comes do not keep others waiting.
        self.sought = jobs.last().filter(|_| jobs.len() == PAGE).map(|(id, job)| (job.place, *id));
        for (id, job) in jobs {
            let State::AwaitingInput(hash) = job.state else { continue };
            match operator.judge(&job, Terms::default(), head, price) {
                Worth::Pays | Worth::PaysTogether => {}
                Worth::TooLate => {
                    late.push((id, job));
                    continue;
                }
                Worth::TooCheap { .. } => continue,
            }
            let (Some(inputs), Some(model)) = (&mut self.inputs, operator.model(job.model)) else { continue };
            if let Some(input) = inputs.find(hash.into(), model) {
                info!(request = %B256::from(id), "the input has arrived");
                operator.store.reveal(id, &input).await?;
            }
        }
        operator.expire(&late).await
    }

    /// Forgets what is done of blocks that are not looked at any more. What is seen again nevertheless is as it is on the chain.
    async fn prune(&self, head: &Head) -> Result<(), OperatorError> {
        let Operator { store, options, .. } = &*self.operator;
        let cursor = store.cursor().await?.unwrap_or_default();
        store.prune(cursor.saturating_sub(options.confirmations), head.timestamp).await?;
        Ok(())
    }

    /// Lets workers take the most urgent jobs that can be settled and that pay.
    async fn offer(&mut self, head: &Head) -> Result<(), OperatorError> {
        let operator = Arc::clone(&self.operator);
        let Operator { store, options, models, .. } = &*operator;
        if self.known.0 != head.hash {
            self.known = (head.hash, HashMap::new());
        }
        self.workers = options.workers.max(store.workers().await?).clamp(1, MAX_WORKERS);
        operator.metrics.workers.set(self.workers as i64);
        let most_asked = models.iter().map(|model| self.room(model.id.0)).sum::<usize>().saturating_add(ASKED);
        let mut sorted = Sorted::default();
        let mut price = None;
        // Jobs that do not pay are many where somebody wants to keep the service busy: they are passed over by the page.
        for _ in 0..PAGES {
            let candidates = store.candidates(PAGE).await?;
            if price.is_none() && !candidates.is_empty() {
                price = operator.gas_price(head).await?;
            }
            let is_last = candidates.len() < PAGE;
            for (id, job) in candidates {
                if sorted.asked >= most_asked {
                    break;
                }
                if self.has_room(&sorted, id, &job) {
                    self.sort(&mut sorted, (id, job), head, price).await?;
                }
            }
            let (held, late) = (mem::take(&mut sorted.held), mem::take(&mut sorted.late));
            let is_same = held.is_empty() && late.is_empty();
            store.hold(&held, options.recheck).await?;
            operator.expire(&late).await?;
            if is_last || is_same || sorted.asked >= most_asked {
                break;
            }
        }
        if sorted.cheap > 0 {
            info!(requests = sorted.cheap, "requests that do not pay now wait until gas is cheaper; see --min-fee");
        }
        let costs = |gas| options.policy.costs(gas, price, Moment::Taking);
        let most = self.workers;
        let tariff = |model| operator.tariff(model);
        let Division { alone, groups } = sorted.pools.divide(&mut self.waits, options.batch_wait, most, tariff, costs);
        let alone: Vec<_> = sorted.alone.into_iter().chain(alone).take(self.ahead()).collect();
        Ok(store.offer(&alone, &groups).await?)
    }

    /// The most jobs for a model that batches are made of in one round.
    fn room(&self, model: [u8; 32]) -> usize {
        let best = self.operator.tariff(model).and_then(Tariff::best);
        best.map_or(0, |best| best.count.saturating_mul(self.workers))
    }

    /// The most jobs that workers may take alone at any time.
    fn ahead(&self) -> usize {
        AHEAD.max(AHEAD_EACH * self.workers)
    }

    /// Whether a round has room for a job that it has not looked at.
    fn has_room(&self, sorted: &Sorted, id: JobId, job: &Job) -> bool {
        let room = self.room(job.model);
        if room > 0 && job.may_be_batched() {
            return sorted.pools.len(job.model) < room && !sorted.pools.has(job.model, id);
        }
        sorted.alone.len() < self.ahead() && !sorted.alone.contains(&id)
    }

    /// The chain's verdict on a job. An open one is asked about once for each head.
    async fn ask(
        &mut self,
        sorted: &mut Sorted,
        (id, job): (JobId, &Job),
        head: &Head,
    ) -> Result<Verdict, OperatorError> {
        if let Some(terms) = self.known.1.get(&id) {
            return Ok(Verdict::Open(*terms));
        }
        sorted.asked += 1;
        let verdict = self.operator.ask(id, job, head).await?;
        if let Verdict::Open(terms) = verdict {
            self.known.1.insert(id, terms);
        }
        Ok(verdict)
    }

    async fn sort(
        &mut self,
        sorted: &mut Sorted,
        (id, job): (JobId, Job),
        head: &Head,
        price: Option<u128>,
    ) -> Result<(), OperatorError> {
        let operator = Arc::clone(&self.operator);
        let judge = |terms| operator.judge(&job, terms, head, price);
        // What does not pay whatever its terms are is not asked about.
        let mut worth = judge(Terms::default());
        if matches!(worth, Worth::Pays | Worth::PaysTogether) {
            match self.ask(sorted, (id, &job), head).await? {
                Verdict::Open(terms) | Verdict::Lockable(terms) => worth = judge(terms),
                Verdict::Over => worth = Worth::TooLate,
                Verdict::Closed if operator.close(id, &job, head).await? => return Ok(()),
                Verdict::Closed | Verdict::Waiting => {
                    sorted.held.push(id);
                    return Ok(());
                }
            }
        }
        match worth {
            Worth::Pays | Worth::PaysTogether if job.may_be_batched() && self.room(job.model) > 0 => {
                let earns = operator.deal(&job, Terms::default()).earns;
                let queued = Queued { id, earns, pays_alone: worth == Worth::Pays };
                sorted.pools.add(job.model, queued, operator.options.policy.may_wait(job.deadline, head));
            }
            Worth::Pays | Worth::PaysTogether => sorted.alone.push(id),
            Worth::TooLate => sorted.late.push((id, job)),
            Worth::TooCheap { earns, costs } => {
                debug!(request = %B256::from(id), earns, costs, "a request does not pay");
                sorted.cheap += 1;
                sorted.held.push(id);
            }
        }
        Ok(())
    }
}
