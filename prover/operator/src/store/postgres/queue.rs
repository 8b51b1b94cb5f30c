//! The workers' side: each call is a function of the database, and all that a role of workers may do.

use std::time::Duration;

use sqlx::{Row, postgres::PgRow};

use super::{
    PostgresStore, bounded,
    rows::{bytes, list, text, unsigned},
};
use crate::{
    Answer, BatchAnswer, JobId,
    store::{Changes, Lease, LeaseRequest, StoreError, Task, Topic, WorkQueue},
};

/// The most letters of a reason.
const MAX_REASON: usize = 1000;

impl WorkQueue for PostgresStore {
    async fn claim(&self, claim: &LeaseRequest<'_>) -> Result<Option<Lease>, StoreError> {
        let most = i32::try_from(claim.most).unwrap_or(i32::MAX);
        let rows = bounded(async {
            let rows = sqlx::query("SELECT * FROM hallmark_work.claim($1, $2, $3, $4)")
                .bind(claim.worker)
                .bind(list(claim.models))
                .bind(most)
                .bind(millis(claim.term))
                .fetch_all(&self.pool);
            Ok(rows.await?)
        });
        let rows = rows.await?;
        let Some(first) = rows.first() else { return Ok(None) };
        let size: i32 = first.try_get("size")?;
        Ok(Some(Lease {
            token: unsigned(first.try_get("token")?)?,
            worker: claim.worker.to_owned(),
            model: bytes(first.try_get("model")?)?,
            size: usize::try_from(size).map_err(|_| StoreError::Foreign("a batch has a negative size".into()))?,
            tasks: rows.iter().map(task).collect::<Result<_, _>>()?,
        }))
    }

    async fn heartbeat(&self, lease: &Lease, term: Duration) -> Result<(), StoreError> {
        let query = sqlx::query_scalar("SELECT hallmark_work.heartbeat($1, $2, $3)");
        self.holding(lease, query.bind(token(lease)).bind(&lease.worker).bind(millis(term))).await
    }

    async fn complete(&self, lease: &Lease, answers: &[(JobId, Answer)]) -> Result<(), StoreError> {
        let each = |of: fn(&(JobId, Answer)) -> &[u8]| answers.iter().map(of).collect::<Vec<_>>();
        let query = sqlx::query_scalar("SELECT hallmark_work.complete($1, $2, $3, $4, $5)");
        let query = query.bind(token(lease)).bind(&lease.worker).bind(each(|(id, _)| id));
        let query = query.bind(each(|(_, answer)| &answer.output)).bind(each(|(_, answer)| &answer.proof));
        self.holding(lease, query).await
    }

    async fn complete_batch(&self, lease: &Lease, batch: &BatchAnswer) -> Result<(), StoreError> {
        let ids: Vec<&[u8]> = batch.members.iter().map(|member| member.id.as_slice()).collect();
        let inputs: Vec<&[u8]> = batch.members.iter().map(|member| member.input.as_slice()).collect();
        let outputs: Vec<&[u8]> = batch.members.iter().map(|member| member.output.as_slice()).collect();
        let query = sqlx::query_scalar("SELECT hallmark_work.complete_batch($1, $2, $3, $4, $5, $6, $7)");
        let query = query.bind(token(lease)).bind(&lease.worker).bind(i32::try_from(batch.size).unwrap_or(i32::MAX));
        self.holding(lease, query.bind(ids).bind(inputs).bind(outputs).bind(&batch.proof)).await
    }

    async fn fail(&self, lease: &Lease, reason: &str) -> Result<(), StoreError> {
        let reason: String = text(reason).chars().take(MAX_REASON).collect();
        let query = sqlx::query_scalar("SELECT hallmark_work.fail($1, $2, $3)");
        self.holding(lease, query.bind(token(lease)).bind(&lease.worker).bind(reason)).await
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let query = sqlx::query_scalar("SELECT hallmark_work.release($1, $2)");
        self.holding(lease, query.bind(token(lease)).bind(&lease.worker)).await
    }

    fn changes(&self, topic: Topic) -> Changes {
        self.news.changes(topic)
    }
}

/// A call that says whether the lease was in force.
type Holding<'q> = sqlx::query::QueryScalar<'q, sqlx::Postgres, bool, sqlx::postgres::PgArguments>;

impl PostgresStore {
    async fn holding(&self, lease: &Lease, query: Holding<'_>) -> Result<(), StoreError> {
        let holds = bounded(async { Ok(query.fetch_one(&self.pool).await?) }).await?;
        let Lease { token, worker, .. } = lease;
        if holds { Ok(()) } else { Err(StoreError::Stale { token: *token, worker: worker.clone() }) }
    }
}

fn task(row: &PgRow) -> Result<Task, StoreError> {
    Ok(Task { id: bytes(row.try_get("id")?)?, context: bytes(row.try_get("context")?)?, input: row.try_get("input")? })
}

/// A token for the database. One that it never gave is of no lease.
fn token(lease: &Lease) -> i64 {
    i64::try_from(lease.token).unwrap_or(-1)
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
