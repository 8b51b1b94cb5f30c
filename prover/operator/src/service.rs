//! The service: watcher, submitter and workers of one operator in one process.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::primitives::{Address, U256};
use tokio::{sync::watch, task::JoinSet};
use tracing::{info, warn};

use super::{
    Health, JobStore, Metrics, OperatorError, Policy, Served, StoreError, Topic, Worker, WorkerOptions,
    backoff::Backoff, operator::Operator, submitter::Submitter, watcher::Watcher,
};
use hallmark_chain::node::{Account, GWEI, Head};

/// How the service works.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long it waits between two looks at the chain.
    pub poll: Duration,
    /// How many blocks on top of a verdict's make it final.
    pub confirmations: u64,
    /// The most answers with proofs of their own in a transaction.
    pub batch: usize,
    /// How long a request waits at most for others that a batch would have too.
    pub batch_wait: Duration,
    /// The first block for an empty store. `None` is about a day back.
    pub from_block: Option<u64>,
    /// Which requests are worth answering.
    pub policy: Policy,
    /// Whether to answer requests with a callback. The operator pays the callback's gas.
    pub callbacks: bool,
    /// The most that is paid as a bond to lock a request, in wei; none where requests that offer locks are not answered.
    pub max_bond: Option<u128>,
    /// The folder of inputs that are not on the chain; none where requests without a published input are not answered.
    pub inputs: Option<PathBuf>,
    /// How long a transaction is waited for before another takes its place.
    pub patience: Duration,
    /// How long a request is left alone that can't be settled now, or does not pay now.
    pub recheck: Duration,
    /// How many workers there are in this process. Each proves with all cores.
    pub workers: usize,
    /// How long a worker's lease is in force without a heartbeat.
    pub lease: Duration,
}

/// How often a leader says that it goes on leading, and how often another service asks whether it may lead.
const LEAD_BEAT: Duration = Duration::from_secs(1);
/// How often the jobs are counted for the figures.
const COUNT_BEAT: Duration = Duration::from_secs(1);

/// The operator's service.
#[derive(Debug)]
pub struct Service<S> {
    operator: Arc<Operator<S>>,
    /// What the watcher and the submitter know of the present time as the leader; none where another process leads.
    roles: Option<(Watcher<S>, Submitter<S>)>,
    health: Health,
    counted: Option<Instant>,
}

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    /// This process led.
    Led,
    /// Another one leads.
    StoodBy,
}

impl<S: JobStore> Service<S> {
    /// A service that is ready to run.
    ///
    /// # Errors
    /// Fails if a model is not the registered one, and if the node does not say.
    pub async fn new(
        account: Account,
        addresses: [Address; 2],
        models: Vec<Served>,
        store: S,
        metrics: Metrics,
        options: Options,
    ) -> Result<Self, OperatorError> {
        let operator = Arc::new(Operator::new(account, addresses, models, store, metrics, options).await?);
        Ok(Self { operator, roles: None, health: Health::default(), counted: None })
    }

    /// The same, and others are told how it is.
    #[must_use]
    pub fn with_health(mut self, health: Health) -> Self {
        self.health = health;
        self
    }

    /// Takes up all dead letters again, and returns how many there are.
    ///
    /// # Errors
    /// Fails if the store does.
    pub async fn requeue(&self) -> Result<usize, OperatorError> {
        let dead = self.operator.store.dead(usize::MAX).await?;
        for (id, _) in &dead {
            self.operator.store.requeue(*id).await?;
        }
        Ok(dead.len())
    }

