//! The service: watcher, submitter and workers of one operator in one process.

use std::{path::PathBuf, sync::Arc, time::Duration};

use alloy::primitives::{Address, U256};
use tokio::{sync::watch, task::JoinSet};
use tracing::{info, warn};

use super::{
    Health, JobStore, Metrics, OperatorError, Policy, Served, Topic, Worker, WorkerOptions, backoff::Backoff,
    operator::Operator, submitter::Submitter, watcher::Watcher,
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

/// The operator's service.
#[derive(Debug)]
pub struct Service<S> {
    operator: Arc<Operator<S>>,
    watcher: Watcher<S>,
    submitter: Submitter<S>,
    health: Health,
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
        let (watcher, submitter) = (Watcher::new(Arc::clone(&operator)), Submitter::new(Arc::clone(&operator)));
        Ok(Self { operator, watcher, submitter, health: Health::default() })
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
    /// Fails if the store does, or if a worker can't work. A node that fails is asked again.
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
            let round = tokio::select! {
                biased;
                () = &mut stop => break,
                round = self.round() => round,
            };
            wait = match round {
                Ok(()) => {
                    backoff.succeed();
                    self.health.succeed();
                    self.operator.options.poll
                }
                Err(OperatorError::Node(error)) => {
                    let wait = backoff.fail();
                    self.operator.metrics.failures.inc();
                    self.health.fail(&error);
                    warn!(%error, retry_ms = wait.as_millis(), "a call of the node failed");
                    wait
                }
                Err(error) => return Err(error),
            };
        }
        info!("stopping: the journal has all unfinished work");
        end.send_replace(true);
        while let Some(worker) = workers.join_next().await {
            if let Ok(Err(error)) = worker {
                return Err(error);
            }
        }
        Ok(())
    }

    fn start_workers(&self, stop: &watch::Receiver<bool>) -> JoinSet<Result<(), OperatorError>> {
        let Operator { store, models, metrics, options, .. } = &*self.operator;
        let (venue, mut workers) = (self.operator.venue(), JoinSet::new());
        for index in 0..options.workers {
            let name = format!("{}-{index}", std::process::id());
            let settings = WorkerOptions { name, venue, term: options.lease, poll: options.poll };
            let worker = Worker::new(store.clone(), Arc::clone(models), metrics.clone(), settings);
            workers.spawn(worker.run(stop.clone()));
        }
        workers
    }

    async fn round(&mut self) -> Result<(), OperatorError> {
        let head = self.operator.account.node.head().await?;
        self.watcher.round(&head).await?;
        self.submitter.round(&head).await?;
        self.measure(&head).await
    }

    async fn measure(&self, head: &Head) -> Result<(), OperatorError> {
        let Operator { account, metrics, store, .. } = &*self.operator;
        let balance = account.node.balance(account.address()).await?;
        metrics.balance.set(i64::try_from(balance / U256::from(GWEI)).unwrap_or(i64::MAX));
        metrics.head.set(i64::try_from(head.number).unwrap_or(i64::MAX));
        metrics.set_depth(&store.depth().await?);
        Ok(())
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
