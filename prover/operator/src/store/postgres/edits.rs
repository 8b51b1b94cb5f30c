//! The steps that the leader's changes are made of.

use sqlx::{Row, postgres::PgRow};

use super::{
    change::Change,
    rows::{Columns, list, signed},
};
use crate::{
    Block, JobId, State, Submission,
    store::{NewJob, StoreError},
};

impl Change {
    /// Records jobs, unless they are known.
    pub(super) async fn add(&mut self, jobs: &[NewJob]) -> Result<(), StoreError> {
        let statement = "WITH told AS (SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[], $4::bytea[], $5::bytea[], \
             $6::bigint[], $7::text[], $8::bigint[], $9::boolean[], $10::text[], $11::bytea[], $12::bigint[], $13::bytea[], \
             $14::text[], $15::boolean[], $16::bytea[]) AS t (id, block, event, model, context, deadline, fee, urgency, goes_alone, \
             state, input_hash, verdict_block, verdict_hash, reason, is_done, input)), \
             made AS (INSERT INTO hallmark.jobs (id, block, event, model, context, deadline, fee, urgency, goes_alone, attempts, \
             failures, held_until, state, input_hash, verdict_block, verdict_hash, reason, is_done) \
             SELECT id, block, event, model, context, deadline, fee::numeric, urgency, goes_alone, 0, 0, 0, state, input_hash, \
             verdict_block, verdict_hash, reason, is_done FROM told ORDER BY id ON CONFLICT DO NOTHING RETURNING id, state) \
             INSERT INTO hallmark.inputs (id, input) SELECT told.id, told.input FROM told JOIN made USING (id) \
             WHERE made.state = 'waiting'";
        let states = of(jobs, |new| Columns::from(&new.job.state));
        let statement = sqlx::query(statement)
            .bind(of(jobs, |new| new.id.to_vec()))
            .bind(of(jobs, |new| signed(new.job.place.block)))
            .bind(of(jobs, |new| signed(new.job.place.index)))
            .bind(of(jobs, |new| new.job.model.to_vec()))
            .bind(of(jobs, |new| new.job.context.to_vec()))
            .bind(of(jobs, |new| signed(new.job.deadline)))
            .bind(of(jobs, |new| new.job.fee.to_string()))
            .bind(of(jobs, |new| signed(new.job.urgency())))
            .bind(of(jobs, |new| new.job.goes_alone))
            .bind(of(&states, |state| state.name))
            .bind(of(&states, |state| state.input_hash.clone()))
            .bind(of(&states, |state| state.verdict_block))
            .bind(of(&states, |state| state.verdict_hash.clone()))
            .bind(of(&states, |state| state.reason.clone()))
            .bind(of(jobs, |new| new.job.is_done))
            .bind(of(jobs, |new| new.input.clone()));
        self.run(statement).await.map(drop)
    }

    /// Gives jobs that are not done other states.
    pub(super) async fn turn(&mut self, turned: &[(JobId, State)], ends: bool) -> Result<(), StoreError> {
        let statement = "UPDATE hallmark.jobs j SET state = t.state, input_hash = t.input_hash, verdict_block = t.verdict_block, \
             verdict_hash = t.verdict_hash, reason = t.reason, lease = NULL, held_until = 0, is_done = $7 \
             FROM unnest($1::bytea[], $2::text[], $3::bytea[], $4::bigint[], $5::bytea[], $6::text[]) \
             AS t (id, state, input_hash, verdict_block, verdict_hash, reason) WHERE j.id = t.id AND NOT j.is_done";
        let states = of(turned, |(_, state)| Columns::from(state));
        let statement = sqlx::query(statement)
            .bind(of(turned, |(id, _)| id.to_vec()))
            .bind(of(&states, |state| state.name))
            .bind(of(&states, |state| state.input_hash.clone()))
            .bind(of(&states, |state| state.verdict_block))
            .bind(of(&states, |state| state.verdict_hash.clone()))
            .bind(of(&states, |state| state.reason.clone()))
            .bind(ends);
        self.run(statement).await.map(drop)
    }

    /// Those of some jobs that are proved.
    pub(super) async fn proved_among(&mut self, ids: &[JobId]) -> Result<Vec<Vec<u8>>, StoreError> {
        let proved = "SELECT id FROM hallmark.jobs WHERE id = ANY ($1) AND state = 'proved' AND NOT is_done ORDER BY id FOR UPDATE";
        row_ids(&self.rows(sqlx::query(proved).bind(list(ids))).await?)
    }

    /// The jobs whose verdict rests on a block.
    pub(super) async fn resting_on(&mut self, block: Block) -> Result<Vec<Vec<u8>>, StoreError> {
        let resting = "SELECT id FROM hallmark.jobs WHERE state IN ('settled', 'lost') AND NOT is_done AND verdict_block = $1 \
             AND verdict_hash = $2 ORDER BY id FOR UPDATE";
        let resting = sqlx::query(resting).bind(signed(block.number)).bind(block.hash.as_slice());
        row_ids(&self.rows(resting).await?)
    }

    /// Takes jobs up again, with their answers where there are any.
    pub(super) async fn resume(&mut self, ids: &[Vec<u8>]) -> Result<(), StoreError> {
        let resumed = "UPDATE hallmark.jobs j SET held_until = 0, verdict_block = NULL, verdict_hash = NULL, \
             state = CASE WHEN EXISTS (SELECT FROM hallmark.answers a WHERE a.id = j.id) THEN 'proved' ELSE 'waiting' END \
             WHERE id = ANY ($1)";
        self.run(sqlx::query(resumed).bind(ids)).await.map(drop)
    }

    /// Forgets answers, and a batch with the last one.
    pub(super) async fn drop_answers(&mut self, ids: &[Vec<u8>]) -> Result<(), StoreError> {
        self.run(sqlx::query("SELECT hallmark.drop_answers($1)").bind(ids)).await.map(drop)
    }

    /// Forgets what jobs take that are done.
    pub(super) async fn forget_contents(&mut self, ids: &[Vec<u8>]) -> Result<(), StoreError> {
        self.run(sqlx::query("DELETE FROM hallmark.inputs WHERE id = ANY ($1)").bind(ids)).await?;
        self.drop_answers(ids).await
    }

    /// Records another transaction under way, if the one that is known is the present one.
    pub(super) async fn replace_submission(
        &mut self,
        previous: Option<&Submission>,
        next: Option<&Submission>,
    ) -> Result<(), StoreError> {
        let [previous, next] = [previous, next].map(|known| known.map(postcard::to_stdvec).transpose());
        let replaced = "UPDATE hallmark.venue SET submission = $2 WHERE submission IS NOT DISTINCT FROM $1";
        match self.run(sqlx::query(replaced).bind(previous?).bind(next?)).await? {
            1 => Ok(()),
            _ => Err(StoreError::Submission),
        }
    }
}

/// A column of some values.
fn of<T, C>(values: &[T], column: impl Fn(&T) -> C) -> Vec<C> {
    values.iter().map(column).collect()
}

/// The jobs that some rows name.
pub(super) fn row_ids(rows: &[PgRow]) -> Result<Vec<Vec<u8>>, StoreError> {
    rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
}
