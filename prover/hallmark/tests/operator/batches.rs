//! Many requests with one proof: what is paid, and what becomes of requests that change meanwhile.

use std::{
    sync::{Arc, LazyLock},
    time::Duration,
};

use alloy::primitives::{Address, B256, U256};
use hallmark_chain::{
    chain::{creation_code, key_code},
    node::{
        Account, GWEI, Intent, Price,
        contracts::{
            market::{
                IInferenceMarket::Fulfilment,
                InferenceMarket::{fulfilBatchCall, fulfilCall, refundCall},
            },
            registry::ModelRegistry::addBatchKeyCall,
        },
    },
};
use hallmark_operator::{
    Answer, BatchAnswer, Changes, Clock, EmbeddedStore, Health, JobId, JobStore, Lease, LeaseRequest, Metrics, Options,
    State, StoreError, Topic, Venue, WorkQueue, Worker, WorkerOptions, context,
};
use serde_json::json;
use tokio::sync::watch;

use crate::{
    purpose::{INPUT, answer},
    service::{FULFILLED, OPEN},
    world::{DEPLOYER, FEE, Files, OPERATOR, RIVAL, Running, World, options, until},
};

/// The model in batches of 4 and of 8.
pub(crate) static BATCHED: LazyLock<Files> = LazyLock::new(|| Files::new(14, &["m"], &[4, 8]));
/// What a payee gets of a fee.
const PAID: u128 = FEE - FEE / 10;

impl World {
    /// A chain with a model that is offered in batches, and with their keys.
    pub(crate) async fn batched(arguments: &[&str]) -> Self {
        Self::batched_with(&BATCHED, arguments).await
    }

    pub(crate) async fn batched_with(files: &'static Files, arguments: &[&str]) -> Self {
        let world = Self::with(files, arguments).await;
        let deployer = world.anvil.account(DEPLOYER).await;
        for batch in &world.served().batches {
            let code = creation_code(&key_code(&batch.key().to_bytes())).unwrap();
            let key = deployer.send(&Intent::deploy("the key of a batch", code)).await.unwrap().contract.unwrap();
            let call = addBatchKeyCall { modelId: world.model, size: U256::from(batch.size()), key };
            deployer.send(&Intent::call(world.registry, &call)).await.unwrap();
        }
        world
    }

    pub(crate) async fn requests(&self, count: u8) -> Vec<B256> {
        let mut ids = Vec::new();
        for index in 0..count {
            ids.push(self.request(&[index; 4]).await);
        }
        ids
    }

    /// An answer of a rival to the standard input, with a proof of its own.
    pub(crate) async fn fulfilment_of(&self, rival: &Account, id: B256) -> Intent {
        let (payee, deadline) = (rival.address(), self.request_of(id).await.deadline);
        let (output, proof) = answer(&self.served(), context(31_337, self.market, id, self.model, payee, deadline));
        let (input, output, proof) = (INPUT.to_vec().into(), output.into(), proof.into());
        Intent::call(self.market, &fulfilCall { f: Fulfilment { requestId: id, payee, input, output, proof } })
    }

    pub(crate) async fn paid(&self, account: usize) -> U256 {
        self.credit(self.anvil.account(account).await.address()).await
    }

    /// The gas that the first transaction of an account has used.
    pub(crate) async fn gas_of_first(&self, account: usize) -> u64 {
        let sender = self.anvil.account(account).await.address();
        let call = json!([sender, "0x0"]);
        let found = self.anvil.ask("eth_getTransactionBySenderAndNonce", call).await;
        let receipt = self.anvil.ask("eth_getTransactionReceipt", json!([found["hash"]])).await;
        u64::from_str_radix(receipt["gasUsed"].as_str().unwrap().trim_start_matches("0x"), 16).unwrap()
    }

    pub(crate) async fn sent(&self, account: usize) -> u64 {
        let address = self.anvil.account(account).await.address();
        self.customer.node.nonce(address).await.unwrap()
    }
}

/// An operator whose service and worker run one after the other, so that the chain changes in between.
pub(crate) struct Shift {
    pub(crate) store: EmbeddedStore,
    options: Options,
}

impl Shift {
    pub(crate) async fn new(world: &World, options: Options) -> Self {
        Self { store: world.store(OPERATOR, Clock::default()).await, options }
    }

