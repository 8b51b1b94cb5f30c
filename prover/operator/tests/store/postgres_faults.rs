//! Databases that are away, that belong to others, and that hold what nobody wrote.

use std::time::{Duration, Instant};

use hallmark_operator::{JobStore, PostgresStore, StoreError, Topic, Venue, WorkQueue};
use hallmark_testing::postgres::Server;

use crate::{
    conformance::{Fixture, answer, claim, id, lives::submission, offer, prove, record},
    postgres::{Frozen, VENUE},
};

async fn open(address: &str, venue: Venue) -> Result<PostgresStore, StoreError> {
    PostgresStore::open(address, venue, "s").await
}

#[tokio::test]
async fn a_database_is_of_one_venue_and_one_version() {
    let fixture = Frozen::new().await;
    let address = fixture.database.address();
    for other in [Venue { chain: 2, ..VENUE }, Venue { market: [0; 20], ..VENUE }, Venue { payee: [0; 20], ..VENUE }] {
        assert!(matches!(open(&address, other).await, Err(StoreError::Venue)));
    }
    // A version that is not known, and another text of a known one.
    for change in ["SET version = 77 WHERE version = 2", "SET checksum = '' WHERE version = 1"] {
        let database = Server::shared().database();
        drop(open(&database.address(), VENUE).await.unwrap());
        database.run(&format!("UPDATE _sqlx_migrations {change}"));
        assert!(matches!(open(&database.address(), VENUE).await, Err(StoreError::Version)), "{change}");
    }
    // Workers wait for a service, and make nothing themselves.
    let database = Server::shared().database();
    let join = async || PostgresStore::join(&database.address(), "w").await;
    assert!(matches!(join().await, Err(StoreError::Unclaimed)));
    assert_eq!(database.run("SELECT to_regnamespace('hallmark') IS NULL"), "t");
    drop(open(&database.address(), VENUE).await.unwrap());
    assert_eq!(join().await.unwrap().1, VENUE);
    database.run("DELETE FROM hallmark.venue");
    assert!(matches!(join().await, Err(StoreError::Unclaimed)));
    database.run("CREATE OR REPLACE FUNCTION hallmark_work.version() RETURNS integer LANGUAGE sql AS 'SELECT 2'");
    assert!(matches!(join().await, Err(StoreError::Version)));
}

#[tokio::test]
async fn an_address_that_is_none_or_leads_nowhere_is_an_error() {
    for address in ["", "postgres", "http//", "postgres://h/d?sslmode=perhaps"] {
        assert!(matches!(open(address, VENUE).await, Err(StoreError::Address(_))), "{address}");
    }
    let start = Instant::now();
    let error = open("postgres://me:hunter2@127.0.0.1:1/d", VENUE).await.unwrap_err();
    assert!(error.is_transient() && !error.to_string().contains("hunter2"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(30));
    let database = Server::shared().database();
    let error = open(&database.address_of("stranger"), VENUE).await.unwrap_err();
    assert!(matches!(error, StoreError::Refused(_)), "{error}");
}

/// What the database says is held against what there can be.
#[tokio::test]
async fn rows_that_nobody_wrote_are_errors() {
    let fixture = Frozen::new().await;
    let service = fixture.open().await;
    record(&service, [1]).await;
    let set = |change: &str| fixture.database.run(&format!("UPDATE hallmark.jobs SET {change}"));
    for (change, back) in [("deadline = -1", "deadline = 1"), ("fee = -1", "fee = 1"), ("block = -7", "block = 1")] {
        set(change);
        assert!(matches!(service.job(id(1)).await, Err(StoreError::Foreign(_))), "{change}");
        set(back);
        service.job(id(1)).await.unwrap();
    }
    fixture
        .database
        .run("ALTER TABLE hallmark.jobs DROP CONSTRAINT jobs_state_check; UPDATE hallmark.jobs SET state = 'odd'");
    assert!(matches!(service.job(id(1)).await, Err(StoreError::Foreign(_))));
    fixture.database.run("UPDATE hallmark.venue SET submission = '\\x01ff'");
    assert!(matches!(service.submission().await, Err(StoreError::Decode(_))));
}

/// A machine that fails and comes back: what was done stays done, what was under way is asked for again.
#[tokio::test]
async fn a_database_that_restarts_loses_nothing_and_is_found_again() {
    let mut server = Server::start();
    let database = server.database();
    let service = open(&database.address(), VENUE).await.unwrap();
    let (worker, _) = PostgresStore::join(&database.address(), "w").await.unwrap();
    assert!(service.lead().await.unwrap());
    prove(&service, 1).await;
    service.submit(None, &submission(&[1], 7)).await.unwrap();
    offer(&service, [2]).await;
    let lease = claim(&worker, "w").await.unwrap();
    let mut changes = worker.changes(Topic::Work);
    database.run("CHECKPOINT");
    server.kill();
    for error in [
        service.keep_lead().await.unwrap_err(),
        service.job(id(1)).await.unwrap_err(),
        worker.heartbeat(&lease, Duration::from_secs(60)).await.unwrap_err(),
    ] {
        assert!(error.is_transient(), "{error}");
    }
    server.resume();
    // Whoever waits hears of it, since anything may have changed.
    changes.wait(Duration::from_secs(60)).await;
    let start = Instant::now();
    while worker.complete(&lease, &[(id(2), answer(2))]).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(60));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(service.keep_lead().await.unwrap(), "nobody else led meanwhile");
    assert_eq!(service.submission().await.unwrap(), Some(submission(&[1], 7)));
    assert_eq!(service.proved(9).await.unwrap().len(), 1);
}
