//! A fleet whose services, workers, database, network and chain fail again and again.
//!
//! It takes minutes, and prints what happened:
//! `HALLMARK_REQUESTS=1000 cargo test -p hallmark --test operator chaos -- --ignored --nocapture`.

#![allow(clippy::print_stdout, reason = "it prints figures")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    time::{Duration, Instant},
};

use alloy::primitives::{B256, U256};
use hallmark_chain::node::{Intent, contracts::market::InferenceMarket::refundCall};
use hallmark_testing::postgres::{Database, Server};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use crate::{
    program::Process,
    proxy::Proxy,
    service::{FULFILLED, REFUNDED},
    world::{FEE, OPERATOR, World, until},
};

/// How many requests there are, unless the environment says so. One in twenty has little time.
const REQUESTS: u64 = 200;
const SHORT: u64 = 20;
/// The seconds that those have.
const LITTLE_TIME: u64 = 60;
const WORKERS: usize = 4;
const FAILOVER: Duration = Duration::from_secs(10);

/// What may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    WorkerKilled,
    LeaderKilled,
    /// A process that stands still and goes on later, when another leads.
    LeaderPaused,
    DatabaseKilled,
    NetworkPaused,
    Reorganization,
}

const EVENTS: [Event; 8] = [
    Event::WorkerKilled,
    Event::WorkerKilled,
    Event::WorkerKilled,
    Event::LeaderKilled,
    Event::LeaderPaused,
    Event::DatabaseKilled,
    Event::NetworkPaused,
    Event::Reorganization,
];

struct Chaos {
    world: World,
    server: Server,
    database: Database,
    proxy: Proxy,
    services: Vec<Process>,
    workers: Vec<Process>,
    rng: ChaCha20Rng,
    seen: BTreeMap<Event, u32>,
    slowest: Duration,
}

impl Chaos {
    async fn new() -> Self {
        let server = Server::start();
        let database = server.database();
        let proxy = Proxy::to(&database.file("."));
        let rng = ChaCha20Rng::seed_from_u64(env::var("HALLMARK_SEED").map_or(1, |seed| seed.parse().unwrap()));
        let (services, workers, seen, slowest) = (Vec::new(), Vec::new(), BTreeMap::new(), Duration::ZERO);
        Self { world: World::batched(&[]).await, server, database, proxy, services, workers, rng, seen, slowest }
    }

    fn serve(&self) -> Process {
        let rest = format!("--no-work --batch-wait 1s --patience 2s --deadline-margin 2s {}", self.queue());
        Process::serve(&self.world, &rest)
    }

    fn work(&self) -> Process {
        Process::work(&self.world, &format!("--lease 5s {}", self.queue()))
    }

    fn queue(&self) -> String {
        let address = self.database.address();
        let (before, after) = address.split_once("host=").unwrap();
        let (_, rest) = after.split_once('&').unwrap();
        format!("--queue {before}host={}&{rest}", self.proxy.folder().display())
    }

    /// Which of the services leads, once one does.
    async fn leader(&self) -> (usize, String) {
        let mut leader = None;
        until("a leader", async || {
            let name = self.database.run("SELECT name FROM hallmark.leader WHERE expires > hallmark.millis()");
            let leads = |service: &Process| name.starts_with(&format!("serve-{}-", service.id()));
            leader = self.services.iter().position(leads).map(|index| (index, name));
            leader.is_some()
        })
        .await;
        leader.unwrap()
    }

    /// Waits until another one leads, and remembers how long that took.
    async fn follow(&mut self, name: &str) {
        let start = Instant::now();
        let other = format!("SELECT expires > hallmark.millis() AND name <> '{name}' FROM hallmark.leader");
        until("another leader", async || self.database.run(&other) == "t").await;
        self.slowest = self.slowest.max(start.elapsed());
    }

