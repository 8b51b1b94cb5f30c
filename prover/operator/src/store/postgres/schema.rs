//! The tables and functions of a queue: made once, by whoever comes first.

use std::{borrow::Cow, pin::Pin};

use sqlx::{
    PgPool, Row,
    error::BoxDynError,
    migrate::{Migration, MigrationSource, MigrationType, Migrator},
};

use super::rows::{bytes, signed, unsigned};
use crate::{Venue, store::StoreError};

/// The changes of the schema, each of which is made once. One that was released never changes: another follows it.
const CHANGES: [(&str, &str); 2] =
    [("tables", include_str!("sql/1-tables.sql")), ("work", include_str!("sql/2-work.sql"))];

/// The version of the functions of workers, as `hallmark_work.version` has it.
const WORK_VERSION: i32 = 1;

/// The changes, as the library takes them.
#[derive(Debug)]
struct Changes;

impl MigrationSource<'static> for Changes {
    fn resolve(self) -> Pin<Box<dyn Future<Output = Result<Vec<Migration>, BoxDynError>> + Send>> {
        let migration = |((name, sql), version): ((&'static str, &'static str), i64)| {
            Migration::new(version, name.into(), MigrationType::Simple, Cow::Borrowed(sql), false)
        };
        let migrations = CHANGES.into_iter().zip(1..).map(migration).collect();
        Box::pin(async move { Ok(migrations) })
    }
}

/// Makes what is missing of the schema, under a lock of the database.
pub(super) async fn migrate(pool: &PgPool) -> Result<(), StoreError> {
    Ok(Migrator::new(Changes).await?.run(pool).await?)
}

/// Whether a service has made the functions of workers, and those that this program calls.
pub(super) async fn check(pool: &PgPool) -> Result<(), StoreError> {
    let made = sqlx::query_scalar("SELECT to_regprocedure('hallmark_work.version()') IS NOT NULL");
    if !made.fetch_one(pool).await? {
        return Err(StoreError::Unclaimed);
    }
    let version: i32 = sqlx::query_scalar("SELECT hallmark_work.version()").fetch_one(pool).await?;
    if version == WORK_VERSION { Ok(()) } else { Err(StoreError::Version) }
}

/// Makes the queue one of this venue, unless it is of another.
pub(super) async fn claim(pool: &PgPool, venue: Venue) -> Result<(), StoreError> {
    let found = match self::venue(pool).await {
        Err(StoreError::Unclaimed) => {
            let Venue { chain, market, payee } = venue;
            let made = "INSERT INTO hallmark.venue (chain, market, payee) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
            let made = sqlx::query(made).bind(signed(chain)).bind(market.as_slice()).bind(payee.as_slice());
            made.execute(pool).await?;
            self::venue(pool).await?
        }
        found => found?,
    };
    if found == venue { Ok(()) } else { Err(StoreError::Venue) }
}

/// Whose queue it is.
pub(super) async fn venue(pool: &PgPool) -> Result<Venue, StoreError> {
    let row = sqlx::query("SELECT chain, market, payee FROM hallmark_work.venue()").fetch_optional(pool).await?;
    let row = row.ok_or(StoreError::Unclaimed)?;
    Ok(Venue {
        chain: unsigned(row.try_get("chain")?)?,
        market: bytes(row.try_get("market")?)?,
        payee: bytes(row.try_get("payee")?)?,
    })
}
