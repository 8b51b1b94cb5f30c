//! Records in tables, within one transaction of the database.

use std::ops::Bound;

use redb::{
    AccessGuard, CommitError, DatabaseError, ReadOnlyTable, ReadTransaction, ReadableTable, ReadableTableMetadata,
    StorageError, Table, TableDefinition, TableError, TransactionError, Value, WriteTransaction,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    super::StoreError,
    fact,
    index::{HELD, INDEXES, Index, Key, place},
};
use crate::{Job, JobId, State, Submission};

/// A range of places.
pub(super) type Range = (Bound<Key>, Bound<Key>);

/// All places of an index.
pub(super) const ALL: Range = (Bound::Unbounded, Bound::Unbounded);

/// The places before one.
pub(super) const fn before(key: Key) -> Range {
    (Bound::Unbounded, Bound::Excluded(key))
}

/// Records by job.
pub(super) type ByJob = TableDefinition<'static, JobId, &'static [u8]>;

const JOBS: ByJob = TableDefinition::new("jobs");
pub(super) const INPUTS: ByJob = TableDefinition::new("inputs");
const LEASES: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("leases");
const FACTS: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("facts");
/// The most held jobs that are put back at once.
const MAX_WOKEN: usize = 1024;

/// A lease as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LeaseRecord {
    pub(super) worker: String,
    /// When it may be ended, in the store's milliseconds.
    pub(super) expires: u64,
    pub(super) jobs: Vec<JobId>,
    /// Whether the jobs were offered as a group.
    pub(super) is_group: bool,
}

/// A look at the tables that never changes.
pub(super) struct Reader(ReadTransaction);

/// A change of the tables that has not happened until it is committed.
pub(super) struct Writer(WriteTransaction);

/// What can be read within either.
pub(super) trait Records {
    /// A table within the transaction.
    type Table<'t, K: redb::Key + 'static, V: Value + 'static>: ReadableTable<K, V>
    where
        Self: 't;

    /// Opens a table.
    fn open<K: redb::Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<Self::Table<'_, K, V>, TableError>;

    /// The first places in a range of an index.
    fn page(&self, index: Index, range: Range, limit: usize) -> Result<Vec<Key>, StoreError> {
        self.open(index)?.range(range)?.take(limit).map(|entry| Ok(entry?.0.value())).collect()
    }

    /// How many places an index has.
    fn length(&self, index: Index) -> Result<u64, StoreError> {
        Ok(self.open(index)?.len()?)
    }

    /// A record of a job.
    fn bytes(&self, table: ByJob, id: JobId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.open(table)?.get(id)?.map(|bytes| bytes.value().to_vec()))
    }

    /// All leases.
    fn leases(&self) -> Result<Vec<(u64, LeaseRecord)>, StoreError> {
        let entry = |entry: Result<(AccessGuard<'_, u64>, AccessGuard<'_, &'static [u8]>), StorageError>| {
            let (token, bytes) = entry?;
            Ok((token.value(), postcard::from_bytes(bytes.value())?))
        };
        self.open(LEASES)?.iter()?.map(entry).collect()
    }

    /// A fact, if it is known.
    fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        decode(self.open(FACTS)?.get(name)?.map(|bytes| bytes.value().to_vec()))
    }

    fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        decode(self.bytes(JOBS, id)?)
    }

    fn submission(&self) -> Result<Option<Submission>, StoreError> {
        Ok(self.fact::<Option<Submission>>(fact::SUBMISSION)?.flatten())
    }

    /// The jobs at some places.
    fn jobs(&self, places: Vec<Key>) -> Result<Vec<(JobId, Job)>, StoreError> {
        let jobs = places.into_iter().map(|(.., id)| Ok(self.job(id)?.map(|job| (id, job))));
        jobs.filter_map(Result::transpose).collect()
    }

    /// The held jobs whose time is over.
    fn due(&self, now: u64) -> Result<Vec<Key>, StoreError> {
        self.page(HELD, before((now.saturating_add(1), 0, 0, [0; 32])), MAX_WOKEN)
    }
}

impl Reader {
    pub(super) const fn new(transaction: ReadTransaction) -> Self {
        Self(transaction)
    }
}

