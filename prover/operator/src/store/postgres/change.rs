//! Who leads, and the leader's changes.

use sqlx::{PgTransaction, postgres::PgQueryResult, query::Query};

use super::{LEAD_TERM, PostgresStore, bounded};
use crate::store::StoreError;

/// A query with its arguments.
pub(super) type Statement<'q> = Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// A change of the leader's, which happens when it is committed, or not at all.
pub(super) struct Change(PgTransaction<'static>);

impl Change {
    /// Runs a statement, and tells how many rows it has changed.
    pub(super) async fn run(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        Ok(statement.execute(&mut *self.0).await.map(|done: PgQueryResult| done.rows_affected())?)
    }

    /// Runs a query, and returns its rows.
    pub(super) async fn rows(&mut self, query: Statement<'_>) -> Result<Vec<sqlx::postgres::PgRow>, StoreError> {
        Ok(query.fetch_all(&mut *self.0).await?)
    }

    /// Locks these jobs in the order of their ids, as every change does.
    pub(super) async fn lock(&mut self, ids: &[&[u8]]) -> Result<(), StoreError> {
        self.rows(sqlx::query("SELECT FROM hallmark.jobs WHERE id = ANY ($1) ORDER BY id FOR UPDATE").bind(ids))
            .await?;
        Ok(())
    }

    pub(super) async fn commit(self) -> Result<(), StoreError> {
        Ok(self.0.commit().await?)
    }
}

impl PostgresStore {
    /// Begins a change. Nobody else leads until it is done.
    ///
    /// # Errors
    /// [`StoreError::Deposed`] if this process does not lead.
    pub(super) async fn change(&self) -> Result<Change, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let fence = sqlx::query("SELECT FROM hallmark.leader WHERE epoch = $1 FOR KEY SHARE").bind(self.epoch());
        match fence.fetch_optional(&mut *transaction).await? {
            Some(_) => Ok(Change(transaction)),
            None => Err(StoreError::Deposed),
        }
    }

    /// Makes a change of one statement.
    pub(super) async fn change_by(&self, statement: Statement<'_>) -> Result<u64, StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            let count = change.run(statement).await?;
            change.commit().await?;
            Ok(count)
        })
        .await
    }

    /// Goes on leading, and tells whether this process still does.
    pub(super) async fn go_on_leading(&self) -> Result<bool, StoreError> {
        let kept = "UPDATE hallmark.leader SET expires = hallmark.millis() + $1 WHERE epoch = $2";
        let kept = sqlx::query(kept).bind(LEAD_TERM.as_millis() as i64).bind(self.epoch());
        bounded(async { Ok(kept.execute(&self.pool).await?.rows_affected() == 1) }).await
    }

    /// Takes the lead if nobody has it, and tells whether this process has it now. A new epoch is greater than all before, also where
    /// the database was restored from an old copy.
    pub(super) async fn take_lead(&self) -> Result<bool, StoreError> {
        let taken = "UPDATE hallmark.leader SET epoch = greatest(epoch + 1, hallmark.millis()), name = $1, \
             expires = hallmark.millis() + $2 WHERE expires <= hallmark.millis() OR name = $1 RETURNING epoch";
        let taken = sqlx::query_scalar(taken).bind(&*self.name).bind(LEAD_TERM.as_millis() as i64);
        let epoch = bounded(async { Ok(taken.fetch_optional(&self.pool).await?) }).await?;
        epoch.inspect(|epoch| self.set_epoch(*epoch));
        Ok(epoch.is_some())
    }

    /// Lets another service lead at once.
    pub(super) async fn give_up_lead(&self) -> Result<(), StoreError> {
        let given = sqlx::query("UPDATE hallmark.leader SET expires = 0 WHERE epoch = $1").bind(self.epoch());
        bounded(async { Ok(given.execute(&self.pool).await.map(drop)?) }).await
    }
}