    async fn let_happen(&mut self, event: Event) {
        *self.seen.entry(event).or_default() += 1;
        match event {
            Event::WorkerKilled => {
                let index = self.rng.random_range(0..WORKERS);
                self.workers[index].signal("-KILL");
                self.workers[index] = self.work();
            }
            Event::LeaderKilled => {
                let (index, name) = self.leader().await;
                self.services[index].signal("-KILL");
                self.follow(&name).await;
                self.services[index] = self.serve();
            }
            Event::LeaderPaused => {
                let (index, name) = self.leader().await;
                self.services[index].send("-STOP");
                self.follow(&name).await;
                self.services[index].send("-CONT");
            }
            Event::DatabaseKilled => {
                self.server.kill();
                tokio::time::sleep(Duration::from_secs(1)).await;
                self.server.resume();
            }
            Event::NetworkPaused => self.proxy.block(Duration::from_secs(self.rng.random_range(1..8))).await,
            Event::Reorganization => drop(self.world.anvil.ask("anvil_reorg", json!([1, []])).await),
        }
    }

    /// The requests among these that were neither settled nor can expire any more.
    async fn open(&self, long: &[B256], short: &[B256]) -> usize {
        let settled: BTreeSet<_> = self.world.settled().await.into_iter().collect();
        let is_over =
            self.world.customer.node.head().await.unwrap().timestamp > self.world.request_of(short[0]).await.deadline;
        let count = |ids: &[B256]| ids.iter().filter(|id| !settled.contains(*id)).count();
        count(long) + if is_over { 0 } else { count(short) }
    }
}

#[tokio::test]
#[ignore = "takes minutes, and is a measurement too"]
async fn a_fleet_in_which_everything_fails_settles_each_request_once() {
    let count = env::var("HALLMARK_REQUESTS").map_or(REQUESTS, |count| count.parse().unwrap());
    let mut chaos = Chaos::new().await;
    let long = chaos.world.order_many(count - count / SHORT, 86_400).await;
    let short = chaos.world.order_many(count / SHORT, LITTLE_TIME).await;
    chaos.world.mine(2).await;
    chaos.world.anvil.ask("evm_setIntervalMining", json!([1])).await;
    chaos.services = vec![chaos.serve(), chaos.serve()];
    chaos.workers = (0..WORKERS).map(|_| chaos.work()).collect();
    let made = || chaos.database.run("SELECT to_regclass('hallmark.leader') IS NOT NULL") == "t";
    until("the tables", async || made()).await;
    let start = Instant::now();
    while chaos.open(&long, &short).await > 0 {
        tokio::time::sleep(Duration::from_millis(chaos.rng.random_range(1_000..4_000))).await;
        let event = EVENTS[chaos.rng.random_range(0..EVENTS.len())];
        chaos.let_happen(event).await;
        assert!(start.elapsed() < Duration::from_secs(3600), "{:?}", chaos.seen);
    }
    let took = start.elapsed();
    // Nothing is dropped any more.
    until("the end", async || chaos.database.run("SELECT count(*) FROM hallmark.jobs WHERE NOT is_done") == "0").await;
    let settled = chaos.world.settled().await;
    let unique: BTreeSet<_> = settled.iter().copied().collect();
    let late: Vec<_> = short.iter().filter(|id| !unique.contains(*id)).collect();
    let operator = chaos.world.anvil.account(OPERATOR).await.address();
    let transactions = chaos.world.customer.node.nonce(operator).await.unwrap();
    println!(
        "{count} requests in {took:?}: {} settled, {} too late, {transactions} transactions, slowest failover {:?}, {:?}",
        settled.len(),
        late.len(),
        chaos.slowest,
        chaos.seen
    );
    assert_eq!(settled.len(), unique.len(), "some were settled twice");
    for id in &long {
        assert!(unique.contains(id) && chaos.world.request_of(*id).await.state == FULFILLED, "{id} was lost");
    }
    assert_eq!(chaos.world.credit(operator).await, U256::from(settled.len() as u128 * (FEE - FEE / 10)));
    for id in late {
        chaos.world.customer.send(&Intent::call(chaos.world.market, &refundCall { requestId: *id })).await.unwrap();
        assert_eq!(chaos.world.request_of(*id).await.state, REFUNDED);
    }
    assert!(chaos.slowest < FAILOVER, "{:?}", chaos.slowest);
    assert_eq!(chaos.database.run("SELECT count(*) FROM hallmark.jobs WHERE state = 'dead'"), "0");
}
