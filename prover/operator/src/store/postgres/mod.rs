//! A store in a PostgreSQL database, for services and workers on any number of machines.
//!
//! | file | idea |
//! |---|---|
//! | `schema` | the tables and functions, and who makes them |
//! | `change`, `edits`, `offers` | a change of the leader's, which its epoch fences, and what it is made of |
//! | `rows` | a job as a row, and back |
//! | `queue` | the workers' side: calls of functions, which are all that the database lets workers do |
//! | `jobs`, `venue` | the watcher's and the submitter's side |
//! | `news` | changes, as the database tells of them |
//! | `fault` | what the database's errors mean |
//!
//! One database is one queue, of one venue. Workers take offers by `FOR UPDATE SKIP LOCKED`, so none waits for another. Of several
//! services one leads. Each change of a service names its epoch, and holds it until the change is done. So a service that does not
//! lead any more changes nothing, whatever it still believes.

mod change;
mod edits;
mod fault;
mod jobs;
mod news;
mod offers;
mod queue;
mod rows;
mod schema;
mod venue;

use std::{
    str::FromStr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::timeout;

use self::news::News;
use super::StoreError;
use crate::Venue;

/// The most connections of a process. One of them waits for news.
const CONNECTIONS: u32 = 8;
/// How long to wait for a connection.
const CONNECTING: Duration = Duration::from_secs(3);
/// How long a call may take. A database that is away without a word is given up after this.
const PATIENCE: Duration = Duration::from_secs(15);
/// The epoch of a process that has never led: one that no leader has.
const NO_EPOCH: i64 = -1;
/// How long a leader may be silent before another service takes over.
const LEAD_TERM: Duration = Duration::from_secs(6);

/// A store in a database. Clones share it.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
    news: Arc<News>,
    /// What this process is called where services lead.
    name: Arc<str>,
    /// The epoch in which this process leads, or led.
    epoch: Arc<AtomicI64>,
}

impl PostgresStore {
    /// Opens the queue of a venue for a service, and makes its tables where there are none.
    ///
    /// A service with the same name as the leader takes its place at once: it is the same one, which was started again.
    ///
    /// # Errors
    /// Fails if the address is none, if the database does not answer or refuses, or if the queue is of another version or venue.
    pub async fn open(address: &str, venue: Venue, name: &str) -> Result<Self, StoreError> {
        let pool = connect(address, name)?;
        bounded(schema::migrate(&pool)).await?;
        bounded(schema::claim(&pool, venue)).await?;
        Self::new(pool, name).await
    }

    /// Opens a queue for a worker, and tells whose it is. A service has to have been there before.
    ///
    /// # Errors
    /// Fails as [`Self::open`] does, and if no service has said yet whose queue it is.
    pub async fn join(address: &str, name: &str) -> Result<(Self, Venue), StoreError> {
        let pool = connect(address, name)?;
        bounded(schema::check(&pool)).await?;
        let venue = bounded(schema::venue(&pool)).await?;
        Ok((Self::new(pool, name).await?, venue))
    }

    async fn new(pool: PgPool, name: &str) -> Result<Self, StoreError> {
        let news = Arc::new(bounded(News::listen(&pool)).await?);
        Ok(Self { pool, news, name: name.into(), epoch: Arc::new(AtomicI64::new(NO_EPOCH)) })
    }

    fn epoch(&self) -> i64 {
        self.epoch.load(Ordering::Relaxed)
    }

    fn set_epoch(&self, epoch: i64) {
        self.epoch.store(epoch, Ordering::Relaxed);
    }
}

/// Connections to a database, none of which is made yet.
fn connect(address: &str, name: &str) -> Result<PgPool, StoreError> {
    let options = PgConnectOptions::from_str(address)?.application_name(name);
    Ok(PgPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(CONNECTING).connect_lazy_with(options))
}

/// Gives up a call that takes too long.
async fn bounded<T>(call: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let silent = |_| Err(StoreError::Unreachable(format!("no answer for {} s", PATIENCE.as_secs())));
    timeout(PATIENCE, call).await.unwrap_or_else(silent)
}
