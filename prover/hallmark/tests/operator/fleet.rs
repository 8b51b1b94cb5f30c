//! Services and workers that share a database: whatever is killed or lies, a request is settled once, and paid once.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use alloy::primitives::{B256, U256};
use hallmark_operator::{Answer, JobStore, Lease, LeaseRequest, PostgresStore, State, StoreError, WorkQueue};
use hallmark_testing::postgres::{Database, Server};

use crate::{
    program::{Process, done, say, text},
    purpose::INPUT,
    service::{FULFILLED, OPEN},
    workers::honest,
    world::{FEE, OPERATOR, World, until},
};

/// A lease that a killed worker holds up nobody with for long.
const LEASE: &str = "--lease 2s";

/// A world with an empty queue.
pub(crate) struct Fleet {
    pub(crate) world: World,
    pub(crate) database: Database,
}

impl Fleet {
    pub(crate) async fn new(arguments: &[&str]) -> Self {
        Self::on(Server::shared(), arguments).await
    }

    pub(crate) async fn on(server: &Server, arguments: &[&str]) -> Self {
        Self { world: World::new(arguments).await, database: server.database() }
    }

    /// A service that proves nothing itself.
    pub(crate) fn serve(&self) -> Process {
        Process::serve(&self.world, &format!("--no-work --queue {}", self.database.address()))
    }

    pub(crate) fn work(&self) -> Process {
        Process::work(&self.world, &format!("{LEASE} --queue {}", self.database.address()))
    }

    /// Waits until a service leads, and returns its name.
    async fn leader(&self) -> String {
        let leader = || self.database.run("SELECT name FROM hallmark.leader WHERE expires > hallmark.millis()");
        let made = || self.database.run("SELECT to_regclass('hallmark.leader') IS NOT NULL") == "t";
        until("a leader", async || made() && !leader().is_empty()).await;
        leader()
    }

    /// The queue, as a worker sees it.
    async fn join(&self) -> PostgresStore {
        self.leader().await;
        let mut joined = None;
        until("the venue", async || {
            joined = PostgresStore::join(&self.database.address(), "test").await.ok();
            joined.is_some()
        })
        .await;
        joined.unwrap().0
    }

    /// Takes a job as a worker with this name.
    async fn claim(&self, queue: &PostgresStore, worker: &str, term: Duration) -> Lease {
        let models = [self.world.model.0];
        let claim = LeaseRequest { worker, models: &models, most: 1, term };
        let mut lease = None;
        until("a job", async || {
            lease = queue.claim(&claim).await.unwrap();
            lease.is_some()
        })
        .await;
        lease.unwrap()
    }

    /// Each of these was settled and paid once, and no nonce was used for nothing.
    pub(crate) async fn assert_paid_once(&self, ids: &[B256]) {
        for id in ids {
            self.world.wait(*id, FULFILLED).await;
        }
        until("the events", async || self.world.settled().await.len() >= ids.len()).await;
        let settled = self.world.settled().await;
        assert_eq!(settled.iter().collect::<BTreeSet<_>>(), ids.iter().collect::<BTreeSet<_>>());
        assert_eq!(settled.len(), ids.len(), "some were settled twice");
        let operator = self.world.anvil.account(OPERATOR).await.address();
        assert_eq!(self.world.credit(operator).await, U256::from(ids.len() as u128 * (FEE - FEE / 10)));
        let transactions = self.world.customer.node.nonce(operator).await.unwrap();
        assert!(transactions <= ids.len() as u64, "{transactions} transactions");
    }
}

#[tokio::test]
async fn a_fleet_goes_on_when_its_leader_and_its_workers_are_killed() {
    let fleet = Fleet::new(&["--block-time", "1"]).await;
    let mut first = fleet.serve();
    let leader = fleet.leader().await;
    let second = fleet.serve();
    let mut ids = Vec::new();
    for index in 0..4 {
        ids.push(fleet.world.request(&[index; 4]).await);
    }
    // The worker is killed while it has a job, and the leader as soon as anything is under way.
    let mut victim = fleet.work();
    let lease = format!("SELECT count(*) FROM hallmark.leases WHERE worker LIKE 'work-{}-%'", victim.id());
    let made = || fleet.database.run("SELECT to_regclass('hallmark.leases') IS NOT NULL") == "t";
    until("a lease", async || made() && fleet.database.run(&lease) == "1").await;
    victim.signal("-KILL");
    let worker = fleet.work();
    let under_way = || fleet.database.run("SELECT submission IS NOT NULL FROM hallmark.venue") == "t";
    until("a transaction", async || under_way() || !fleet.world.settled().await.is_empty()).await;
    first.signal("-KILL");
    let killed = Instant::now();
    let other = || {
        fleet.database.run(&format!("SELECT expires > hallmark.millis() AND name <> '{leader}' FROM hallmark.leader"))
    };
    until("another leader", async || other() == "t").await;
    assert!(killed.elapsed() < Duration::from_secs(10), "it took {:?}", killed.elapsed());
    for index in 4..6 {
        ids.push(fleet.world.request(&[index; 4]).await);
    }
    fleet.assert_paid_once(&ids).await;
    drop((second, worker));
}