    pub(crate) async fn serve(&self, world: &World) -> Running {
        let options = Options { workers: 0, ..self.options.clone() };
        let (service, metrics) = world.service_with(self.store.clone(), OPERATOR, options).await;
        Running::start(service, metrics)
    }

    /// Has the service offer so many jobs, and stops it.
    async fn offer(&self, world: &World, count: u64) {
        let service = self.serve(world).await;
        service.until_silently("an offer", async || self.store.depth().await.unwrap().ready == count).await;
        service.stop();
    }

    /// Has a worker of this payee prove what is offered, until so many jobs are proved.
    async fn prove(&self, world: &World, payee: Address, count: u64) {
        self.work(world, self.store.clone(), payee, count).await;
    }

    /// Has a worker prove one job that is offered.
    pub(crate) async fn prove_job(&self, world: &World, id: B256) {
        let payee = world.anvil.account(OPERATOR).await.address();
        self.work_until(world, self.store.clone(), payee, async || self.state(id).await == State::Proved).await;
    }

    async fn work(&self, world: &World, queue: impl WorkQueue, payee: Address, count: u64) {
        self.work_until(world, queue, payee, async || self.store.depth().await.unwrap().proved == count).await;
    }

    async fn work_until(&self, world: &World, queue: impl WorkQueue, payee: Address, holds: impl AsyncFnMut() -> bool) {
        let venue = Venue { chain: 31_337, market: world.market.into(), payee: payee.into() };
        let (term, poll) = (Duration::from_secs(60), Duration::from_millis(50));
        let settings = WorkerOptions { name: "w".into(), venue, term, poll };
        let (models, health) = (Arc::new(vec![world.served()]), Health::default());
        let worker = Worker::new(queue, models, Metrics::default(), health, settings);
        let (stop, stopped) = watch::channel(false);
        let work = tokio::spawn(worker.run(stopped));
        until("proofs", holds).await;
        stop.send_replace(true);
        work.await.unwrap().unwrap();
    }

    /// All requests in one batch that is proved and not sent.
    pub(crate) async fn batch(&self, world: &World, ids: &[B256]) -> BatchAnswer {
        let count = ids.len() as u64;
        self.offer(world, count).await;
        self.prove(world, world.anvil.account(OPERATOR).await.address(), count).await;
        let batch = self.store.batch_of(ids[0].0).await.unwrap().unwrap();
        assert_eq!(batch.members.iter().map(|member| B256::from(member.id)).collect::<Vec<_>>(), ids);
        batch
    }

    async fn state(&self, id: B256) -> State {
        self.store.job(id.0).await.unwrap().unwrap().state
    }
}

#[tokio::test]
async fn requests_that_are_queued_are_answered_by_one_proof() {
    let world = World::batched(&[]).await;
    let ids = world.requests(5).await;
    let service = world.serve(OPERATOR).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    world.assert_settled(&ids).await;
    until("the verdicts", async || service.count("settled_total") == 5).await;
    assert_eq!((world.sent(OPERATOR).await, world.paid(OPERATOR).await), (1, U256::from(5 * PAID)));
    let counts = ["proofs_total", "batches_total", "singles_total", "skipped_total"].map(|name| service.count(name));
    assert_eq!(counts, [1, 1, 0, 0]);
    assert_eq!((service.count("answers_per_settlement_count"), service.sum("answers_per_settlement")), (1, 5.0));
    // What it took is what was expected, and a little less.
    let used = service.sum("gas_per_answer") * 5.0;
    let expected = world.served().tariff().unwrap().worth(8, 5).unwrap() as f64;
    assert!((used..used * 1.3).contains(&expected), "{expected} where {used} was used");
    world.mine(10).await;
    until("the end", async || service.count("queue") == 0).await;
    service.stop();
}