impl Records for Reader {
    type Table<'t, K: redb::Key + 'static, V: Value + 'static> = ReadOnlyTable<K, V>;

    fn open<K: redb::Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<ReadOnlyTable<K, V>, TableError> {
        self.0.open_table(table)
    }
}

impl Records for Writer {
    type Table<'t, K: redb::Key + 'static, V: Value + 'static> = Table<'t, K, V>;

    fn open<K: redb::Key + 'static, V: Value + 'static>(
        &self,
        table: TableDefinition<'_, K, V>,
    ) -> Result<Table<'_, K, V>, TableError> {
        self.0.open_table(table)
    }
}

impl Writer {
    pub(super) const fn new(transaction: WriteTransaction) -> Self {
        Self(transaction)
    }

    pub(super) fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit()?)
    }

    pub(super) fn create_tables(&self) -> Result<(), StoreError> {
        for table in [JOBS, INPUTS] {
            self.open(table)?;
        }
        self.create_answers()?;
        for index in INDEXES {
            self.open(index)?;
        }
        self.open(LEASES)?;
        self.open(FACTS)?;
        Ok(())
    }

    /// Records a job as it is now, and moves it to its place.
    pub(super) fn put(&self, id: JobId, job: &Job) -> Result<(), StoreError> {
        if let Some((index, key)) = self.job(id)?.and_then(|old| place(id, &old)) {
            self.open(index)?.remove(key)?;
        }
        if let Some((index, key)) = place(id, job) {
            self.open(index)?.insert(key, ())?;
        }
        self.open(JOBS)?.insert(id, postcard::to_stdvec(job)?.as_slice())?;
        Ok(())
    }

    /// Forgets a job that is done.
    pub(super) fn forget(&self, id: JobId) -> Result<(), StoreError> {
        if let Some((index, key)) = self.job(id)?.and_then(|job| place(id, &job)) {
            self.open(index)?.remove(key)?;
        }
        self.open(JOBS)?.remove(id)?;
        Ok(())
    }

    /// Ends a job, and forgets what it took.
    pub(super) fn finish(&self, id: JobId, state: State) -> Result<(), StoreError> {
        let Some(job) = self.job(id)? else { return Ok(()) };
        self.put(id, &Job { state, held_until: 0, is_done: true, ..job })?;
        self.open(INPUTS)?.remove(id)?;
        self.drop_answer(id)
    }

    pub(super) fn add_input(&self, id: JobId, input: &[u8]) -> Result<(), StoreError> {
        self.open(INPUTS)?.insert(id, input)?;
        Ok(())
    }

    pub(super) fn remember<T: Serialize>(&self, name: &str, value: &T) -> Result<(), StoreError> {
        self.open(FACTS)?.insert(name, postcard::to_stdvec(value)?.as_slice())?;
        Ok(())
    }

    pub(super) fn put_lease(&self, token: u64, lease: &LeaseRecord) -> Result<(), StoreError> {
        self.open(LEASES)?.insert(token, postcard::to_stdvec(lease)?.as_slice())?;
        Ok(())
    }

    /// Takes a lease away, and tells what it was.
    pub(super) fn take_lease(&self, token: u64) -> Result<Option<LeaseRecord>, StoreError> {
        let bytes = self.open(LEASES)?.remove(token)?.map(|bytes| bytes.value().to_vec());
        decode(bytes)
    }

    /// Puts held jobs back whose time is over.
    pub(super) fn wake(&self, now: u64) -> Result<(), StoreError> {
        for (id, job) in self.jobs(self.due(now)?)? {
            self.put(id, &Job { held_until: 0, ..job })?;
        }
        Ok(())
    }
}

pub(super) fn decode<T: DeserializeOwned>(bytes: Option<Vec<u8>>) -> Result<Option<T>, StoreError> {
    Ok(bytes.map(|bytes| postcard::from_bytes(&bytes)).transpose()?)
}

macro_rules! database_errors {
    ($($error:ty),*) => {
        $(impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                Self::Database(Box::new(error))
            }
        })*
    };
}

database_errors!(CommitError, DatabaseError, StorageError, TableError, TransactionError);
