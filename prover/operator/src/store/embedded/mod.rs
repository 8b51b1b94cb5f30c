//! A store in one file, for one process.
//!
//! ```text
//! jobs      job -> record
//! inputs    job -> input, of jobs that are not done
//! answers   job -> output and proof, or the token of its batch
//! batches   token of the lease -> requests, inputs, outputs, proof
//! members   token of the lease -> how many jobs the batch still answers
//! leases    token -> worker, end of its term, jobs
//! facts     format; venue; last block that was looked at; transaction under way; last token; groups on offer
//! ```
//!
//! Each job that may stay in its state has one place in one index, which follows from its record: see `index`. The file is
//! locked while it is open. So when a process opens a file, all leases in it belong to a process that has ended.

mod answers;
mod index;
mod leases;
mod queue;
mod tables;
mod venue;

use std::{
    fmt::{self, Debug, Formatter},
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use redb::{Database, ReadableDatabase};

use self::tables::{Reader, Records, Writer};
use super::{Signal, StoreError};
use crate::Venue;

/// The format of the file.
const FORMAT: u32 = 4;
/// The memory of the database's cache, in bytes.
const CACHE_BYTES: usize = 16 << 20;

/// The names of facts.
mod fact {
    pub(super) const FORMAT: &str = "format";
    pub(super) const VENUE: &str = "identity";
    pub(super) const CURSOR: &str = "cursor";
    pub(super) const SUBMISSION: &str = "submission";
    pub(super) const TOKEN: &str = "token";
    pub(super) const GROUPS: &str = "groups";
}

/// A store in one file. Clones share it.
#[derive(Clone, Debug)]
pub struct EmbeddedStore {
    database: Arc<Database>,
    clock: Clock,
    work: Arc<Signal>,
    answers: Arc<Signal>,
}

/// Tells a store the time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> u64 + Send + Sync>);

impl Clock {
    /// A clock that asks for the milliseconds since any fixed moment.
    pub fn new(now: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    fn now(&self) -> u64 {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64))
    }
}

impl Debug for Clock {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

impl EmbeddedStore {
    /// Opens a store, or begins one.
    ///
    /// # Errors
    /// Fails if the file is in use, damaged, or of another version or venue.
    pub fn open(path: &Path, venue: Venue) -> Result<Self, StoreError> {
        Self::open_with(path, venue, Clock::default())
    }

    /// Opens a store that has this clock.
    ///
    /// # Errors
    /// Fails as [`Self::open`] does.
    pub fn open_with(path: &Path, venue: Venue, clock: Clock) -> Result<Self, StoreError> {
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(path)?;
        let [work, answers] = [(); 2].map(|()| Arc::default());
        let store = Self { database: Arc::new(database), clock, work, answers };
        store.write(|change| {
            change.create_tables()?;
            match (change.fact::<Venue>(fact::VENUE), change.fact::<u32>(fact::FORMAT)?) {
                (Ok(None), None) => {
                    change.remember(fact::FORMAT, &FORMAT)?;
                    change.remember(fact::VENUE, &venue)?;
                }
                (Ok(Some(found)), Some(FORMAT)) if found == venue => {}
                (Ok(Some(_)), Some(FORMAT)) => return Err(StoreError::Venue),
                (Err(error), Some(FORMAT)) => return Err(error),
                _ => return Err(StoreError::Version),
            }
            change.recover(store.clock.now())
        })?;
        Ok(store)
    }

    /// All of a change, or nothing of it.
    fn write<T>(&self, change: impl FnOnce(&Writer) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let writer = Writer::new(self.database.begin_write()?);
        let result = change(&writer)?;
        writer.commit()?;
        Ok(result)
    }

    fn read(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.database.begin_read()?))
    }

    /// Puts held jobs back whose time is over.
    fn wake(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.read()?.due(now)?.is_empty() {
            return Ok(());
        }
        self.write(|change| change.wake(now))
    }
}
