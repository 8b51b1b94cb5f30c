//! A worker: takes jobs from the store, proves them, and delivers the answers. It has no key to sign with, and asks no node.
//!
//! A thread of its own proves, one answer after the other: proving uses all cores by itself. Meanwhile the worker keeps its lease
//! in force.

use std::{sync::Arc, thread, time::Duration};

use alloy::primitives::B256;
use tokio::sync::{mpsc, watch};
use tracing::{info, warn};

use super::{
    Answer, BatchAnswer, Health, JobId, Lease, LeaseRequest, Metrics, OperatorError, Served, StoreError, Task, Topic,
    Venue, WorkQueue,
    backoff::Backoff,
    maker::{Makers, Proofs},
};

/// How many heartbeats there are in a lease's term: two may be lost.
const BEATS: u32 = 3;

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// What it is called in the store and in logs.
    pub name: String,
    /// Whose requests it answers, and who is paid. A batch's proof is bound to both.
    pub venue: Venue,
    /// How long a lease is in force without a heartbeat.
    pub term: Duration,
    /// How long it waits at most until it looks for work again.
    pub poll: Duration,
}

/// A worker with its models.
#[derive(Debug)]
pub struct Worker<Q> {
    queue: Q,
    models: Arc<Vec<Served>>,
    metrics: Metrics,
    health: Health,
    options: WorkerOptions,
}

/// What was proved.
type Proved = Result<Proofs, OperatorError>;

