//! Questions about jobs.

use sqlx::{
    PgPool, Row,
    postgres::{PgArguments, PgRow},
    query::Query,
};

use super::{
    PostgresStore, bounded,
    rows::{COLUMNS, bytes, read, read_all},
};
use crate::{Answer, BatchAnswer, Job, JobId, Member, store::StoreError};

/// The order in which jobs are proved and settled.
pub(super) const BY_URGENCY: &str = "urgency, block, event, id";

impl PostgresStore {
    /// The jobs that a clause of a query names.
    pub(super) async fn select(
        &self,
        clause: &str,
        bind: impl FnOnce(Query<'_, sqlx::Postgres, PgArguments>) -> Query<'_, sqlx::Postgres, PgArguments>,
    ) -> Result<Vec<(JobId, Job)>, StoreError> {
        let text = format!("SELECT {COLUMNS} FROM hallmark.jobs {clause}");
        bounded(async { read_all(&bind(sqlx::query(&text)).fetch_all(&self.pool).await?) }).await
    }

    /// The first row of a query about a job.
    pub(super) async fn of_job(&self, query: &str, id: JobId) -> Result<Option<PgRow>, StoreError> {
        bounded(async { Ok(sqlx::query(query).bind(id.as_slice()).fetch_optional(&self.pool).await?) }).await
    }

    pub(super) async fn find(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        let row = self.of_job(&format!("SELECT {COLUMNS} FROM hallmark.jobs WHERE id = $1"), id).await?;
        Ok(row.as_ref().map(read).transpose()?.map(|(_, job)| job))
    }

    /// The answer of a job that has a proof of its own.
    pub(super) async fn answer_alone(&self, id: JobId) -> Result<Option<Answer>, StoreError> {
        let row = self.of_job("SELECT output, proof FROM hallmark.answers WHERE id = $1 AND batch IS NULL", id).await?;
        row.map(|row| Ok(Answer { output: row.try_get("output")?, proof: row.try_get("proof")? })).transpose()
    }

    /// The batch that answers a job.
    pub(super) async fn batch_with(&self, id: JobId) -> Result<Option<BatchAnswer>, StoreError> {
        let batch = "SELECT b.token, b.size, b.proof FROM hallmark.answers a JOIN hallmark.batches b ON b.token = a.batch \
             WHERE a.id = $1";
        let Some(row) = self.of_job(batch, id).await? else { return Ok(None) };
        let size: i32 = row.try_get("size")?;
        let members = bounded(members(&self.pool, row.try_get("token")?)).await?;
        Ok(Some(BatchAnswer { size: size.unsigned_abs() as usize, members, proof: row.try_get("proof")? }))
    }
}

async fn members(pool: &PgPool, token: i64) -> Result<Vec<Member>, StoreError> {
    let query = "SELECT id, input, output FROM hallmark.members WHERE token = $1 ORDER BY position";
    let member = |row: &PgRow| {
        Ok(Member { id: bytes(row.try_get("id")?)?, input: row.try_get("input")?, output: row.try_get("output")? })
    };
    sqlx::query(query).bind(token).fetch_all(pool).await?.iter().map(member).collect()
}
