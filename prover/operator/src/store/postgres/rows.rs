//! A job as a row, and back. What the database says is checked: others may write to it.

use sqlx::{Row, postgres::PgRow};

use crate::{Block, Job, JobId, Place, State, store::StoreError};

/// The columns that [`read`] takes.
pub(super) const COLUMNS: &str = "id, block, event, model, context, deadline, fee::text AS fee, goes_alone, attempts, failures, \
     held_until, state, lease, input_hash, verdict_block, verdict_hash, reason, is_done";

/// A number for the database, which has signed ones. No chain has greater ones.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A number of the database.
pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| foreign("a number is negative"))
}

/// Bytes of the database, of which there are so many.
pub(super) fn bytes<const N: usize>(bytes: Vec<u8>) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| foreign("a value has another length"))
}

/// A list of jobs for the database.
pub(super) fn list(ids: &[JobId]) -> Vec<&[u8]> {
    ids.iter().map(<[u8; 32]>::as_slice).collect()
}

/// A text for the database, which takes no NUL.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// What a state is called in the database, and what else it has there.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) name: &'static str,
    pub(super) input_hash: Option<Vec<u8>>,
    pub(super) verdict_block: Option<i64>,
    pub(super) verdict_hash: Option<Vec<u8>>,
    pub(super) reason: Option<String>,
}

impl From<&State> for Columns {
    /// A lease is given by the database alone.
    fn from(state: &State) -> Self {
        let named = |name| Self { name, ..Self::default() };
        let because = |name, reason: &str| Self { reason: Some(text(reason)), ..named(name) };
        let by = |name, block: &Block| Self {
            verdict_block: Some(signed(block.number)),
            verdict_hash: Some(block.hash.to_vec()),
            ..named(name)
        };
        match state {
            State::AwaitingInput(hash) => Self { input_hash: Some(hash.to_vec()), ..named("awaiting input") },
            State::Waiting => named("waiting"),
            State::Ready => named("ready"),
            State::Leased(_) => named("leased"),
            State::Proved => named("proved"),
            State::Submitted => named("submitted"),
            State::Settled(block) => by("settled", block),
            State::Lost(block) => by("lost", block),
            State::Expired => named("expired"),
            State::Refused(reason) => because("refused", reason),
            State::Dead(reason) => because("dead", reason),
        }
    }
}

/// A job of the database.
pub(super) fn read(row: &PgRow) -> Result<(JobId, Job), StoreError> {
    let fee: String = row.try_get("fee")?;
    let count = |name| Ok::<_, StoreError>(row.try_get::<i32, _>(name)?.unsigned_abs());
    let job = Job {
        place: Place { block: unsigned(row.try_get("block")?)?, index: unsigned(row.try_get("event")?)? },
        model: bytes(row.try_get("model")?)?,
        context: bytes(row.try_get("context")?)?,
        deadline: unsigned(row.try_get("deadline")?)?,
        fee: fee.parse().map_err(|_| foreign("a fee is no whole number"))?,
        goes_alone: row.try_get("goes_alone")?,
        attempts: count("attempts")?,
        failures: count("failures")?,
        held_until: unsigned(row.try_get("held_until")?)?,
        state: state(row)?,
        is_done: row.try_get("is_done")?,
    };
    Ok((bytes(row.try_get("id")?)?, job))
}

/// The jobs of some rows.
pub(super) fn read_all(rows: &[PgRow]) -> Result<Vec<(JobId, Job)>, StoreError> {
    rows.iter().map(read).collect()
}

fn state(row: &PgRow) -> Result<State, StoreError> {
    let reason = || Ok::<_, StoreError>(row.try_get::<Option<String>, _>("reason")?.unwrap_or_default());
    let verdict = || {
        let number = unsigned(row.try_get("verdict_block")?)?;
        Ok::<_, StoreError>(Block { number, hash: bytes(row.try_get("verdict_hash")?)? })
    };
    Ok(match row.try_get::<&str, _>("state")? {
        "awaiting input" => State::AwaitingInput(bytes(row.try_get("input_hash")?)?),
        "waiting" => State::Waiting,
        "ready" => State::Ready,
        "leased" => State::Leased(unsigned(row.try_get("lease")?)?),
        "proved" => State::Proved,
        "submitted" => State::Submitted,
        "settled" => State::Settled(verdict()?),
        "lost" => State::Lost(verdict()?),
        "expired" => State::Expired,
        "refused" => State::Refused(reason()?),
        "dead" => State::Dead(reason()?),
        _ => return Err(foreign("a state has another name")),
    })
}

fn foreign(what: &str) -> StoreError {
    StoreError::Foreign(what.into())
}