/// Between the proof and its transaction one request is refunded, one expires, and one is answered by a rival.
#[tokio::test]
async fn requests_that_change_before_the_transaction_do_not_sink_the_rest() {
    let world = World::batched(&[]).await;
    let [first, last] = [world.request(&[1; 4]).await, world.request(&[2; 4]).await];
    let taken = world.request(&INPUT).await;
    let [refunded, expired] = [
        world.order(&world.ask_for(&[3; 4], 4000).await, &[3; 4], FEE).await,
        world.order(&world.ask_for(&[4; 4], 4000).await, &[4; 4], FEE).await,
    ];
    // Those with the later deadlines are longer open.
    let late = world.order(&world.ask_for(&[5; 4], 9000).await, &[5; 4], FEE).await;
    let later = world.order(&world.ask_for(&[6; 4], 9000).await, &[6; 4], FEE).await;
    let shift = Shift::new(&world, options()).await;
    shift.batch(&world, &[first, last, taken, refunded, expired, late, later]).await;

    let rival = world.anvil.account(RIVAL).await;
    rival.send(&world.fulfilment_of(&rival, taken).await).await.unwrap();
    world.anvil.ask("evm_increaseTime", json!([5000])).await;
    world.mine(1).await;
    world.customer.send(&Intent::call(world.market, &refundCall { requestId: refunded })).await.unwrap();

    let service = shift.serve(&world).await;
    for id in [late, later] {
        world.wait(id, FULFILLED).await;
    }
    until("the end", async || service.count("settled_total") == 2 && service.count("expired_total") == 4).await;
    assert_eq!((service.count("batches_total"), service.count("lost_total"), world.sent(OPERATOR).await), (1, 1, 1));
    assert_eq!(world.paid(OPERATOR).await, U256::from(2 * PAID));
    assert_eq!((world.paid(RIVAL).await, world.request_of(expired).await.state), (U256::from(PAID), OPEN));
    world.assert_settled(&[taken, late, later]).await;
    // None of them is tried again.
    for id in [first, last, refunded, expired] {
        let job = shift.store.job(id.0).await.unwrap();
        assert!(job.is_none_or(|job| job.is_done && job.state == State::Expired));
    }
    assert!(matches!(shift.state(taken).await, State::Lost(_)));
    world.mine(10).await;
    until("nothing is left", async || service.count("queue") == 0).await;
    assert_eq!(world.sent(OPERATOR).await, 1);
    service.stop();
}

/// A rival is faster in the very block.
#[tokio::test]
async fn a_request_that_is_answered_in_the_same_block_is_passed_over() {
    let world = World::batched(&[]).await;
    let mut ids = world.requests(2).await;
    ids.push(world.request(&INPUT).await);
    let shift = Shift::new(&world, Options { patience: Duration::from_secs(600), ..options() }).await;
    shift.batch(&world, &ids).await;
    let rival = world.anvil.account(RIVAL).await;
    let faster = world.fulfilment_of(&rival, ids[2]).await;
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let service = shift.serve(&world).await;
    until("the batch", async || service.count("transactions_total") == 1).await;
    let head = world.customer.node.head().await.unwrap();
    let price = rival.price(&head).await.unwrap();
    let price = Price { max: price.max + 50 * GWEI, tip: 50 * GWEI };
    assert!(rival.broadcast(&rival.sign(&faster, 0, 5_000_000, price).unwrap()).await.unwrap());
    world.mine(1).await;
    until("the verdicts", async || service.count("settled_total") == 2 && service.count("lost_total") == 1).await;
    assert_eq!((service.count("skipped_total"), service.sum("answers_per_settlement")), (1, 2.0));
    assert_eq!((world.paid(OPERATOR).await, world.paid(RIVAL).await), (U256::from(2 * PAID), U256::from(PAID)));
    world.assert_settled(&[ids[2], ids[0], ids[1]]).await;
    assert_eq!(service.count("transactions_total"), 1);
    service.stop();
}

/// One request of a batch costs more than a proof of its own.
#[tokio::test]
async fn a_batch_of_which_too_few_are_left_is_not_sent() {
    let world = World::batched(&[]).await;
    let near = world.ask_for(&[1; 4], 4000).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.order(&near, &[1; 4], FEE).await);
    }
    let left = world.order(&world.ask_for(&[2; 4], 9000).await, &[2; 4], FEE).await;
    ids.push(left);
    let shift = Shift::new(&world, options()).await;
    shift.batch(&world, &ids).await;
    world.anvil.ask("evm_increaseTime", json!([5000])).await;
    world.mine(1).await;
    let service = shift.serve(&world).await;
    let is_withdrawn = async || service.count("withdrawn_answers_total") == 1 && service.count("expired_total") == 3;
    service.until_silently("a withdrawal", is_withdrawn).await;
    service.until_silently("an offer", async || shift.state(left).await == State::Ready).await;
    let job = shift.store.job(left.0).await.unwrap().unwrap();
    assert!(job.goes_alone && job.attempts == 0);
    service.stop();
    shift.prove_job(&world, left).await;
    let service = shift.serve(&world).await;
    world.wait(left, FULFILLED).await;
    until("the verdict", async || service.count("settled_total") == 1).await;
    assert_eq!((service.count("batches_total"), service.count("singles_total")), (0, 1));
    service.stop();
}

