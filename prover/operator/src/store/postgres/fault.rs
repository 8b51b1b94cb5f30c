//! What the database's errors mean: whether to ask again, and what a person can do.

use sqlx::{Error, error::DatabaseError, migrate::MigrateError};

use crate::store::StoreError;

/// Classes of errors, the first two letters of a code, that pass by themselves: the connection, a deadlock, too many connections,
/// a server that stops or starts, and the system's own.
const PASSING: [&str; 5] = ["08", "40", "53", "57", "58"];
/// Codes of other classes that do: a server that is a replica yet, and a lock that was waited for in vain.
const PASSING_CODES: [&str; 2] = ["25006", "55P03"];

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => of_database(&*error),
            Error::Configuration(error) => Self::Address(error.to_string()),
            Error::Tls(error) => Self::Refused(format!("TLS: {error}")),
            Error::Io(error) => Self::Unreachable(error.to_string()),
            Error::PoolTimedOut => Self::Unreachable("no connection in time".into()),
            Error::PoolClosed | Error::WorkerCrashed | Error::Protocol(_) | Error::BeginFailed => {
                Self::Unreachable("the connection was lost".into())
            }
            other => Self::Foreign(other.to_string()),
        }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            _ => Self::Version,
        }
    }
}

fn of_database(error: &dyn DatabaseError) -> StoreError {
    let code = error.code().unwrap_or_default();
    let passes = PASSING.iter().any(|class| code.starts_with(class)) || PASSING_CODES.contains(&&*code);
    if passes { StoreError::Unreachable(error.message().into()) } else { StoreError::Refused(error.message().into()) }
}
