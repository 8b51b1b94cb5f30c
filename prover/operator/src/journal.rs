//! All jobs in a file that survives the program.
//!
//! ```text
//! jobs      request id -> job
//! queue     place -> request id        of jobs that are not done
//! hidden    place -> request id        of jobs whose input is not there yet
//! done      place -> request id        of jobs that are done, until nobody looks at their blocks any more
//! inputs    request id -> input        of jobs in the queue
//! answers   request id -> output, proof
//! facts     whose journal this is; the last block that was looked at; the transaction under way
//! ```

use std::path::Path;

use redb::{Database, Error, ReadableDatabase, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error as ThisError;

use super::{
    job::{Job, State},
    record::{Answer, Identity, Submission},
};

type Id = [u8; 32];
/// Requests in the order of the chain.
type Places = TableDefinition<'static, (u64, u64, Id), ()>;

const JOBS: TableDefinition<'_, Id, &[u8]> = TableDefinition::new("jobs");
const QUEUE: Places = TableDefinition::new("queue");
const HIDDEN: Places = TableDefinition::new("hidden");
const DONE: Places = TableDefinition::new("done");
const INPUTS: TableDefinition<'_, Id, &[u8]> = TableDefinition::new("inputs");
const ANSWERS: TableDefinition<'_, Id, &[u8]> = TableDefinition::new("answers");
const FACTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts");
const IDENTITY: &str = "identity";
const CURSOR: &str = "cursor";
const SUBMISSION: &str = "submission";
/// The most jobs that are looked at at once: the others wait, on the disk.
const PAGE: usize = 1024;
/// What the database may take of memory.
const CACHE_BYTES: usize = 16 << 20;

/// The operator's memory.
#[derive(Debug)]
pub struct Journal {
    database: Database,
}

/// Why the journal can't be used.
#[derive(Debug, ThisError)]
pub enum JournalError {
    /// The database fails.
    #[error("the journal fails ({0}): check the disk, and that no other service uses the file")]
    Database(#[from] Box<Error>),
    /// The database holds something else.
    #[error(
        "the journal is damaged, or of another version ({0}): move it away, and the service looks at the chain again"
    )]
    Decode(#[from] postcard::Error),
    /// The journal is of another service.
    #[error("the journal is of another chain, market or payee: name another file with --journal")]
    Identity,
}

impl From<Error> for JournalError {
    fn from(error: Error) -> Self {
        Self::Database(Box::new(error))
    }
}

impl Journal {
    /// Opens a journal, or begins one.
    pub fn open(path: &Path, identity: Identity) -> Result<Self, JournalError> {
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(path).map_err(Error::from)?;
        let journal = Self { database };
        journal.write(|change| {
            change.open_table(JOBS)?;
            change.open_table(QUEUE)?;
            change.open_table(HIDDEN)?;
            change.open_table(DONE)?;
            change.open_table(INPUTS)?;
            change.open_table(ANSWERS)?;
            change.open_table(FACTS)?;
            Ok(())
        })?;
        match journal.fact::<Identity>(IDENTITY)? {
            None => journal.remember(IDENTITY, &identity)?,
            Some(found) if found == identity => {}
            Some(_) => return Err(JournalError::Identity),
        }
        Ok(journal)
    }

    /// The last block that was looked at for requests.
    pub fn cursor(&self) -> Result<Option<u64>, JournalError> {
        self.fact(CURSOR)
    }

    /// Records new jobs with their inputs, and up to which block was looked. Jobs that are known stay as they are.
    pub fn record(&self, jobs: &[(Id, Job, Vec<u8>)], cursor: u64) -> Result<(), JournalError> {
        let entries = jobs.iter().map(|(id, job, input)| Ok((id, job, postcard::to_stdvec(job)?, input)));
        let entries: Vec<_> = entries.collect::<Result<_, postcard::Error>>()?;
        let cursor = postcard::to_stdvec(&cursor)?;
        self.write(|change| {
            let (mut table, mut inputs) = (change.open_table(JOBS)?, change.open_table(INPUTS)?);
            for (id, job, bytes, input) in &entries {
                if table.get(*id)?.is_some() {
                    continue;
                }
                table.insert(*id, bytes.as_slice())?;
                let places = match job.state {
                    State::Refused(_) => DONE,
                    State::Hidden(_) => HIDDEN,
                    _ => QUEUE,
                };
                change.open_table(places)?.insert(job.at(**id), ())?;
                if !matches!(job.state, State::Refused(_) | State::Hidden(_)) {
                    inputs.insert(*id, input.as_slice())?;
                }
            }
            change.open_table(FACTS)?.insert(CURSOR, cursor.as_slice())?;
            Ok(())
        })
    }

    /// A job, if it is known.
    pub fn job(&self, id: Id) -> Result<Option<Job>, JournalError> {
        self.read(JOBS, id)
    }

    /// The first jobs that are not done, in order.
    pub fn queue(&self) -> Result<Vec<(Id, Job)>, JournalError> {
        self.first(QUEUE)
    }

    /// The first jobs whose input is not there yet, in order.
    pub fn hidden(&self) -> Result<Vec<(Id, Job)>, JournalError> {
        self.first(HIDDEN)
    }

    /// Records the input of a job that was hidden.
    pub fn reveal(&self, id: Id, job: &Job, input: &[u8]) -> Result<(), JournalError> {
        let bytes = postcard::to_stdvec(&Job { state: State::Seen, ..job.clone() })?;
        self.write(|change| {
            change.open_table(JOBS)?.insert(id, bytes.as_slice())?;
            change.open_table(INPUTS)?.insert(id, input)?;
            change.open_table(HIDDEN)?.remove(job.at(id))?;
            change.open_table(QUEUE)?.insert(job.at(id), ())?;
            Ok(())
        })
    }

    /// Forgets jobs that are done, of requests in blocks before this one, and tells how many. What is left of a long list is
    /// for the next time.
    pub fn prune(&self, before: u64) -> Result<usize, JournalError> {
        let old: Vec<_> = self.page(DONE, Some((before, 0, [0; 32])))?;
        if old.is_empty() {
            return Ok(0);
        }
        self.write(|change| {
            let (mut done, mut jobs) = (change.open_table(DONE)?, change.open_table(JOBS)?);
            for place in &old {
                done.remove(place)?;
                jobs.remove(place.2)?;
            }
            Ok(())
        })?;
        Ok(old.len())
    }

    /// The input of a job that is not done.
    pub fn input(&self, id: Id) -> Result<Option<Vec<u8>>, JournalError> {
        Ok(self.bytes(INPUTS, id)?)
    }

    /// The answer of a job that is proved and not done.
    pub fn answer(&self, id: Id) -> Result<Option<Answer>, JournalError> {
        self.read(ANSWERS, id)
    }

    /// Records a proof.
    pub fn prove(&self, id: Id, job: &Job, answer: &Answer) -> Result<(), JournalError> {
        let job = postcard::to_stdvec(&Job { state: State::Proved, ..job.clone() })?;
        let answer = postcard::to_stdvec(answer)?;
        self.write(|change| {
            change.open_table(ANSWERS)?.insert(id, answer.as_slice())?;
            change.open_table(JOBS)?.insert(id, job.as_slice())?;
            Ok(())
        })
    }

    /// Records how far a job is now that is not done.
    pub fn update(&self, id: Id, job: &Job) -> Result<(), JournalError> {
        let bytes = postcard::to_stdvec(job)?;
        self.write(|change| {
            change.open_table(JOBS)?.insert(id, bytes.as_slice())?;
            Ok(())
        })
    }

    /// Records that a job is done: what it took is forgotten.
    pub fn finish(&self, id: Id, job: &Job) -> Result<(), JournalError> {
        let bytes = postcard::to_stdvec(job)?;
        self.write(|change| {
            change.open_table(JOBS)?.insert(id, bytes.as_slice())?;
            change.open_table(QUEUE)?.remove(job.at(id))?;
            change.open_table(HIDDEN)?.remove(job.at(id))?;
            change.open_table(DONE)?.insert(job.at(id), ())?;
            change.open_table(INPUTS)?.remove(id)?;
            change.open_table(ANSWERS)?.remove(id)?;
            Ok(())
        })
    }

    /// The transaction under way.
    pub fn submission(&self) -> Result<Option<Submission>, JournalError> {
        Ok(self.fact::<Option<Submission>>(SUBMISSION)?.flatten())
    }

    /// Records a transaction before it is sent, and that its jobs are in it.
    pub fn submit(&self, submission: &Submission, jobs: &[(Id, Job)]) -> Result<(), JournalError> {
        self.settle_submission(Some(submission), jobs, &State::Submitted)
    }

    /// Records that the transaction under way is in a block, and how its jobs are to go on.
    pub fn land(&self, jobs: &[(Id, Job)]) -> Result<(), JournalError> {
        self.settle_submission(None, jobs, &State::Proved)
    }

    fn settle_submission(
        &self,
        submission: Option<&Submission>,
        jobs: &[(Id, Job)],
        state: &State,
    ) -> Result<(), JournalError> {
        let fact = postcard::to_stdvec(&submission)?;
        let moved = |job: &Job| postcard::to_stdvec(&Job { state: state.clone(), ..job.clone() });
        let entries =
            jobs.iter().map(|(id, job)| Ok((*id, moved(job)?))).collect::<Result<Vec<_>, postcard::Error>>()?;
        self.write(|change| {
            let mut table = change.open_table(JOBS)?;
            for (id, bytes) in &entries {
                table.insert(id, bytes.as_slice())?;
            }
            change.open_table(FACTS)?.insert(SUBMISSION, fact.as_slice())?;
            Ok(())
        })
    }

    fn first(&self, places: Places) -> Result<Vec<(Id, Job)>, JournalError> {
        let ids = self.page(places, None)?.into_iter().map(|place| place.2);
        ids.filter_map(|id| Some(self.job(id).transpose()?.map(|job| (id, job)))).collect()
    }

    /// The first places, of those before one.
    fn page(&self, places: Places, before: Option<(u64, u64, Id)>) -> Result<Vec<(u64, u64, Id)>, JournalError> {
        let read = || -> Result<Vec<_>, Error> {
            let table = self.database.begin_read()?.open_table(places)?;
            let range = match before {
                Some(before) => table.range(..before)?,
                None => table.iter()?,
            };
            Ok(range.take(PAGE).map(|entry| entry.map(|entry| entry.0.value())).collect::<Result<_, _>>()?)
        };
        Ok(read()?)
    }

    fn read<T: DeserializeOwned>(
        &self,
        table: TableDefinition<'_, Id, &[u8]>,
        id: Id,
    ) -> Result<Option<T>, JournalError> {
        Ok(self.bytes(table, id)?.map(|bytes| postcard::from_bytes(&bytes)).transpose()?)
    }

    fn bytes(&self, table: TableDefinition<'_, Id, &[u8]>, id: Id) -> Result<Option<Vec<u8>>, Error> {
        let table = self.database.begin_read()?.open_table(table)?;
        Ok(table.get(id)?.map(|bytes| bytes.value().to_vec()))
    }

    fn fact<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, JournalError> {
        let read = || -> Result<Option<Vec<u8>>, Error> {
            let table = self.database.begin_read()?.open_table(FACTS)?;
            Ok(table.get(name)?.map(|bytes| bytes.value().to_vec()))
        };
        Ok(read()?.map(|bytes| postcard::from_bytes(&bytes)).transpose()?)
    }

    fn remember<T: Serialize>(&self, name: &str, value: &T) -> Result<(), JournalError> {
        let bytes = postcard::to_stdvec(value)?;
        self.write(|change| {
            change.open_table(FACTS)?.insert(name, bytes.as_slice())?;
            Ok(())
        })
    }

    /// All of a change, or nothing of it.
    fn write(&self, change: impl FnOnce(&WriteTransaction) -> Result<(), Error>) -> Result<(), JournalError> {
        let run = || -> Result<(), Error> {
            let transaction = self.database.begin_write()?;
            change(&transaction)?;
            Ok(transaction.commit()?)
        };
        Ok(run()?)
    }
}
