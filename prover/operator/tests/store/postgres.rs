//! The store in a database: that it is a store, who leads, and what workers may do.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use hallmark_operator::{Answer, Job, JobStore, LeaseRequest, PostgresStore, State, StoreError, Venue, WorkQueue};
use hallmark_testing::postgres::{Database, Server};

use crate::conformance::{
    Fixture, MODEL, TERM, answer, claim, conformance, id, job, lives::submission, new, offer, prove, record, state,
};

pub(crate) const VENUE: Venue = Venue { chain: 1, market: [2; 20], payee: [3; 20] };

/// A database whose time stands still by itself.
pub(crate) struct Frozen {
    pub(crate) database: Database,
    now: AtomicU64,
}

impl Frozen {
    /// A service with this name.
    pub(crate) async fn service(&self, name: &str) -> PostgresStore {
        PostgresStore::open(&self.database.address(), VENUE, name).await.unwrap()
    }

    fn set(&self) {
        let now = self.now.load(Ordering::Relaxed);
        self.database.run(&format!(
            "CREATE OR REPLACE FUNCTION hallmark.millis() RETURNS bigint LANGUAGE sql VOLATILE AS 'SELECT {now}::bigint'"
        ));
    }
}

impl Fixture for Frozen {
    type Store = PostgresStore;

    async fn new() -> Self {
        let frozen = Self { database: Server::shared().database(), now: AtomicU64::new(1_000_000) };
        drop(frozen.service("first").await);
        frozen.set();
        frozen
    }

    async fn open(&self) -> PostgresStore {
        let store = self.service("service").await;
        assert!(store.lead().await.unwrap());
        store
    }

    async fn advance(&self, time: Duration) {
        self.now.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
        self.set();
    }
}

conformance!(Frozen);

#[tokio::test]
async fn of_services_that_start_together_one_makes_the_tables_and_one_leads() {
    let database = Server::shared().database();
    let mut services = tokio::task::JoinSet::new();
    for service in 0..6 {
        let address = database.address();
        services.spawn(async move {
            let store = PostgresStore::open(&address, VENUE, &format!("s{service}")).await.unwrap();
            store.lead().await.unwrap()
        });
    }
    let leaders = services.join_all().await.into_iter().filter(|leads| *leads).count();
    assert_eq!((leaders, database.run("SELECT count(*) FROM _sqlx_migrations WHERE success").as_str()), (1, "2"));
}

#[tokio::test]
async fn another_service_leads_once_the_leader_is_silent_or_resigns() {
    let fixture = Frozen::new().await;
    let (first, second) = (fixture.service("first").await, fixture.service("second").await);
    assert!(first.lead().await.unwrap() && !second.lead().await.unwrap());
    for _ in 0..3 {
        fixture.advance(Duration::from_secs(5)).await;
        assert!(
            first.keep_lead().await.unwrap() && !second.lead().await.unwrap() && !second.keep_lead().await.unwrap()
        );
    }
    fixture.advance(Duration::from_secs(6)).await;
    assert!(second.lead().await.unwrap());
    assert!(!first.keep_lead().await.unwrap() && !first.lead().await.unwrap());
    // In order it takes no time at all.
    first.resign().await.unwrap();
    assert!(second.keep_lead().await.unwrap(), "only the leader can resign");
    second.resign().await.unwrap();
    assert!(first.lead().await.unwrap() && !second.lead().await.unwrap());
    // A service that was started again is the same one.
    let again = fixture.service("first").await;
    assert!(again.lead().await.unwrap() && !first.keep_lead().await.unwrap());
}

/// The nonce: whoever does not lead any more records no transaction, so it sends none.
#[tokio::test]
async fn a_deposed_service_changes_nothing() {
    let fixture = Frozen::new().await;
    let old = fixture.open().await;
    prove(&old, 1).await;
    prove(&old, 2).await;
    fixture.advance(Duration::from_secs(60)).await;
    let leader = fixture.service("other").await;
    assert!(leader.lead().await.unwrap());
    macro_rules! refused {
        ($($call:expr),*) => {
            $(assert!(matches!($call.await, Err(StoreError::Deposed)), "{}", stringify!($call));)*
        };
    }
    refused!(old.submit(None, &submission(&[1], 7)));
    leader.submit(None, &submission(&[2], 7)).await.unwrap();
    let known = leader.submission().await.unwrap();
    refused!(
        old.submit(known.as_ref(), &submission(&[1], 7)),
        old.land(&submission(&[2], 7), false),
        old.record(&[new(3, job(3))], 9),
        old.reveal(id(1), &[1]),
        old.candidates(1),
        old.proved(1),
        old.offer(&[id(1)], &[]),
        old.hold(&[id(1)], TERM),
        old.reject(id(1), "why"),
        old.withdraw(&[id(1)], true),
        old.conclude(id(1), State::Expired),
        old.confirm(hallmark_operator::Block { number: 1, hash: [1; 32] }),
        old.reopen(hallmark_operator::Block { number: 1, hash: [1; 32] }),
        old.finish(&[(id(1), State::Expired)]),
        old.bury(id(1), "why"),
        old.prune(99, 99)
    );
    assert_eq!((leader.submission().await.unwrap(), state(&leader, 1).await), (known, State::Proved));
    assert_eq!((leader.job(id(3)).await.unwrap(), state(&leader, 2).await), (None, State::Submitted));
}

