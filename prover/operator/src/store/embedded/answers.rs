//! Answers: with a proof of their own, or in a batch.
//!
//! A batch has the inputs and the outputs of all its members. A contract asks for all of them, also for those of members that are
//! done. So the batch is kept until its last member is.

use redb::{ReadableTable, TableDefinition};
use serde::{Deserialize, Serialize};

use super::tables::{ByJob, Records, Writer, decode};
use crate::{Answer, BatchAnswer, JobId, store::StoreError};

const ANSWERS: ByJob = TableDefinition::new("answers");
/// The batches, by the token of the lease under which they were proved.
const BATCHES: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("batches");
/// How many jobs each batch answers that are not done.
const MEMBERS: TableDefinition<'static, u64, u64> = TableDefinition::new("members");

/// The answer to a job.
#[derive(Debug, Serialize, Deserialize)]
enum Stored {
    /// It has a proof of its own.
    Alone(Answer),
    /// It is in the batch with this token.
    In(u64),
}

/// The answer of a job that has a proof of its own.
pub(super) fn answer(records: &impl Records, id: JobId) -> Result<Option<Answer>, StoreError> {
    Ok(match stored(records, id)? {
        Some(Stored::Alone(answer)) => Some(answer),
        Some(Stored::In(_)) | None => None,
    })
}

/// The batch that answers a job.
pub(super) fn batch_of(records: &impl Records, id: JobId) -> Result<Option<BatchAnswer>, StoreError> {
    let Some(Stored::In(token)) = stored(records, id)? else { return Ok(None) };
    decode(records.open(BATCHES)?.get(token)?.map(|bytes| bytes.value().to_vec()))
}

/// Whether a job has an answer of either kind.
pub(super) fn is_answered(records: &impl Records, id: JobId) -> Result<bool, StoreError> {
    Ok(stored(records, id)?.is_some())
}

fn stored(records: &impl Records, id: JobId) -> Result<Option<Stored>, StoreError> {
    decode(records.bytes(ANSWERS, id)?)
}

impl Writer {
    pub(super) fn create_answers(&self) -> Result<(), StoreError> {
        self.open(ANSWERS)?;
        self.open(BATCHES)?;
        self.open(MEMBERS)?;
        Ok(())
    }

    pub(super) fn add_answer(&self, id: JobId, answer: &Answer) -> Result<(), StoreError> {
        self.store_answer(id, &Stored::Alone(answer.clone()))
    }

    /// Records a batch that answers these jobs, if there are any.
    pub(super) fn add_batch(&self, token: u64, batch: &BatchAnswer, answered: &[JobId]) -> Result<(), StoreError> {
        if answered.is_empty() {
            return Ok(());
        }
        self.open(BATCHES)?.insert(token, postcard::to_stdvec(batch)?.as_slice())?;
        self.open(MEMBERS)?.insert(token, answered.len() as u64)?;
        answered.iter().try_for_each(|id| self.store_answer(*id, &Stored::In(token)))
    }

    /// Forgets an answer, and its batch with the last one.
    pub(super) fn drop_answer(&self, id: JobId) -> Result<(), StoreError> {
        let old = stored(self, id)?;
        self.open(ANSWERS)?.remove(id)?;
        let Some(Stored::In(token)) = old else { return Ok(()) };
        let mut members = self.open(MEMBERS)?;
        let left = members.get(token)?.map_or(0, |count| count.value()).saturating_sub(1);
        if left > 0 {
            members.insert(token, left)?;
        } else {
            members.remove(token)?;
            self.open(BATCHES)?.remove(token)?;
        }
        Ok(())
    }

    fn store_answer(&self, id: JobId, answer: &Stored) -> Result<(), StoreError> {
        self.drop_answer(id)?;
        self.open(ANSWERS)?.insert(id, postcard::to_stdvec(answer)?.as_slice())?;
        Ok(())
    }
}