/// What becomes of a lease.
enum Delivery<'d> {
    /// Its jobs have a proof each.
    Each(&'d [(JobId, Answer)]),
    /// They have one proof.
    Batch(&'d BatchAnswer),
    /// They can't be proved, for this reason.
    Failure(&'d str),
}

/// The work of a lease for the thread.
struct Order {
    /// The number of the model.
    model: usize,
    /// The number of inputs of one proof for all tasks; 1 if each has a proof of its own.
    size: usize,
    tasks: Vec<Task>,
}

impl<Q: WorkQueue> Worker<Q> {
    /// A worker that can prove these models.
    #[must_use]
    pub const fn new(
        queue: Q,
        models: Arc<Vec<Served>>,
        metrics: Metrics,
        health: Health,
        options: WorkerOptions,
    ) -> Self {
        Self { queue, models, metrics, health, options }
    }

    /// Works until it is told to stop, and gives back what it has not proved by then.
    ///
    /// # Errors
    /// Fails if the store does for good, or if a model can't be proved at all. A job that can't be proved is no reason, and a store
    /// that is away is asked again.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> Result<(), OperatorError> {
        let mut thread = ProvingThread::start(Arc::clone(&self.models), self.options.venue).await?;
        let mut changes = self.queue.changes(Topic::Work);
        let models: Vec<_> = self.models.iter().map(|model| model.id.0).collect();
        let Self { queue, options, .. } = &self;
        let mut backoff = Backoff::default();
        loop {
            let claim = LeaseRequest { worker: &options.name, models: &models, most: 1, term: options.term };
            let wait = match queue.claim(&claim).await {
                Ok(Some(lease)) => {
                    if !self.serve(&lease, &mut thread, &mut stop).await? {
                        return Ok(());
                    }
                    continue;
                }
                Ok(None) => {
                    backoff.succeed();
                    self.health.succeed();
                    options.poll
                }
                Err(error) if error.is_transient() => self.away(&error, &mut backoff),
                Err(error) => return Err(error.into()),
            };
            tokio::select! {
                () = stopped(&mut stop) => return Ok(()),
                () = changes.wait(wait) => {}
            }
        }
    }

    /// The store is away. Tells how long to wait before it is asked again.
    fn away(&self, error: &StoreError, backoff: &mut Backoff) -> Duration {
        let wait = backoff.fail();
        self.health.fail(&error.to_string());
        warn!(worker = self.options.name, %error, retry_ms = wait.as_millis(), "a worker does not reach the queue");
        wait
    }

    /// Proves the jobs of a lease, and tells whether to go on.
    async fn serve(
        &self,
        lease: &Lease,
        thread: &mut ProvingThread,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<bool, OperatorError> {
        let Some(model) = self.models.iter().position(|model| model.id.0 == lease.model) else {
            return self.deliver(stop, lease, &Delivery::Failure("the worker does not have the model")).await;
        };
        thread.prove(Order { model, size: lease.size, tasks: lease.tasks.clone() }).await?;
        let mut beats = tokio::time::interval(self.options.term / BEATS);
        beats.tick().await;
        let mut is_ours = true;
        loop {
            tokio::select! {
                biased;
                proved = thread.proved.recv() => {
                    let (seconds, proved) = proved.ok_or_else(|| OperatorError::Prover("it is gone".into()))?;
                    return if is_ours { self.finish(lease, seconds, proved, stop).await } else { Ok(true) };
                }
                () = stopped(stop) => {
                    // The lease ends by itself where the store is away.
                    if let Err(error) = self.queue.release(lease).await {
                        warn!(%error, "a worker could not give its lease back");
                    }
                    return Ok(false);
                }
                _ = beats.tick() => is_ours = self.beat(lease).await? && is_ours,
            }
        }
    }

    /// Says that the worker lives, and tells whether the lease is still in force, as far as is known.
    async fn beat(&self, lease: &Lease) -> Result<bool, OperatorError> {
        match self.queue.heartbeat(lease, self.options.term).await {
            Ok(()) => self.health.succeed(),
            Err(error @ StoreError::Stale { .. }) => {
                warn!(%error, "a worker was too slow and lost its lease");
                return Ok(false);
            }
            Err(error) if error.is_transient() => {
                self.health.fail(&error.to_string());
                warn!(worker = self.options.name, %error, "a heartbeat was lost");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// Delivers what was proved, and tells whether to go on.
    async fn finish(
        &self,
        lease: &Lease,
        seconds: f64,
        proved: Proved,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<bool, OperatorError> {
        match proved {
            Ok(Proofs::Each(answers)) => {
                self.made(answers.len(), seconds);
                for (id, answer) in &answers {
                    let (request, worker) = (B256::from(*id), &self.options.name);
                    info!(%request, worker, token = lease.token, seconds, bytes = answer.proof.len(), "proved");
                }
                self.deliver(stop, lease, &Delivery::Each(&answers)).await
            }
            Ok(Proofs::Batch(batch)) => {
                self.made(1, seconds);
                let (model, requests, size) = (B256::from(lease.model), batch.members.len(), batch.size);
                let (worker, token, bytes) = (&self.options.name, lease.token, batch.proof.len());
                info!(%model, requests, size, worker, token, seconds, bytes, "proved a batch");
                self.deliver(stop, lease, &Delivery::Batch(&batch)).await
            }
            Err(error) => {
                for Task { id, .. } in &lease.tasks {
                    warn!(request = %B256::from(*id), worker = self.options.name, %error, "a request can't be proved");
                }
                self.metrics.unproved.inc();
                self.deliver(stop, lease, &Delivery::Failure(&error.to_string())).await
            }
        }
    }

    fn made(&self, proofs: usize, seconds: f64) {
        self.metrics.proofs.inc_by(proofs as u64);
        self.metrics.proof_seconds.observe(seconds);
    }

    /// Calls the store until it answers, and tells whether to go on. A proof is worth waiting for. A lease that is not in force any
    /// more is no reason to stop.
    async fn deliver(
        &self,
        stop: &mut watch::Receiver<bool>,
        lease: &Lease,
        delivery: &Delivery<'_>,
    ) -> Result<bool, OperatorError> {
        let mut backoff = Backoff::default();
        loop {
            let called = match delivery {
                Delivery::Each(answers) => self.queue.complete(lease, answers).await,
                Delivery::Batch(batch) => self.queue.complete_batch(lease, batch).await,
                Delivery::Failure(reason) => self.queue.fail(lease, reason).await,
            };
            let wait = match called {
                Ok(()) => {
                    self.health.succeed();
                    return Ok(true);
                }
                Err(error @ StoreError::Stale { .. }) => {
                    warn!(%error, "a worker was too slow and lost its lease");
                    return Ok(true);
                }
                Err(error) if error.is_transient() => self.away(&error, &mut backoff),
                Err(error) => return Err(error.into()),
            };
            tokio::select! {
                () = stopped(stop) => return Ok(false),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }
}

/// Waits until a worker is to stop.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    while !*stop.borrow_and_update() {
        if stop.changed().await.is_err() {
            return;
        }
    }
}

/// Both ends of the thread that proves. It ends with them, after the proof that it is at.
#[derive(Debug)]
struct ProvingThread {
    orders: mpsc::Sender<Order>,
    proved: mpsc::Receiver<(f64, Proved)>,
}

impl ProvingThread {
    /// Starts the thread, which fails at once where it can't prove.
    async fn start(models: Arc<Vec<Served>>, venue: Venue) -> Result<Self, OperatorError> {
        let (orders, mut queue) = mpsc::channel::<Order>(1);
        let (results, proved) = mpsc::channel(1);
        let (ready, started) = tokio::sync::oneshot::channel();
        let work = move || {
            let makers = models.iter().map(|served| Makers::new(served, venue)).collect::<Result<Vec<_>, _>>();
            let makers = match makers {
                Ok(makers) => makers,
                Err(error) => return drop(ready.send(Err(error))),
            };
            let _ = ready.send(Ok(()));
            while let Some(Order { model, size, tasks }) = queue.blocking_recv() {
                let start = std::time::Instant::now();
                let proofs = makers[model].prove(size, &tasks);
                if results.blocking_send((start.elapsed().as_secs_f64(), proofs)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new()
            .name("prover".into())
            .spawn(work)
            .map_err(|error| OperatorError::Prover(error.to_string()))?;
        started.await.map_err(|_| OperatorError::Prover("before it began".into()))??;
        Ok(Self { orders, proved })
    }

    async fn prove(&self, order: Order) -> Result<(), OperatorError> {
        self.orders.send(order).await.map_err(|_| OperatorError::Prover("it is gone".into()))
    }
}
