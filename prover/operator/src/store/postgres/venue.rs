//! The watcher's and the submitter's side of the store.

use std::time::Duration;

use sqlx::{Row, postgres::PgRow};

use super::{
    PostgresStore, bounded,
    change::Statement,
    edits::row_ids,
    jobs::BY_URGENCY,
    rows::{bytes, list, signed, text, unsigned},
};
use crate::{
    Answer, BatchAnswer, Block, Job, JobId, Place, State, Submission,
    store::{Depth, Group, JobStore, NewJob, StoreError},
};

/// The most records that one call of [`JobStore::prune`] forgets.
const MAX_PRUNED: i64 = 1024;
/// How long a worker is counted that asks for no jobs, and is not proving.
const WORKER_TERM: Duration = Duration::from_secs(60);

impl JobStore for PostgresStore {
    async fn lead(&self) -> Result<bool, StoreError> {
        Ok(self.go_on_leading().await? || self.take_lead().await?)
    }

    async fn keep_lead(&self) -> Result<bool, StoreError> {
        self.go_on_leading().await
    }

    async fn resign(&self) -> Result<(), StoreError> {
        self.give_up_lead().await
    }

    async fn workers(&self) -> Result<usize, StoreError> {
        let count = "SELECT count(*) FROM (SELECT name FROM hallmark.workers WHERE seen > hallmark.millis() - $1 \
             UNION SELECT worker FROM hallmark.leases) known";
        let count = sqlx::query_scalar(count).bind(WORKER_TERM.as_millis() as i64);
        let count: i64 = bounded(async { Ok(count.fetch_one(&self.pool).await?) }).await?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    async fn cursor(&self) -> Result<Option<u64>, StoreError> {
        let cursor = sqlx::query_scalar::<_, Option<i64>>("SELECT cursor FROM hallmark.venue");
        let cursor = bounded(async { Ok(cursor.fetch_optional(&self.pool).await?) }).await?;
        cursor.flatten().map(unsigned).transpose()
    }

    async fn record(&self, jobs: &[NewJob], cursor: u64) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            change.add(jobs).await?;
            change.run(sqlx::query("UPDATE hallmark.venue SET cursor = $1").bind(signed(cursor))).await?;
            change.commit().await
        })
        .await
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.find(id).await
    }

    async fn input(&self, id: JobId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.of_job("SELECT input FROM hallmark.inputs WHERE id = $1", id).await?;
        Ok(row.map(|row| row.try_get("input")).transpose()?)
    }

    async fn answer(&self, id: JobId) -> Result<Option<Answer>, StoreError> {
        self.answer_alone(id).await
    }

    async fn batch_of(&self, id: JobId) -> Result<Option<BatchAnswer>, StoreError> {
        self.batch_with(id).await
    }

    async fn awaiting_input(
        &self,
        after: Option<(Place, JobId)>,
        limit: usize,
    ) -> Result<Vec<(JobId, Job)>, StoreError> {
        let (place, id) = after.map_or((None, None), |(place, id)| (Some(place), Some(id)));
        let clause = "WHERE state = 'awaiting input' AND NOT is_done AND ($1 IS NULL OR (block, event, id) > ($1, $2, $3)) \
             ORDER BY block, event, id LIMIT $4";
        let [block, event] = [place.map(|place| signed(place.block)), place.map(|place| signed(place.index))];
        let id = id.map(|id| id.to_vec());
        self.select(clause, |query| query.bind(block).bind(event).bind(id).bind(signed(limit as u64))).await
    }

    async fn reveal(&self, id: JobId, input: &[u8]) -> Result<(), StoreError> {
        let statement = "WITH found AS (UPDATE hallmark.jobs SET state = 'waiting', input_hash = NULL \
             WHERE id = $1 AND state = 'awaiting input' AND NOT is_done RETURNING id) \
             INSERT INTO hallmark.inputs (id, input) SELECT id, $2 FROM found";
        self.change_by(sqlx::query(statement).bind(id.as_slice()).bind(input)).await.map(drop)
    }

    async fn candidates(&self, limit: usize) -> Result<Vec<(JobId, Job)>, StoreError> {
        self.wake().await?;
        let of = |state| {
            format!(
                "(SELECT * FROM hallmark.jobs WHERE state = '{state}' AND NOT is_done AND held_until = 0 \
                 ORDER BY {BY_URGENCY} LIMIT $1)"
            )
        };
        let clause = format!(
            "WHERE id IN (SELECT id FROM ({} UNION ALL {}) found) ORDER BY {BY_URGENCY} LIMIT $1",
            of("ready"),
            of("waiting")
        );
        self.select(&clause, |query| query.bind(signed(limit as u64))).await
    }

    async fn offer(&self, alone: &[JobId], groups: &[Group]) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            if !change.offers(alone, groups).await? {
                change.replace_offers(alone, groups).await?;
            }
            // Also where nothing changes: workers pass over offers that are locked.
            change.commit().await
        })
        .await
    }

    async fn hold(&self, ids: &[JobId], time: Duration) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let time = i64::try_from(time.as_millis()).unwrap_or(i64::MAX / 2);
        let held = "UPDATE hallmark.jobs SET held_until = hallmark.millis() + $2, \
             state = CASE WHEN state = 'ready' THEN 'waiting' ELSE state END \
             WHERE id = ANY ($1) AND state IN ('waiting', 'ready', 'proved') AND NOT is_done";
        self.change_jobs(ids, sqlx::query(held).bind(list(ids)).bind(time)).await
    }

    async fn proved(&self, limit: usize) -> Result<Vec<(JobId, Job)>, StoreError> {
        self.wake().await?;
        let clause =
            format!("WHERE state = 'proved' AND NOT is_done AND held_until = 0 ORDER BY {BY_URGENCY} LIMIT $1");
        self.select(&clause, |query| query.bind(signed(limit as u64))).await
    }

    async fn reject(&self, id: JobId, reason: &str) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            let proved = change.proved_among(&[id]).await?;
            change.drop_answers(&proved).await?;
            let failed = sqlx::query("SELECT hallmark.fail_jobs($1, $2, false)");
            change.run(failed.bind(proved).bind(text(reason))).await?;
            change.commit().await
        })
        .await
    }

    async fn withdraw(&self, ids: &[JobId], alone: bool) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            let proved = change.proved_among(ids).await?;
            change.drop_answers(&proved).await?;
            let again = "UPDATE hallmark.jobs SET state = 'waiting', held_until = 0, goes_alone = goes_alone OR $2 WHERE id = ANY ($1)";
            change.run(sqlx::query(again).bind(proved).bind(alone)).await?;
            change.commit().await
        })
        .await
    }

    async fn submission(&self) -> Result<Option<Submission>, StoreError> {
        let submission = sqlx::query_scalar::<_, Option<Vec<u8>>>("SELECT submission FROM hallmark.venue");
        let bytes = bounded(async { Ok(submission.fetch_optional(&self.pool).await?) }).await?.flatten();
        Ok(bytes.map(|bytes| postcard::from_bytes(&bytes)).transpose()?)
    }

    async fn submit(&self, previous: Option<&Submission>, next: &Submission) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            change.replace_submission(previous, Some(next)).await?;
            let ids = list(&next.requests);
            change.lock(&ids).await?;
            let submitted =
                "UPDATE hallmark.jobs SET state = 'submitted' WHERE id = ANY ($1) AND state = 'proved' AND NOT is_done";
            change.run(sqlx::query(submitted).bind(ids)).await?;
            change.commit().await
        })
        .await
    }

    async fn land(&self, submission: &Submission, failed: bool) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            change.replace_submission(Some(submission), None).await?;
            let ids = list(&submission.requests);
            change.lock(&ids).await?;
            let landed = "UPDATE hallmark.jobs SET state = 'proved', failures = failures + $2 WHERE id = ANY ($1) AND state = 'submitted'";
            change.run(sqlx::query(landed).bind(ids).bind(i32::from(failed))).await?;
            change.commit().await
        })
        .await
    }

    async fn conclude(&self, id: JobId, state: State) -> Result<(), StoreError> {
        self.turn(id, state).await
    }

    async fn verdict_blocks(&self) -> Result<Vec<Block>, StoreError> {
        let blocks = "SELECT DISTINCT verdict_block, verdict_hash FROM hallmark.jobs \
             WHERE state IN ('settled', 'lost') AND NOT is_done ORDER BY verdict_block, verdict_hash";
        let rows = bounded(async { Ok(sqlx::query(blocks).fetch_all(&self.pool).await?) }).await?;
        let block = |row: &PgRow| {
            let number = unsigned(row.try_get("verdict_block")?)?;
            Ok(Block { number, hash: bytes(row.try_get("verdict_hash")?)? })
        };
        rows.iter().map(block).collect()
    }

    async fn confirm(&self, block: Block) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            let ids = change.resting_on(block).await?;
            change.forget_contents(&ids).await?;
            change.run(sqlx::query("UPDATE hallmark.jobs SET is_done = true WHERE id = ANY ($1)").bind(ids)).await?;
            change.commit().await
        })
        .await
    }

    async fn reopen(&self, block: Block) -> Result<usize, StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            let ids = change.resting_on(block).await?;
            change.resume(&ids).await?;
            change.commit().await?;
            Ok(ids.len())
        })
        .await
    }

    async fn finish(&self, ended: &[(JobId, State)]) -> Result<(), StoreError> {
        if ended.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = ended.iter().map(|(id, _)| id.to_vec()).collect();
        bounded(async {
            let mut change = self.change().await?;
            change.lock(&ended.iter().map(|(id, _)| id.as_slice()).collect::<Vec<_>>()).await?;
            change.forget_contents(&ids).await?;
            change.turn(ended, true).await?;
            change.commit().await
        })
        .await
    }

    async fn bury(&self, id: JobId, reason: &str) -> Result<(), StoreError> {
        self.turn(id, State::Dead(reason.to_owned())).await
    }

    async fn dead(&self, limit: usize) -> Result<Vec<(JobId, Job)>, StoreError> {
        let clause = "WHERE state = 'dead' AND NOT is_done ORDER BY deadline, id LIMIT $1";
        self.select(clause, |query| query.bind(signed(limit as u64))).await
    }

    /// A person may ask for this, who does not lead.
    async fn requeue(&self, id: JobId) -> Result<bool, StoreError> {
        let again = "UPDATE hallmark.jobs j SET attempts = 0, failures = 0, held_until = 0, reason = NULL, \
             state = CASE WHEN EXISTS (SELECT FROM hallmark.answers a WHERE a.id = j.id) THEN 'proved' ELSE 'waiting' END \
             WHERE id = $1 AND state = 'dead' AND NOT is_done";
        let again = sqlx::query(again).bind(id.as_slice());
        bounded(async { Ok(again.execute(&self.pool).await?.rows_affected() == 1) }).await
    }

    async fn prune(&self, block: u64, time: u64) -> Result<usize, StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            let late = "SELECT id FROM hallmark.jobs WHERE state = 'dead' AND NOT is_done AND deadline < $1 \
                 ORDER BY deadline, id LIMIT $2";
            let late = row_ids(&change.rows(sqlx::query(late).bind(signed(time)).bind(MAX_PRUNED)).await?)?;
            change.forget_contents(&late).await?;
            let expired = "UPDATE hallmark.jobs SET state = 'expired', reason = NULL, is_done = true WHERE id = ANY ($1)";
            change.run(sqlx::query(expired).bind(&late)).await?;
            let old = "DELETE FROM hallmark.jobs WHERE id IN (SELECT id FROM hallmark.jobs WHERE is_done AND block < $1 \
                 AND id <> ALL ($2) ORDER BY block, event, id LIMIT $3)";
            let old = change.run(sqlx::query(old).bind(signed(block)).bind(&late).bind(MAX_PRUNED)).await?;
            let gone = "DELETE FROM hallmark.workers WHERE seen < hallmark.millis() - 86400000";
            change.run(sqlx::query(gone)).await?;
            change.commit().await?;
            Ok(late.len() + old as usize)
        })
        .await
    }

    async fn depth(&self) -> Result<Depth, StoreError> {
        let counts = "SELECT CASE WHEN held_until > 0 AND state IN ('waiting', 'proved') THEN 'held' ELSE state END AS name, \
             count(*) AS jobs FROM hallmark.jobs WHERE NOT is_done GROUP BY 1";
        let rows = bounded(async { Ok(sqlx::query(counts).fetch_all(&self.pool).await?) }).await?;
        let mut depth = Depth::default();
        for row in rows {
            let jobs = unsigned(row.try_get("jobs")?)?;
            match row.try_get::<&str, _>("name")? {
                "awaiting input" => depth.awaiting_input = jobs,
                "waiting" => depth.waiting = jobs,
                "held" => depth.held = jobs,
                "ready" => depth.ready = jobs,
                "leased" => depth.leased = jobs,
                "proved" => depth.proved = jobs,
                "submitted" => depth.submitted = jobs,
                "settled" | "lost" => depth.verdicts += jobs,
                "dead" => depth.dead = jobs,
                _ => {}
            }
        }
        Ok(depth)
    }
}

impl PostgresStore {
    /// Changes some jobs by one statement.
    async fn change_jobs(&self, ids: &[JobId], statement: Statement<'_>) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            change.lock(&list(ids)).await?;
            change.run(statement).await?;
            change.commit().await
        })
        .await
    }

    /// Gives a job that is not done another state, in which it may stay.
    async fn turn(&self, id: JobId, state: State) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            change.turn(&[(id, state)], false).await?;
            change.commit().await
        })
        .await
    }

    /// Ends the leases of silent workers, and puts held jobs back whose time is over.
    async fn wake(&self) -> Result<(), StoreError> {
        bounded(async {
            let mut change = self.change().await?;
            change.run(sqlx::query("SELECT hallmark.end_silent()")).await?;
            let due =
                "UPDATE hallmark.jobs SET held_until = 0 WHERE held_until > 0 AND held_until <= hallmark.millis()";
            change.run(sqlx::query(due)).await?;
            change.commit().await
        })
        .await
    }
}