/// Two services at the same time: one leads, and the other takes over at once when the first is stopped in order.
#[tokio::test]
async fn of_two_services_one_sends_transactions() {
    let fleet = Fleet::new(&[]).await;
    let mut services = [fleet.serve(), fleet.serve()];
    let worker = fleet.work();
    let mut ids = Vec::new();
    for index in 0..3 {
        ids.push(fleet.world.request(&[index; 4]).await);
    }
    fleet.assert_paid_once(&ids).await;
    let epoch = || fleet.database.run("SELECT epoch FROM hallmark.leader");
    let before = epoch();
    assert_eq!(services[0].signal("-TERM"), Some(0));
    ids.push(fleet.world.request(&[3; 4]).await);
    fleet.assert_paid_once(&ids).await;
    assert_eq!(services[1].signal("-TERM"), Some(0));
    // One of them led all the time, or each did once.
    assert!(epoch() >= before);
    drop(worker);
}

#[tokio::test]
async fn false_and_late_answers_of_a_worker_are_paid_to_nobody() {
    let fleet = Fleet::new(&[]).await;
    let (world, service) = (&fleet.world, fleet.serve());
    let queue = fleet.join().await;
    let id = world.request(&INPUT).await;
    // A false proof, and then no proof in time.
    let term = Duration::from_secs(60);
    let lease = fleet.claim(&queue, "hostile", term).await;
    let mut lie = honest(world, lease.tasks[0].context);
    lie.proof[100] ^= 1;
    queue.complete(&lease, &[(id.0, lie)]).await.unwrap();
    until("a rejection", async || queue.job(id.0).await.unwrap().unwrap().attempts == 1).await;
    let late = fleet.claim(&queue, "late", Duration::from_millis(1)).await;
    assert_eq!((world.request_of(id).await.state, late.tasks[0].id), (OPEN, id.0));
    // An honest worker gets it, and is paid. Nobody else's answer counts any more, be it true or false.
    let worker = fleet.work();
    world.wait(id, FULFILLED).await;
    for answer in [honest(world, late.tasks[0].context), Answer { output: vec![], proof: vec![] }] {
        let refused = queue.complete(&late, &[(id.0, answer)]).await;
        assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    }
    fleet.assert_paid_once(&[id]).await;
    drop((service, worker));
}

#[tokio::test]
async fn dead_letters_are_shown_and_taken_up_again() {
    let fleet = Fleet::new(&[]).await;
    let service = fleet.serve();
    let queue = fleet.join().await;
    let id = fleet.world.request(&INPUT).await;
    let lease = fleet.claim(&queue, "w", Duration::from_secs(60)).await;
    queue.fail(&lease, "the disk\u{1b}[2J is full").await.unwrap();
    fleet.database.run("UPDATE hallmark.jobs SET state = 'dead', reason = E'the disk\\x1b[2J is full', held_until = 0");
    let address = fleet.database.address();
    let shown = done(OPERATOR, &format!("queue --queue {address}"));
    assert_eq!((shown["requests"]["dead"].as_u64(), shown["chain"].as_u64()), (Some(1), Some(31_337)));
    assert_eq!(shown["dead"][0]["request"], serde_json::json!(id));
    let output = crate::program::hallmark(OPERATOR, &format!("queue --queue {address}")).output().unwrap();
    let plain = String::from_utf8(output.stdout).unwrap();
    assert!(plain.contains("the disk\\u{1b}[2J is full") && !plain.contains('\u{1b}'), "{plain}");
    let other = B256::repeat_byte(7);
    let (code, said) = say(OPERATOR, &format!("queue --queue {address} --requeue {other}"));
    assert_eq!((code, said["missing"][0].clone()), (1, serde_json::json!(other)));
    let said = done(OPERATOR, &format!("queue --queue {address} --requeue-all"));
    assert_eq!(said["requeued"], serde_json::json!([id]));
    let worker = fleet.work();
    fleet.assert_paid_once(&[id]).await;
    drop((service, worker));
}

#[tokio::test]
async fn a_queue_of_another_market_is_refused() {
    let fleet = Fleet::new(&[]).await;
    let service = fleet.serve();
    fleet.join().await;
    drop(service);
    let other = World::new(&[]).await;
    let World { market, model, .. } = &other;
    let (code, said) = say(
        OPERATOR,
        &format!(
            "serve m.hallmark --model-id {model} --srs srs.bin --market {market} --rpc {} --payee {} --queue {}",
            other.anvil.url(),
            alloy::primitives::Address::repeat_byte(9),
            fleet.database.address()
        ),
    );
    assert!(code == 3 && text(&said, "error").contains("another chain, market or payee"), "{said}");
}

#[tokio::test]
async fn a_service_may_work_itself() {
    let fleet = Fleet::new(&[]).await;
    let mut service = Process::serve(&fleet.world, &format!("--queue {}", fleet.database.address()));
    let id = fleet.world.request(&INPUT).await;
    fleet.assert_paid_once(&[id]).await;
    let queue = fleet.join().await;
    until("the verdict", async || {
        matches!(queue.job(id.0).await.unwrap().map(|job| job.state), Some(State::Settled(_)))
    })
    .await;
    assert_eq!(service.signal("-TERM"), Some(0));
}
