//! Workers: several of them, and such that can't be trusted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alloy::primitives::{B256, U256};
use hallmark_operator::{
    Answer, Clock, EmbeddedStore, JobStore, Lease, LeaseRequest, Options, State, StoreError, WorkQueue,
};

use crate::{
    purpose::{INPUT, answer},
    service::{FULFILLED, OPEN},
    world::{FEE, FILES, OPERATOR, Running, World, options, until},
};

/// A service without workers, whose jobs the test takes.
pub(crate) struct Foreman {
    pub(crate) store: EmbeddedStore,
    pub(crate) service: Running,
    time: Arc<AtomicU64>,
}

impl Foreman {
    pub(crate) async fn new(world: &World, options: Options) -> Self {
        let time = Arc::new(AtomicU64::new(1));
        let now = Arc::clone(&time);
        let store = world.store(OPERATOR, Clock::new(move || now.load(Ordering::Relaxed))).await;
        let (service, metrics) = world.service_with(store.clone(), OPERATOR, Options { workers: 0, ..options }).await;
        Self { store, service: Running::start(service, metrics), time }
    }

    /// Lets time pass for the store, so that nothing is held any more.
    pub(crate) fn pass(&self) {
        self.time.fetch_add(3_600_000, Ordering::Relaxed);
    }

    /// Takes the next job, which the service has to offer.
    pub(crate) async fn claim(&self, world: &World, worker: &str) -> Lease {
        self.claim_some(world, worker, 1).await
    }

    /// Takes so many of the next jobs, or those that the service offers.
    pub(crate) async fn claim_some(&self, world: &World, worker: &str, most: usize) -> Lease {
        let models = [world.model.0];
        let claim = LeaseRequest { worker, models: &models, most, term: Duration::from_secs(60) };
        let mut lease = None;
        until("a job", async || {
            lease = self.store.claim(&claim).await.unwrap();
            lease.is_some()
        })
        .await;
        lease.unwrap()
    }

    /// Delivers an answer.
    pub(crate) async fn complete(&self, lease: &Lease, answer: Answer) {
        self.store.complete(lease, &[(lease.tasks[0].id, answer)]).await.unwrap();
    }
}

pub(crate) fn honest(world: &World, context: [u8; 32]) -> Answer {
    let (output, proof) = answer(&FILES.served("m", world.model), context.into());
    Answer { output, proof }
}

#[tokio::test]
async fn a_false_answer_of_a_worker_is_shown_to_nobody() {
    let world = World::new(&[]).await;
    let foreman = Foreman::new(&world, options()).await;
    let id = world.request(&INPUT).await;
    let lease = foreman.claim(&world, "hostile").await;
    let right = honest(&world, lease.tasks[0].context);
    let other_context = honest(&world, [1; 32]);
    let mut tampered = right.clone();
    tampered.proof[100] ^= 1;
    let mut other_output = right.clone();
    other_output.output[0] ^= 1;
    let (output, proof) = (Vec::new(), Vec::new());
    let lies = [other_context, tampered, other_output, Answer { output, proof }];
    let mut lease = Some(lease);
    for (count, lie) in lies.into_iter().enumerate() {
        let taken = match lease.take() {
            Some(lease) => lease,
            None => foreman.claim(&world, "hostile").await,
        };
        foreman.complete(&taken, lie).await;
        let rejected = count as u64 + 1;
        let service = &foreman.service;
        service.until_silently("a rejection", async || service.count("rejected_answers_total") == rejected).await;
        assert_eq!(foreman.store.answer(id.0).await.unwrap(), None);
        foreman.pass();
    }
    let operator = world.anvil.account(OPERATOR).await.address();
    assert_eq!(foreman.service.count("transactions_total"), 0);
    assert_eq!((world.request_of(id).await.state, world.customer.node.nonce(operator).await.unwrap()), (OPEN, 0));
    // The next worker is honest, and is paid. Its predecessor can do nothing about it.
    let taken = foreman.claim(&world, "honest").await;
    let stolen = Lease { worker: "hostile".into(), ..taken.clone() };
    let error = foreman.store.complete(&stolen, &[(id.0, honest(&world, [1; 32]))]).await;
    assert!(matches!(error, Err(StoreError::Stale { .. })));
    foreman.complete(&taken, right).await;
    world.wait(id, FULFILLED).await;
    assert_eq!(world.credit(operator).await, U256::from(FEE - FEE / 10));
    foreman.service.stop();
}

/// What the database says of an answer is not believed either: it may have been written by anyone.
#[tokio::test]
async fn an_answer_is_checked_again_by_each_process_and_each_time_it_changes() {
    let world = World::new(&[]).await;
    world.anvil.ask("evm_setAutomine", serde_json::json!([true])).await;
    let id = world.request(&INPUT).await;
    let foreman = Foreman::new(&world, options()).await;
    let lease = foreman.claim(&world, "w").await;
    // The service is away when the false answer comes, and finds it as if it had been there for long.
    let Foreman { store, service, .. } = foreman;
    service.stop();
    store.complete(&lease, &[(id.0, honest(&world, [1; 32]))]).await.unwrap();
    assert_eq!(store.job(id.0).await.unwrap().unwrap().state, State::Proved);
    drop(store);
    let foreman = Foreman::new(&world, options()).await;
    let service = &foreman.service;
    service.until_silently("a rejection", async || service.count("rejected_answers_total") == 1).await;
    assert_eq!((foreman.service.count("transactions_total"), world.request_of(id).await.state), (0, OPEN));
    foreman.service.stop();
}

#[tokio::test]
async fn several_workers_share_the_requests() {
    let world = World::new(&[]).await;
    let mut ids: Vec<B256> = Vec::new();
    for index in 0..6 {
        ids.push(world.request(&[index; 4]).await);
    }
    let service = world.serve_with(OPERATOR, Options { workers: 3, ..options() }).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    assert_eq!(service.count("proofs_total"), 6);
    until("all", async || service.count("settled_total") == 6).await;
    service.stop();
}