/// A new leader waits for a change of the old one that is under way, and for no longer.
#[tokio::test]
async fn nobody_leads_in_the_middle_of_another_s_change() {
    let fixture = Frozen::new().await;
    let old = fixture.open().await;
    prove(&old, 1).await;
    // Somebody has the job, so that the change can't be done.
    let blocker = Blocker::begin(&fixture.database, "SELECT FROM hallmark.jobs FOR UPDATE").await;
    let submitting = {
        let old = old.clone();
        tokio::spawn(async move { old.submit(None, &submission(&[1], 7)).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    // A heartbeat does not wait for the change.
    assert!(old.keep_lead().await.unwrap());
    fixture.advance(Duration::from_secs(60)).await;
    let leader = fixture.service("other").await;
    let taking = {
        let leader = leader.clone();
        tokio::spawn(async move { leader.lead().await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!submitting.is_finished() && !taking.is_finished());
    blocker.end(&fixture.database);
    submitting.await.unwrap().unwrap();
    assert!(taking.await.unwrap().unwrap());
    assert_eq!(leader.submission().await.unwrap(), Some(submission(&[1], 7)));
}

/// A session that holds locks, until it is ended.
struct Blocker(std::process::Child);

impl Blocker {
    async fn begin(database: &Database, statement: &str) -> Self {
        let blocker = Self(database.session(&format!("BEGIN; {statement}; SELECT pg_sleep(60);")));
        tokio::time::sleep(Duration::from_millis(300)).await;
        blocker
    }

    fn end(mut self, database: &Database) {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() \
             AND query LIKE '%pg_sleep(60)%' AND pid <> pg_backend_pid()";
        assert_eq!(database.run(end), "t");
        self.0.wait().unwrap();
    }
}

/// What a hostile worker has is its role, and what it can call.
#[tokio::test]
async fn a_role_of_workers_may_work_and_nothing_else() {
    let fixture = Frozen::new().await;
    let service = fixture.open().await;
    let role = format!("prover_{}", std::process::id());
    fixture.database.run(&format!("CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA hallmark_work TO {role};"));
    let address = fixture.database.address_of(&role);
    let (worker, venue) = PostgresStore::join(&address, "w").await.unwrap();
    assert_eq!(venue, VENUE);
    offer(&service, [1, 2, 3]).await;
    let lease = claim(&worker, "w").await.unwrap();
    worker.heartbeat(&lease, TERM).await.unwrap();
    worker.complete(&lease, &[(id(1), answer(1))]).await.unwrap();
    let lease = claim(&worker, "w").await.unwrap();
    worker.release(&lease).await.unwrap();
    let lease = claim(&worker, "w").await.unwrap();
    worker.fail(&lease, "why").await.unwrap();
    assert_eq!((state(&service, 1).await, state(&service, 2).await), (State::Proved, State::Waiting));
    macro_rules! refused {
        ($($call:expr),*) => {
            $(assert!(matches!($call.await, Err(StoreError::Refused(_))), "{}", stringify!($call));)*
        };
    }
    refused!(
        worker.lead(),
        worker.job(id(1)),
        worker.answer(id(1)),
        worker.requeue(id(1)),
        worker.submission(),
        worker.submit(None, &submission(&[1], 7)),
        worker.conclude(id(1), State::Expired),
        worker.depth()
    );
    for statement in [
        "SELECT * FROM hallmark.jobs",
        "UPDATE hallmark.jobs SET state = 'waiting'",
        "DELETE FROM hallmark.leases",
        "SELECT hallmark.drop_answers('{}')",
        "SELECT hallmark.fail_jobs('{}', 'why', false)",
        "CREATE TABLE hallmark.mine (a integer)",
        "CREATE FUNCTION hallmark_work.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "DROP SCHEMA hallmark_work CASCADE",
    ] {
        let refusal = fixture.database.refusal(&role, statement);
        assert!(refusal.contains("permission denied") || refusal.contains("must be owner"), "{statement}: {refusal}");
    }
    let other = PostgresStore::open(&address, VENUE, "x").await;
    assert!(matches!(other, Err(StoreError::Refused(_))), "a worker is no service");
}

/// Whatever a worker calls with, jobs are in states that there are.
#[tokio::test]
async fn nonsense_of_a_worker_wastes_its_lease_at_most() {
    let fixture = Frozen::new().await;
    let service = fixture.open().await;
    offer(&service, [1, 2]).await;
    let run = |statement: &str| fixture.database.run(statement);
    assert_eq!(run("SELECT count(*) FROM hallmark_work.claim('w', NULL, 1, 1000)"), "0");
    assert_eq!(run("SELECT count(*) FROM hallmark_work.claim('w', '{}', 1, 1000)"), "0");
    let lease = claim(&service, "w").await.unwrap();
    let token = lease.token;
    for (call, expected) in [
        (format!("heartbeat({token}, NULL, 1000)"), ""),
        (format!("heartbeat({token}, 'v', 1000)"), "f"),
        (format!("complete({token}, 'v', '{{}}', '{{}}', '{{}}')"), "f"),
        (format!("complete_batch({token}, 'v', 1, NULL, NULL, NULL, NULL)"), "f"),
        ("release(-1, 'w')".into(), "f"),
        ("fail(NULL, NULL, NULL)".into(), "f"),
    ] {
        let said = run(&format!("SELECT hallmark_work.{call}"));
        assert!(said == expected || said == "f", "{call}: {said}");
        assert_eq!(state(&service, 1).await, State::Leased(token));
    }
    // What has no proof, or more bytes than a transaction, is no answer.
    let long = Answer { output: vec![1], proof: vec![0; 131_072] };
    service.complete(&lease, &[(id(1), long)]).await.unwrap();
    assert_eq!((state(&service, 1).await, service.answer(id(1)).await.unwrap()), (State::Waiting, None));
    let lease = claim(&service, "w").await.unwrap();
    run(&format!(
        "SELECT hallmark_work.complete({}, 'w', ARRAY[decode('{}', 'hex'), NULL], NULL, '{{NULL}}')",
        lease.token,
        hex(id(2))
    ));
    assert_eq!((state(&service, 2).await, service.answer(id(2)).await.unwrap()), (State::Waiting, None));
    fixture.advance(Duration::from_secs(600)).await;
    service.candidates(9).await.unwrap();
    service.offer(&[id(1)], &[]).await.unwrap();
    let lease = claim(&service, "w").await.unwrap();
    run(&format!(
        "SELECT hallmark_work.complete_batch({}, 'w', -4, '{{NULL}}', '{{NULL}}', '{{NULL}}', NULL)",
        lease.token
    ));
    let job = service.job(id(1)).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Waiting, 2));
    let name = "n".repeat(201);
    let claim = LeaseRequest { worker: &name, models: &[MODEL], most: 1, term: TERM };
    assert!(matches!(service.claim(&claim).await, Err(StoreError::Refused(_))));
}

#[tokio::test]
async fn workers_are_counted_as_long_as_they_ask_or_prove() {
    let fixture = Frozen::new().await;
    let service = fixture.open().await;
    assert_eq!(service.workers().await.unwrap(), 0);
    offer(&service, [1]).await;
    claim(&service, "a").await.unwrap();
    claim(&service, "b").await;
    claim(&service, "b").await;
    assert_eq!(service.workers().await.unwrap(), 2);
    fixture.advance(Duration::from_secs(70)).await;
    assert_eq!(service.workers().await.unwrap(), 1, "the one with a lease");
    fixture.advance(Duration::from_secs(90_000)).await;
    claim(&service, "c").await;
    service.prune(0, 0).await.unwrap();
    assert_eq!(fixture.database.run("SELECT string_agg(name, ',') FROM hallmark.workers"), "c");
}

/// Jobs that were recorded before go on after all kinds of stops.
#[tokio::test]
async fn a_lease_outlives_the_service() {
    let fixture = Frozen::new().await;
    let service = fixture.open().await;
    offer(&service, [1]).await;
    record(&service, [2]).await;
    let (worker, _) = PostgresStore::join(&fixture.database.address(), "w").await.unwrap();
    let lease = claim(&worker, "w").await.unwrap();
    drop(service);
    let service = fixture.open().await;
    assert_eq!(state(&service, 1).await, State::Leased(lease.token));
    worker.complete(&lease, &[(id(1), answer(1))]).await.unwrap();
    assert_eq!(service.job(id(1)).await.unwrap(), Some(Job { state: State::Proved, ..job(1) }));
}

fn hex(bytes: [u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
