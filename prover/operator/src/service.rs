//! The loop.

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::primitives::{Address, B256, U256};
use tokio::sync::mpsc;
use tracing::{info, warn};

use super::{
    Job, Journal, Metrics, OperatorError, Served, State,
    backoff::Backoff,
    bench::{Bench, Done, Task},
    inputs::Inputs,
    order::context,
    review::Verdict,
};
use hallmark_chain::node::{
    Account, GWEI, Head,
    contracts::market::InferenceMarket::{listingCall, registryCall},
};

/// The most requests that are asked about for the prover in one round.
const ASKED: usize = 32;

/// How the service works.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long it waits between two looks at the chain.
    pub poll: Duration,
    /// How many blocks may be dropped: until then a verdict is not final.
    pub margin: u64,
    /// The most proofs in a transaction.
    pub batch: usize,
    /// Where an empty journal begins; a day back if it is not said.
    pub from_block: Option<u64>,
    /// The least fee, in wei.
    pub min_fee: u128,
    /// Whether requests with a callback are answered, whose gas the operator pays.
    pub callbacks: bool,
    /// The most that is paid as a bond to lock a request, in wei; none where requests that offer locks are not answered.
    pub max_bond: Option<u128>,
    /// The folder of inputs that are not on the chain; none where requests without a published input are not answered.
    pub inputs: Option<PathBuf>,
    /// How long a transaction is waited for before another takes its place.
    pub patience: Duration,
}

/// The operator's service.
#[derive(Debug)]
pub struct Service {
    pub(super) account: Account,
    pub(super) market: Address,
    pub(super) payee: Address,
    pub(super) models: Arc<Vec<Served>>,
    pub(super) journal: Journal,
    pub(super) metrics: Metrics,
    pub(super) options: Options,
    pub(super) inputs: Option<Inputs>,
    /// The head up to which all requests are known.
    pub(super) watched: Option<B256>,
    /// When the transaction under way was sent by this process.
    pub(super) sent_at: Option<Instant>,
    /// The requests that are being proved.
    proving: HashSet<[u8; 32]>,
}

impl Service {
    /// A service that is ready to run: models are the registered ones, and listed.
    pub async fn new(
        account: Account,
        [market, payee]: [Address; 2],
        models: Vec<Served>,
        journal: Journal,
        metrics: Metrics,
        options: Options,
    ) -> Result<Self, OperatorError> {
        let registry = account.node.view(market, &registryCall {}).await?;
        for model in &models {
            model.check_registered(&account.node, registry).await?;
            let listing = account.node.view(market, &listingCall { modelId: model.id }).await?;
            info!(model = %model.id, settled = listing.settled, "serving");
        }
        let inputs = options.inputs.as_deref().map(Inputs::new);
        Ok(Self {
            account,
            market,
            payee,
            models: Arc::new(models),
            journal,
            metrics,
            options,
            inputs,
            watched: None,
            sent_at: None,
            proving: HashSet::new(),
        })
    }

    /// Serves until it is told to stop. Whatever was begun then is in the journal.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), OperatorError> {
        let mut bench = Bench::start(Arc::clone(&self.models)).await?;
        let mut backoff = Backoff::default();
        let mut wait = Duration::ZERO;
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                done = bench.done.recv() => self.keep(done.ok_or_else(|| OperatorError::Bench("it is gone".into()))?)?,
                () = tokio::time::sleep(wait) => {}
            }
            while let Ok(done) = bench.done.try_recv() {
                self.keep(done)?;
            }
            // A round that is dropped half way has changed nothing but what is in the journal.
            let round = tokio::select! {
                biased;
                () = &mut stop => break,
                round = self.round(&bench.tasks) => round,
            };
            wait = match round {
                Ok(()) => {
                    backoff.succeed();
                    self.options.poll
                }
                Err(OperatorError::Node(error)) => {
                    let wait = backoff.fail();
                    self.metrics.failures.inc();
                    warn!(%error, retry_ms = wait.as_millis(), "the node fails");
                    wait
                }
                Err(error) => return Err(error),
            };
        }
        info!("stopping: what is under way is in the journal");
        Ok(())
    }

    async fn round(&mut self, tasks: &mpsc::Sender<Task>) -> Result<(), OperatorError> {
        let head = self.account.node.head().await?;
        self.watch(&head).await?;
        self.seek(&head)?;
        self.prune()?;
        let queue = self.journal.queue()?;
        self.review(&queue, &head).await?;
        self.assign(&queue, &head, tasks).await?;
        self.submit(&queue, &head).await?;
        self.measure(queue.len(), &head).await
    }

    /// Forgets what is done of blocks that are not looked at any more. What is seen again nevertheless is as it is on the chain.
    fn prune(&self) -> Result<(), OperatorError> {
        let cursor = self.journal.cursor()?.unwrap_or_default();
        self.journal.prune(cursor.saturating_sub(self.options.margin))?;
        Ok(())
    }

    /// Gives the prover the first jobs that are worth it.
    async fn assign(
        &mut self,
        queue: &[([u8; 32], Job)],
        head: &Head,
        tasks: &mpsc::Sender<Task>,
    ) -> Result<(), OperatorError> {
        let mut asked = 0;
        for (id, job) in queue.iter().filter(|(_, job)| job.state == State::Seen) {
            let Ok(place) = tasks.try_reserve() else { return Ok(()) };
            if self.proving.contains(id) {
                continue;
            }
            asked += 1;
            if asked > ASKED {
                return Ok(());
            }
            if !matches!(self.judge(*id, job, head).await?, Verdict::Open(_) | Verdict::Lockable(_)) {
                continue;
            }
            let model = self.models.iter().position(|model| model.id == B256::from(job.model));
            let (Some(model), Some(input)) = (model, self.journal.input(*id)?) else { continue };
            let chain = self.account.node.chain_id();
            let context = context(chain, self.market, (*id).into(), job.model.into(), self.payee, job.deadline).0;
            self.proving.insert(*id);
            place.send(Task { request: *id, model, context, input });
        }
        Ok(())
    }

    fn keep(&mut self, done: Done) -> Result<(), OperatorError> {
        let Done { request: id, seconds, answer } = done;
        self.proving.remove(&id);
        let answer = answer?;
        let Some(job) = self.journal.job(id)?.filter(|job| job.state == State::Seen) else { return Ok(()) };
        self.metrics.proofs.inc();
        self.metrics.proof_seconds.observe(seconds);
        info!(request = %B256::from(id), seconds, bytes = answer.proof.len(), "proved");
        Ok(self.journal.prove(id, &job, &answer)?)
    }

    async fn measure(&self, queue: usize, head: &Head) -> Result<(), OperatorError> {
        let balance = self.account.node.balance(self.account.address()).await?;
        let gwei = i64::try_from(balance / U256::from(GWEI)).unwrap_or(i64::MAX);
        self.metrics.balance.set(gwei);
        self.metrics.head.set(i64::try_from(head.number).unwrap_or(i64::MAX));
        self.metrics.queue.set(i64::try_from(queue).unwrap_or(i64::MAX));
        Ok(())
    }
}
