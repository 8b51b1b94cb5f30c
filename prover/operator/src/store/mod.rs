//! The stores of jobs: the promises of every store, for any database.
//!
//! | file | idea |
//! |---|---|
//! | [`WorkQueue`] | what workers may do: take jobs under a lease, and deliver answers |
//! | [`JobStore`] | what the watcher and the submitter do besides |
//! | [`Lease`] | a worker's right to some jobs for some time |
//! | [`EmbeddedStore`] | a store in one file, for one process |
//! | [`PostgresStore`] | a store in a database, for many processes on many machines |
//!
//! A store belongs to one [`Venue`](super::Venue). Every call is one transaction: it happens completely or not at all, and its
//! effects survive the process. Stores keep their own time, in milliseconds. So the clocks of workers do not matter.
//!
//! Leases are fenced. Each has a unique token. The next claim of any worker ends an expired lease. From then on its worker can
//! change nothing.

mod changes;
mod embedded;
mod lease;
mod postgres;

use std::{error::Error, time::Duration};

use thiserror::Error as ThisError;

use super::{Answer, BatchAnswer, Block, Job, JobId, Place, State, Submission};

pub use changes::Changes;
pub(crate) use changes::Signal;
pub use embedded::{Clock, EmbeddedStore};
pub use lease::{Group, Lease, LeaseRequest, Task};
pub use postgres::PostgresStore;

/// How often a job may fail to be proved before it is a dead letter. Workers that were killed at it count.
pub const MAX_ATTEMPTS: u32 = 8;
/// How long a job is left alone after its first failure. Each further failure doubles this.
const FIRST_DELAY: Duration = Duration::from_secs(1);
/// How long a job is left alone at most after a failure.
const LONGEST_DELAY: Duration = Duration::from_secs(300);

/// Why a store does not do what it is asked to.
#[derive(Debug, ThisError)]
pub enum StoreError {
    /// The database of a journal fails.
    #[error("the journal can't be read or written ({0}): check the disk, and that no other service uses the file")]
    Database(Box<dyn Error + Send + Sync>),
    /// A record does not decode.
    #[error("the journal or the queue is damaged ({0}): move it away, and the service reads the chain again")]
    Decode(#[from] postcard::Error),
    /// No number is left for a lease.
    #[error(
        "the journal is damaged (its last lease has the greatest number): move it away, and the service reads the chain again"
    )]
    Tokens,
    /// The store has another format.
    #[error(
        "the journal or the queue was written by another version of this program: stop that version once its transactions are mined, \
         move the journal away or take an empty database, and the service reads the chain again"
    )]
    Version,
    /// The store is of another venue.
    #[error(
        "the journal or the queue is of another chain, market or payee: name another one with --journal or --queue"
    )]
    Venue,
    /// The lease is not in force.
    #[error("the lease {token} of worker {worker} has ended: another worker may have its jobs")]
    Stale {
        /// The lease's token.
        token: u64,
        /// Whose it was.
        worker: String,
    },
    /// The transaction under way is not the expected one.
    #[error("another submitter has changed the transaction under way: run one service per account")]
    Submission,
    /// Another process leads.
    #[error("another service leads now: this one changes nothing")]
    Deposed,
    /// The queue's address is none.
    #[error("the queue's address is none ({0}): it looks like postgres://user@host/database?sslmode=verify-full")]
    Address(String),
    /// The queue's database does not answer. It may answer later.
    #[error("the queue's database does not answer ({0}): check its address, and that it runs")]
    Unreachable(String),
    /// The queue's database refuses.
    #[error("the queue's database refuses ({0}): check the user, the password and the rights")]
    Refused(String),
    /// The queue's database says something that this program did not write.
    #[error("the queue's database holds something else than this program wrote ({0}): take an empty database")]
    Foreign(String),
    /// No service has said yet whose queue it is.
    #[error("no service has used this queue yet: start `hallmark serve --queue` first")]
    Unclaimed,
}

impl StoreError {
    /// Whether the same call may succeed later, without anybody doing anything about the store.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable(_))
    }
}

/// A job that is new to a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// The request's identifier.
    pub id: JobId,
    /// The job.
    pub job: Job,
    /// The input; empty where the job has none, or needs none.
    pub input: Vec<u8>,
}

/// The kinds of changes in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// There may be jobs for a worker.
    Work,
    /// There may be answers, or jobs that failed.
    Answers,
}