#[tokio::test]
async fn a_batch_that_a_reorganization_drops_is_paid_once() {
    let world = World::batched(&[]).await;
    let ids = world.requests(3).await;
    let service = world.serve(OPERATOR).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    until("the verdicts", async || service.count("settled_total") == 3).await;
    // The block of the settlement is replaced by an empty one. Those of the requests stay.
    world.anvil.ask("anvil_reorg", json!([1, []])).await;
    until("the second verdicts", async || service.count("settled_total") == 6).await;
    world.assert_settled(&ids).await;
    assert_eq!((service.count("reorganized_total"), service.count("proofs_total")), (3, 1));
    assert_eq!(world.paid(OPERATOR).await, U256::from(3 * PAID));
    world.mine(10).await;
    until("the end", async || service.count("queue") == 0).await;
    service.stop();
}

/// A proof for another payee settles nothing, neither for the worker that made it nor for who copies the batch.
#[tokio::test]
async fn a_batch_is_paid_to_its_payee_alone() {
    let world = World::batched(&[]).await;
    let ids = world.requests(2).await;
    let (operator, rival) = (world.anvil.account(OPERATOR).await, world.anvil.account(RIVAL).await);
    let shift = Shift::new(&world, options()).await;
    shift.offer(&world, 2).await;
    shift.prove(&world, rival.address(), 2).await;
    let foreign = shift.store.batch_of(ids[0].0).await.unwrap().unwrap();
    let service = shift.serve(&world).await;
    service.until_silently("a rejection", async || service.count("rejected_answers_total") == 1).await;
    assert_eq!(shift.store.batch_of(ids[0].0).await.unwrap(), None);
    service.stop();
    // The proof is good for the payee that it names, and for no other.
    let call = |payee: Address| {
        let b = foreign.call(world.model, payee).unwrap();
        Intent::call(world.market, &fulfilBatchCall { b })
    };
    assert!(rival.estimate(&call(operator.address())).await.is_err());
    assert!(rival.estimate(&call(rival.address())).await.is_ok());
}

/// Whatever a worker delivers, the submitter sends nothing that the contract would refuse.
#[tokio::test]
async fn a_false_batch_of_a_worker_is_shown_to_nobody() {
    let world = World::batched(&[]).await;
    let shift = Shift::new(&world, options()).await;
    type Lie = fn(&mut BatchAnswer);
    let lies: [Lie; 6] = [
        |batch| batch.proof[100] ^= 1,
        |batch| batch.proof.clear(),
        |batch| batch.members.swap(0, 1),
        |batch| batch.members[0].output[0] ^= 1,
        |batch| batch.members[1].output.clear(),
        |batch| batch.size = 8,
    ];
    for (count, lie) in lies.into_iter().enumerate() {
        let ids = world.requests(2).await;
        let honest = shift.batch(&world, &ids).await;
        let mut batch = honest.clone();
        lie(&mut batch);
        deliver(&world, &shift, &ids, &batch).await;
        let service = shift.serve(&world).await;
        service.until_silently("a rejection", async || service.count("rejected_answers_total") == 1).await;
        service.stop();
        assert_eq!(shift.store.batch_of(ids[0].0).await.unwrap(), None, "lie {count}");
        let ended: Vec<_> = ids.iter().map(|id| (id.0, State::Expired)).collect();
        shift.store.finish(&ended).await.unwrap();
    }
    assert_eq!(world.sent(OPERATOR).await, 0);
}

/// A sound proof of another input than the one that was ordered.
#[tokio::test]
async fn a_batch_with_another_input_is_shown_to_nobody() {
    let world = World::batched(&[]).await;
    let shift = Shift::new(&world, options()).await;
    let ids = world.requests(2).await;
    shift.offer(&world, 2).await;
    let queue = Lying { store: shift.store.clone(), input: vec![77; 4] };
    shift.work(&world, queue, world.anvil.account(OPERATOR).await.address(), 2).await;
    assert_eq!(shift.store.batch_of(ids[0].0).await.unwrap().unwrap().members[1].input, [77; 4]);
    let service = shift.serve(&world).await;
    service.until_silently("a rejection", async || service.count("rejected_answers_total") == 1).await;
    assert_eq!(shift.store.batch_of(ids[0].0).await.unwrap(), None);
    service.stop();
}