    /// Serves until it is told to stop. The store then has all unfinished work.
    ///
    /// # Errors
    /// Fails if the store does for good, or if a worker can't work. A node or a database that is away is asked again.
    pub async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), OperatorError> {
        let (end, ended) = watch::channel(false);
        let mut workers = self.start_workers(&ended);
        let mut changes = self.operator.store.changes(Topic::Answers);
        let mut backoff = Backoff::default();
        let mut wait = Duration::ZERO;
        tokio::pin!(stop);
        loop {
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some(worker) = workers.join_next() => return Err(failure(worker)),
                () = changes.wait(wait) => {}
            }
            // A round that is dropped half way has changed nothing but what is in the store.
            let turn = tokio::select! {
                biased;
                () = &mut stop => break,
                turn = self.turn() => turn,
            };
            wait = self.after(turn, &mut backoff)?;
        }
        info!("stopping: the store has all unfinished work");
        if let Err(error) = self.operator.store.resign().await {
            warn!(%error, "another service can lead in some seconds only");
        }
        end.send_replace(true);
        while let Some(worker) = workers.join_next().await {
            if let Ok(Err(error)) = worker {
                return Err(error);
            }
        }
        Ok(())
    }

    /// A round, if this process leads.
    async fn turn(&mut self) -> Result<Turn, OperatorError> {
        let store = self.operator.store.clone();
        if !store.lead().await? {
            self.stand_by();
            return Ok(Turn::StoodBy);
        }
        tokio::select! {
            round = self.round() => round.map(|()| Turn::Led),
            error = until_deposed(&store) => Err(error.into()),
        }
    }

    /// How long to wait after a round.
    fn after(&mut self, turn: Result<Turn, OperatorError>, backoff: &mut Backoff) -> Result<Duration, OperatorError> {
        match turn {
            Ok(turn) => {
                backoff.succeed();
                self.health.succeed();
                Ok(if turn == Turn::Led { self.operator.options.poll } else { LEAD_BEAT })
            }
            Err(OperatorError::Store(StoreError::Deposed)) => {
                self.stand_by();
                Ok(LEAD_BEAT)
            }
            Err(error) if error.is_transient() => {
                let wait = backoff.fail();
                self.operator.metrics.failures.inc();
                self.health.fail(&error.to_string());
                warn!(%error, retry_ms = wait.as_millis(), "a round failed");
                Ok(wait)
            }
            Err(error) => Err(error),
        }
    }

    /// Forgets what this process knew as the leader: another one may have changed it.
    fn stand_by(&mut self) {
        if self.roles.take().is_some() {
            warn!("another service leads now");
        }
        self.operator.metrics.leads.set(0);
    }

    fn start_workers(&self, stop: &watch::Receiver<bool>) -> JoinSet<Result<(), OperatorError>> {
        let Operator { store, models, metrics, options, .. } = &*self.operator;
        let (venue, mut workers) = (self.operator.venue(), JoinSet::new());
        // No worker of another process has the name.
        let process = format!("{}-{:016x}", std::process::id(), rand::random::<u64>());
        for index in 0..options.workers {
            let name = format!("{process}-{index}");
            let settings = WorkerOptions { name, venue, term: options.lease, poll: options.poll };
            // The health of a service is that of its rounds.
            let health = Health::default();
            let worker = Worker::new(store.clone(), Arc::clone(models), metrics.clone(), health, settings);
            workers.spawn(worker.run(stop.clone()));
        }
        workers
    }

    async fn round(&mut self) -> Result<(), OperatorError> {
        let operator = Arc::clone(&self.operator);
        let (watcher, submitter) = self.roles.get_or_insert_with(|| {
            info!("this service leads");
            (Watcher::new(Arc::clone(&operator)), Submitter::new(Arc::clone(&operator)))
        });
        operator.metrics.leads.set(1);
        let head = operator.account.node.head().await?;
        watcher.round(&head).await?;
        submitter.round(&head).await?;
        self.measure(&head).await
    }

    async fn measure(&mut self, head: &Head) -> Result<(), OperatorError> {
        let Operator { account, metrics, store, .. } = &*self.operator;
        let balance = account.node.balance(account.address()).await?;
        metrics.balance.set(i64::try_from(balance / U256::from(GWEI)).unwrap_or(i64::MAX));
        metrics.head.set(i64::try_from(head.number).unwrap_or(i64::MAX));
        // A queue may be long, and rounds may be short.
        if self.counted.is_none_or(|counted| counted.elapsed() >= COUNT_BEAT) {
            metrics.set_depth(&store.depth().await?);
            self.counted = Some(Instant::now());
        }
        Ok(())
    }
}

/// Goes on leading for as long as this process does.
async fn until_deposed(store: &impl JobStore) -> StoreError {
    loop {
        tokio::time::sleep(LEAD_BEAT).await;
        match store.keep_lead().await {
            Ok(true) => {}
            Ok(false) => return StoreError::Deposed,
            // No change is possible either meanwhile.
            Err(error) if error.is_transient() => {}
            Err(error) => return error,
        }
    }
}

/// Why a worker has ended, which it never does by itself.
fn failure(worker: Result<Result<(), OperatorError>, tokio::task::JoinError>) -> OperatorError {
    match worker {
        Ok(Err(error)) => error,
        Ok(Ok(())) => OperatorError::Prover("a worker ended".into()),
        Err(error) => OperatorError::Prover(error.to_string()),
    }
}