/// How many jobs are in each state that they may stay in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Depth {
    /// Jobs whose input is not there yet.
    pub awaiting_input: u64,
    /// Jobs that no worker may take yet, without held jobs.
    pub waiting: u64,
    /// Jobs that are left alone for some time.
    pub held: u64,
    /// Jobs that a worker may take.
    pub ready: u64,
    /// Jobs that a worker has.
    pub leased: u64,
    /// Jobs with an answer, without held jobs.
    pub proved: u64,
    /// Jobs in the transaction under way.
    pub submitted: u64,
    /// Jobs whose verdict may yet be dropped with its block.
    pub verdicts: u64,
    /// Dead letters.
    pub dead: u64,
}

impl Depth {
    /// The jobs that are not done and have their input.
    #[must_use]
    pub const fn open(&self) -> u64 {
        self.waiting + self.held + self.ready + self.leased + self.proved + self.submitted + self.verdicts
    }
}

/// The actions that workers may take, and no others.
///
/// Nothing that a worker delivers is believed: the submitter checks each proof before it is used. So a hostile worker can at
/// worst waste its lease.
pub trait WorkQueue: Clone + Send + Sync + 'static {
    /// Takes the most urgent jobs that are [`State::Ready`] under a new lease, all of one model. If the most urgent one was
    /// offered in a [`Group`], these are all jobs of the group that are still ready. Otherwise these are up to `most` jobs that
    /// are in no group. Returns `None` if there are none for these models. Leases that ran out are ended first, which counts as
    /// a failure of their jobs.
    fn claim(&self, claim: &LeaseRequest<'_>) -> impl Future<Output = Result<Option<Lease>, StoreError>> + Send;

    /// Keeps a lease in force for another `term`.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it is not in force any more.
    fn heartbeat(&self, lease: &Lease, term: Duration) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Delivers answers and ends the lease. Jobs of the lease without an answer have failed. Answers to other jobs are dropped.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the lease is not in force any more. Nothing is delivered then.
    fn complete(
        &self,
        lease: &Lease,
        answers: &[(JobId, Answer)],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Delivers the answers to jobs of the lease with one proof, and ends the lease. Jobs of the lease that are not among them
    /// have failed. All jobs of the lease have failed if another job is among them, or one twice.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if the lease is not in force any more. Nothing is delivered then.
    fn complete_batch(&self, lease: &Lease, batch: &BatchAnswer)
    -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Ends a lease whose jobs can't be proved, for this reason. They are tried again later, and are dead letters after
    /// [`MAX_ATTEMPTS`].
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it is not in force any more.
    fn fail(&self, lease: &Lease, reason: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Gives a lease back. Its jobs have not failed. They go to the next worker at once, or wait for the next offer if they
    /// were a group.
    ///
    /// # Errors
    /// [`StoreError::Stale`] if it is not in force any more.
    fn release(&self, lease: &Lease) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Tells of changes from now on.
    fn changes(&self, topic: Topic) -> Changes;
}

/// The actions of the watcher and the submitter of a venue.
///
/// Of several processes with the same store one leads. The others can change nothing by these calls: they fail with
/// [`StoreError::Deposed`]. Only [`JobStore::requeue`] is for everybody.
pub trait JobStore: WorkQueue {
    /// Leads, if nobody else does, and tells whether this process leads now. It has to say so again every few seconds.
    fn lead(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Goes on leading, and tells whether this process still leads. It does not begin to.
    fn keep_lead(&self) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Lets another process lead at once.
    fn resign(&self) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// How many workers there are in other processes.
    fn workers(&self) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// The last block that was looked at for requests.
    fn cursor(&self) -> impl Future<Output = Result<Option<u64>, StoreError>> + Send;

    /// Records new jobs, and up to which block was looked. Jobs that are known stay as they are.
    fn record(&self, jobs: &[NewJob], cursor: u64) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// A job, if it is known.
    fn job(&self, id: JobId) -> impl Future<Output = Result<Option<Job>, StoreError>> + Send;

    /// The input of a job that is not done.
    fn input(&self, id: JobId) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// The answer of a job that is proved and not done, if it has a proof of its own.
    fn answer(&self, id: JobId) -> impl Future<Output = Result<Option<Answer>, StoreError>> + Send;

    /// The batch that answers a job that is proved and not done. It is kept as long as it answers one.
    fn batch_of(&self, id: JobId) -> impl Future<Output = Result<Option<BatchAnswer>, StoreError>> + Send;

    /// The first jobs whose input is not there yet, in the chain's order, of those after one.
    fn awaiting_input(
        &self,
        after: Option<(Place, JobId)>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<(JobId, Job)>, StoreError>> + Send;

    /// Adds the input that a job was waiting for.
    fn reveal(&self, id: JobId, input: &[u8]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The most urgent jobs that are [`State::Waiting`] or [`State::Ready`], and not held.
    fn candidates(&self, limit: usize) -> impl Future<Output = Result<Vec<(JobId, Job)>, StoreError>> + Send;

    /// Makes these jobs [`State::Ready`], and those [`State::Waiting`] that were ready and are not among them. Each of `alone`
    /// gets a proof of its own, and each of the groups one proof. The groups replace those of the offer before.
    fn offer(&self, alone: &[JobId], groups: &[Group]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Leaves jobs alone for a while that wait, are ready or are proved.
    fn hold(&self, ids: &[JobId], time: Duration) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The most urgent jobs that are [`State::Proved`], and not held.
    fn proved(&self, limit: usize) -> impl Future<Output = Result<Vec<(JobId, Job)>, StoreError>> + Send;

    /// Drops the answer of a job, since it is false. The job has failed, as by [`WorkQueue::fail`].
    fn reject(&self, id: JobId, reason: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Drops the answers of jobs that are proved, so that they are proved again. They have not failed. With `alone`, only
    /// proofs of their own answer them from now on.
    fn withdraw(&self, ids: &[JobId], alone: bool) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The transaction under way.
    fn submission(&self) -> impl Future<Output = Result<Option<Submission>, StoreError>> + Send;

    /// Records the transaction under way before it is sent, and its jobs.
    ///
    /// # Errors
    /// [`StoreError::Submission`] if the one under way is not `previous`: then another submitter is at work, and nothing may be
    /// sent.
    fn submit(
        &self,
        previous: Option<&Submission>,
        next: &Submission,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Records that the transaction under way is in a block. Its jobs are proved, and wait to be asked about.
    ///
    /// # Errors
    /// [`StoreError::Submission`] if the one under way is not this one.
    fn land(&self, submission: &Submission, failed: bool) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Records what a block says of a job: [`State::Settled`] or [`State::Lost`]. Its answer is kept until the job is done.
    fn conclude(&self, id: JobId, state: State) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The blocks that verdicts rest on which are not done.
    fn verdict_blocks(&self) -> impl Future<Output = Result<Vec<Block>, StoreError>> + Send;

    /// Ends the jobs whose verdict rests on this block.
    fn confirm(&self, block: Block) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Takes up the jobs again whose verdict rested on this block, and returns how many there are. Jobs with an answer are
    /// proved: the context of a proof is the same on every branch of the chain.
    fn reopen(&self, block: Block) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Ends jobs. What they took is forgotten.
    fn finish(&self, ended: &[(JobId, State)]) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Makes a job a dead letter, with its input and its answer.
    fn bury(&self, id: JobId, reason: &str) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// The first dead letters, by their deadlines.
    fn dead(&self, limit: usize) -> impl Future<Output = Result<Vec<(JobId, Job)>, StoreError>> + Send;

    /// Takes up a dead letter again, as if it had never failed, and returns whether it was one.
    fn requeue(&self, id: JobId) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Forgets some jobs that are done, of requests in blocks before this one, and dead letters whose deadline is before this
    /// time. Returns how many. The rest of a long list is left for the next call.
    fn prune(&self, block: u64, time: u64) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// How many jobs there are.
    fn depth(&self) -> impl Future<Output = Result<Depth, StoreError>> + Send;
}

/// How long a job is left alone that has failed so often.
fn delay(attempts: u32) -> Duration {
    FIRST_DELAY.saturating_mul(1 << attempts.saturating_sub(1).min(16)).min(LONGEST_DELAY)
}

impl Job {
    /// The job after one more failure to prove it.
    pub(super) fn after_failure(self, reason: &str, now: u64, wait: bool) -> Self {
        let attempts = self.attempts.saturating_add(1);
        if attempts >= MAX_ATTEMPTS {
            return Self { attempts, held_until: 0, state: State::Dead(reason.to_owned()), ..self };
        }
        let millis = if wait { delay(attempts).as_millis() as u64 } else { 0 };
        let held_until = if wait { now.saturating_add(millis) } else { 0 };
        Self { attempts, held_until, state: State::Waiting, ..self }
    }
}