/// The contract passes over a request that is late. A block before that it would not have.
#[tokio::test]
async fn a_batch_with_another_input_for_a_late_request_is_shown_to_nobody() {
    let world = World::batched(&[]).await;
    let shift = Shift::new(&world, options()).await;
    // The most urgent is the first, and a worker lies about the second.
    let first = world.order(&world.ask_for(&[0; 4], 3900).await, &[0; 4], FEE).await;
    let second = world.order(&world.ask_for(&[1; 4], 4000).await, &[1; 4], FEE).await;
    for index in 2..4_u8 {
        world.order(&world.ask_for(&[index; 4], 9000).await, &[index; 4], FEE).await;
    }
    shift.offer(&world, 4).await;
    let queue = Lying { store: shift.store.clone(), input: vec![77; 4] };
    shift.work(&world, queue, world.anvil.account(OPERATOR).await.address(), 4).await;
    let batch = shift.store.batch_of(first.0).await.unwrap().unwrap();
    assert_eq!((batch.members[1].id, &batch.members[1].input), (second.0, &vec![77; 4]));
    world.anvil.ask("evm_increaseTime", json!([5000])).await;
    world.mine(1).await;
    let service = shift.serve(&world).await;
    service.until_silently("a rejection", async || service.count("rejected_answers_total") == 1).await;
    service.stop();
}

/// One request that the model can't answer does not sink the others.
#[tokio::test]
async fn a_batch_leaves_out_what_the_model_can_t_answer() {
    let world = World::batched(&[]).await;
    let shift = Shift::new(&world, options()).await;
    let ids = world.requests(3).await;
    shift.offer(&world, 3).await;
    let queue = Lying { store: shift.store.clone(), input: Vec::new() };
    shift.work(&world, queue, world.anvil.account(OPERATOR).await.address(), 2).await;
    let members = shift.store.batch_of(ids[0].0).await.unwrap().unwrap().members;
    assert_eq!(members.iter().map(|member| member.id).collect::<Vec<_>>(), [ids[0].0, ids[2].0]);
    assert_eq!(shift.store.job(ids[1].0).await.unwrap().unwrap().attempts, 1);
    let service = shift.serve(&world).await;
    for id in [ids[0], ids[2]] {
        world.wait(id, FULFILLED).await;
    }
    service.stop();
}

/// A queue that gives its worker another input for the second job of a lease.
#[derive(Clone)]
struct Lying {
    store: EmbeddedStore,
    input: Vec<u8>,
}

impl WorkQueue for Lying {
    async fn claim(&self, claim: &LeaseRequest<'_>) -> Result<Option<Lease>, StoreError> {
        let mut lease = self.store.claim(claim).await?;
        if let Some(lease) = &mut lease {
            lease.tasks[1].input = self.input.clone();
        }
        Ok(lease)
    }

    async fn heartbeat(&self, lease: &Lease, term: Duration) -> Result<(), StoreError> {
        self.store.heartbeat(lease, term).await
    }

    async fn complete(&self, lease: &Lease, answers: &[(JobId, Answer)]) -> Result<(), StoreError> {
        self.store.complete(lease, answers).await
    }

    async fn complete_batch(&self, lease: &Lease, batch: &BatchAnswer) -> Result<(), StoreError> {
        self.store.complete_batch(lease, batch).await
    }

    async fn fail(&self, lease: &Lease, reason: &str) -> Result<(), StoreError> {
        self.store.fail(lease, reason).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.store.release(lease).await
    }

    fn changes(&self, topic: Topic) -> Changes {
        self.store.changes(topic)
    }
}

/// Replaces the proved batch of these requests by another, as a worker delivers it.
async fn deliver(world: &World, shift: &Shift, ids: &[B256], batch: &BatchAnswer) {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    shift.store.withdraw(&ids, false).await.unwrap();
    shift.offer(world, ids.len() as u64).await;
    let claim = LeaseRequest { worker: "w", models: &[world.model.0], most: 1, term: Duration::from_secs(600) };
    let lease = shift.store.claim(&claim).await.unwrap().unwrap();
    shift.store.complete_batch(&lease, batch).await.unwrap();
}
