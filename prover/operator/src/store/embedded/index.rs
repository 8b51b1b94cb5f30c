//! The order of jobs. Each job that may stay in its state has one place in one index.

use redb::TableDefinition;

use crate::{Job, JobId, State};

/// A place in an index: what orders it, and the job.
pub(super) type Key = (u64, u64, u64, JobId);
/// An index.
pub(super) type Index = TableDefinition<'static, Key, ()>;

/// Jobs whose input is not there, in the chain's order.
pub(super) const AWAITING_INPUT: Index = TableDefinition::new("awaiting input");
/// Jobs that wait, by urgency.
pub(super) const WAITING: Index = TableDefinition::new("waiting");
/// Jobs that a worker may take, by urgency.
pub(super) const READY: Index = TableDefinition::new("ready");
/// Jobs with an answer, by urgency.
pub(super) const PROVED: Index = TableDefinition::new("proved");
/// Jobs that are left alone, by the time until when.
pub(super) const HELD: Index = TableDefinition::new("held");
/// Jobs that a block says something of, by its number.
pub(super) const VERDICTS: Index = TableDefinition::new("verdicts");
/// Dead letters, by their deadlines.
pub(super) const DEAD: Index = TableDefinition::new("dead");
/// Jobs that are done, in the chain's order.
pub(super) const DONE: Index = TableDefinition::new("done");

/// All of them.
pub(super) const INDEXES: [Index; 8] = [AWAITING_INPUT, WAITING, READY, PROVED, HELD, VERDICTS, DEAD, DONE];

/// The place of a job. Returns `None` for jobs that are found by a lease or by the transaction under way.
pub(super) fn place(id: JobId, job: &Job) -> Option<(Index, Key)> {
    let (by_place, by_urgency) =
        ((job.place.block, job.place.index, 0, id), (job.urgency(), job.place.block, job.place.index, id));
    Some(match &job.state {
        _ if job.is_done => (DONE, by_place),
        State::AwaitingInput(_) => (AWAITING_INPUT, by_place),
        State::Waiting | State::Proved if job.held_until > 0 => (HELD, (job.held_until, 0, 0, id)),
        State::Waiting => (WAITING, by_urgency),
        State::Ready => (READY, by_urgency),
        State::Proved => (PROVED, by_urgency),
        State::Leased(_) | State::Submitted => return None,
        State::Settled(block) | State::Lost(block) => (VERDICTS, (block.number, 0, 0, id)),
        State::Dead(_) => (DEAD, (job.deadline, 0, 0, id)),
        State::Expired | State::Refused(_) => (DONE, by_place),
    })
}
