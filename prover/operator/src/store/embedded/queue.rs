//! The workers' side of the store.

use std::{collections::BTreeSet, time::Duration};

use super::{
    EmbeddedStore,
    leases::{is_over, ready},
    tables::{LeaseRecord, Records},
};
use crate::{
    Answer, BatchAnswer, Job, JobId, State,
    store::{Changes, Lease, LeaseRequest, StoreError, Topic, WorkQueue},
};

impl WorkQueue for EmbeddedStore {
    async fn claim(&self, claim: &LeaseRequest<'_>) -> Result<Option<Lease>, StoreError> {
        let now = self.clock.now();
        let reader = self.read()?;
        let ended = is_over(&reader, now)?;
        if !ended && ready(&reader, claim)?.is_none() {
            return Ok(None);
        }
        drop(reader);
        let lease = self.write(|change| {
            change.reap(now)?;
            change.lease(claim, now)
        })?;
        if ended {
            self.answers.send();
        }
        Ok(lease)
    }

    async fn heartbeat(&self, lease: &Lease, term: Duration) -> Result<(), StoreError> {
        let expires = self.clock.now().saturating_add(term.as_millis() as u64);
        self.write(|change| {
            let record = change.require(lease)?;
            change.put_lease(lease.token, &LeaseRecord { expires, ..record })
        })
    }

    async fn complete(&self, lease: &Lease, answers: &[(JobId, Answer)]) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|change| {
            for id in change.require(lease)?.jobs {
                let job = change.job(id)?.filter(|job| job.state == State::Leased(lease.token));
                let answer = answers.iter().find(|(of, _)| *of == id);
                if let (Some(job), Some((_, answer))) = (job, answer) {
                    change.add_answer(id, answer)?;
                    change.put(id, &Job { state: State::Proved, ..job })?;
                }
            }
            change.end_lease(lease, |job| job.after_failure("its worker delivered no answer", now, true))
        })?;
        self.answers.send();
        Ok(())
    }

    async fn complete_batch(&self, lease: &Lease, batch: &BatchAnswer) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|change| {
            let jobs = change.require(lease)?.jobs;
            if !is_of(batch, &jobs) {
                return change.end_lease(lease, |job| job.after_failure("its worker answered other jobs", now, true));
            }
            let mut proved = Vec::new();
            for member in &batch.members {
                if let Some(job) = change.job(member.id)?.filter(|job| job.state == State::Leased(lease.token)) {
                    change.put(member.id, &Job { state: State::Proved, ..job })?;
                    proved.push(member.id);
                }
            }
            change.add_batch(lease.token, batch, &proved)?;
            change.end_lease(lease, |job| job.after_failure("its worker delivered no answer", now, true))
        })?;
        self.answers.send();
        Ok(())
    }

    async fn fail(&self, lease: &Lease, reason: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|change| change.end_lease(lease, |job| job.after_failure(reason, now, true)))?;
        self.answers.send();
        Ok(())
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.write(|change| {
            let is_group = change.require(lease)?.is_group;
            change.end_lease(lease, |job| Job { state: if is_group { State::Waiting } else { State::Ready }, ..job })
        })?;
        self.work.send();
        Ok(())
    }

    fn changes(&self, topic: Topic) -> Changes {
        match topic {
            Topic::Work => self.work.changes(),
            Topic::Answers => self.answers.changes(),
        }
    }
}

/// Whether a batch answers some of these jobs, each once, and no others.
fn is_of(batch: &BatchAnswer, jobs: &[JobId]) -> bool {
    let ids: BTreeSet<_> = batch.members.iter().map(|member| member.id).collect();
    ids.len() == batch.members.len() && ids.len() <= batch.size && ids.iter().all(|id| jobs.contains(id))
}
