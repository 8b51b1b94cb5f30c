//! What workers may take: jobs alone, and groups that one proof answers.

use std::collections::BTreeSet;

use sqlx::{Row, postgres::PgRow};

use super::change::Change;
use crate::{
    JobId,
    store::{Group, StoreError},
};

impl Change {
    /// Whether these jobs and groups are on offer, and no others. Nobody takes any until the change is done.
    pub(super) async fn offers(&mut self, alone: &[JobId], groups: &[Group]) -> Result<bool, StoreError> {
        let rows = self.rows(sqlx::query("SELECT size, jobs FROM hallmark.offers ORDER BY id FOR UPDATE")).await?;
        let offer = |row: &PgRow| Ok::<_, StoreError>((row.try_get("size")?, row.try_get("jobs")?));
        let offered: BTreeSet<(i32, Vec<Vec<u8>>)> = rows.iter().map(offer).collect::<Result<_, _>>()?;
        Ok(offered == wanted(alone, groups))
    }

    /// Offers these jobs and groups in the place of all others.
    pub(super) async fn replace_offers(&mut self, alone: &[JobId], groups: &[Group]) -> Result<(), StoreError> {
        let wanted = wanted(alone, groups);
        let ids: Vec<_> = wanted.iter().flat_map(|(_, jobs)| jobs.clone()).collect();
        self.run(sqlx::query("DELETE FROM hallmark.offers")).await?;
        self.rows(
            sqlx::query(
                "SELECT FROM hallmark.jobs WHERE id = ANY ($1) OR (state = 'ready' AND NOT is_done AND held_until = 0) \
             ORDER BY id FOR UPDATE",
            )
            .bind(&ids),
        )
        .await?;
        let back = "UPDATE hallmark.jobs SET state = 'waiting' WHERE state = 'ready' AND NOT is_done AND held_until = 0 \
             AND id <> ALL ($1)";
        self.run(sqlx::query(back).bind(&ids)).await?;
        let ready = "UPDATE hallmark.jobs SET state = 'ready' WHERE id = ANY ($1) AND state = 'waiting' AND held_until = 0 AND NOT is_done";
        self.run(sqlx::query(ready).bind(&ids)).await?;
        let alone = "INSERT INTO hallmark.offers (model, size, jobs, urgency, block, event) \
             SELECT model, 1, ARRAY[id], urgency, block, event FROM hallmark.jobs WHERE id = ANY ($1) AND state = 'ready'";
        let ids: Vec<_> = wanted.iter().filter(|(size, _)| *size == 1).flat_map(|(_, jobs)| jobs.clone()).collect();
        self.run(sqlx::query(alone).bind(ids)).await?;
        for (size, jobs) in wanted.into_iter().filter(|(size, _)| *size > 1) {
            // As urgent as the most urgent of its jobs.
            let offer = "INSERT INTO hallmark.offers (model, size, jobs, urgency, block, event) \
                 SELECT model, $1, $2, urgency, block, event FROM hallmark.jobs WHERE id = ANY ($2) AND state = 'ready' \
                 ORDER BY urgency, block, event, id LIMIT 1";
            self.run(sqlx::query(offer).bind(size).bind(jobs)).await?;
        }
        self.run(sqlx::query("SELECT pg_notify('hallmark_work', '')")).await.map(drop)
    }
}

/// What is offered as rows: how many inputs a proof has, and whose.
fn wanted(alone: &[JobId], groups: &[Group]) -> BTreeSet<(i32, Vec<Vec<u8>>)> {
    let group = |group: &Group| {
        let size = i32::try_from(group.size).unwrap_or(i32::MAX);
        (size, group.ids.iter().map(|id| id.to_vec()).collect())
    };
    alone.iter().map(|id| (1, vec![id.to_vec()])).chain(groups.iter().map(group)).collect()
}
