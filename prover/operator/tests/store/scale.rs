//! What the queue itself costs for a job, with many others in it.
//!
//! Prints figures, and claims nothing about them: `cargo test -p hallmark-operator --test store --release -- --ignored --nocapture scale`.

#![allow(clippy::print_stdout, reason = "it prints figures")]

use std::time::{Duration, Instant};

use hallmark_chain::node::Signed;
use hallmark_operator::{Act, Block, EmbeddedStore, JobStore, NewJob, PostgresStore, State, Submission};
use hallmark_testing::postgres::Server;

use crate::{
    conformance::{answer, claim, id, job, new},
    postgres::VENUE,
};

/// The jobs that go all the way while the others wait.
const MEASURED: u64 = 200;
/// The jobs that a block has in it, and that a round of the service offers.
const BLOCK: u64 = 500;
const OFFERED: usize = 8;
const INPUT_BYTES: usize = 784;
/// How many jobs wait meanwhile.
const SIZES: [u64; 2] = [10_000, 100_000];

/// Adds up the time of calls.
struct Clock(Vec<(&'static str, Duration)>);

impl Clock {
    async fn time<T>(&mut self, name: &'static str, work: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let result = work.await;
        let spent = start.elapsed();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, sum)) => *sum += spent,
            None => self.0.push((name, spent)),
        }
        result
    }
}

/// All that is asked of a store for one job from its request to its end, besides recording it.
async fn serve(store: &impl JobStore, clock: &mut Clock, number: u64) {
    let candidates = clock.time("candidates", store.candidates(1024)).await.unwrap();
    let ids: Vec<_> = candidates.iter().take(OFFERED).map(|(id, _)| *id).collect();
    clock.time("offer", store.offer(&ids, &[])).await.unwrap();
    let lease = clock.time("claim", claim(store, "w")).await.unwrap();
    let id = lease.tasks[0].id;
    clock.time("heartbeat", store.heartbeat(&lease, crate::conformance::TERM)).await.unwrap();
    clock.time("complete", store.complete(&lease, &[(id, answer(1))])).await.unwrap();
    clock.time("proved", store.proved(128)).await.unwrap();
    let signed = Signed { hash: [9; 32], nonce: number, price: (2, 1), raw: vec![3; 4000] };
    let submission = Submission { requests: vec![id], act: Act::Answers, gas: 1, sent: vec![signed], budget: None };
    clock.time("submit", store.submit(None, &submission)).await.unwrap();
    clock.time("land", store.land(&submission, false)).await.unwrap();
    let block = Block { number, hash: [1; 32] };
    clock.time("conclude", store.conclude(id, State::Settled(block))).await.unwrap();
    clock.time("verdict_blocks", store.verdict_blocks()).await.unwrap();
    clock.time("confirm", store.confirm(block)).await.unwrap();
    clock.time("depth", store.depth()).await.unwrap();
}

/// Prints what each job costs while so many others wait.
async fn measure(store: &impl JobStore, waiting: u64) {
    let mut clock = Clock(Vec::new());
    for first in (0..waiting).step_by(BLOCK as usize) {
        let with_input = |index| NewJob { input: vec![7; INPUT_BYTES], ..new(index, job(index)) };
        let jobs: Vec<_> = (first..first + BLOCK).map(with_input).collect();
        clock.time("record", store.record(&jobs, first)).await.unwrap();
    }
    assert_eq!(store.candidates(1).await.unwrap()[0].0, id(0));
    let record = clock.0[0].1 / waiting as u32;
    clock.0.clear();
    for number in 0..MEASURED {
        serve(store, &mut clock, number).await;
    }
    let sum: Duration = clock.0.iter().map(|(_, spent)| *spent).sum::<Duration>() / MEASURED as u32;
    println!("{waiting} waiting: record {record:?} a job, then {sum:?} a job");
    for (name, spent) in &clock.0 {
        println!("    {name} {:?}", *spent / MEASURED as u32);
    }
    assert_eq!(store.depth().await.unwrap().open(), waiting - MEASURED);
}

#[tokio::test]
#[ignore = "takes a minute, and is a measurement"]
async fn scale() {
    for waiting in SIZES {
        // On a disk: what a job costs is mostly that its steps are written through.
        let folder = tempfile::tempdir_in(".").unwrap();
        let path = folder.path().join("journal");
        let store = EmbeddedStore::open(&path, VENUE).unwrap();
        measure(&store, waiting).await;
        println!("    {} bytes", path.metadata().unwrap().len());
    }
}

#[tokio::test]
#[ignore = "takes a minute, and is a measurement"]
async fn scale_in_a_database() {
    let server = Server::durable();
    for waiting in SIZES {
        let database = server.database();
        let store = PostgresStore::open(&database.address(), VENUE, "s").await.unwrap();
        assert!(store.lead().await.unwrap());
        measure(&store, waiting).await;
        println!("    {} bytes", database.run("SELECT pg_database_size(current_database())"));
    }
}
