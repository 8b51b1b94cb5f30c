//! Leases, and how they end.

use super::{
    fact,
    index::READY,
    tables::{ALL, INPUTS, LeaseRecord, Records, Writer},
};
use crate::{
    Job, JobId, State,
    store::{Lease, LeaseRequest, StoreError, Task},
};

/// The most jobs that are looked through for one of a worker's models.
const MAX_LOOKED_AT: usize = 1024;

/// The most urgent ready jobs for a claim: all of one model.
pub(super) fn ready(records: &impl Records, claim: &LeaseRequest<'_>) -> Result<Vec<(JobId, Job)>, StoreError> {
    let jobs = records.jobs(records.page(READY, ALL, MAX_LOOKED_AT)?)?;
    let mut jobs: Vec<_> = jobs.into_iter().filter(|(_, job)| claim.models.contains(&job.model)).collect();
    if let Some(model) = jobs.first().map(|(_, job)| job.model) {
        jobs.retain(|(_, job)| job.model == model);
    }
    jobs.truncate(claim.most);
    Ok(jobs)
}

/// Whether a lease's term is over.
pub(super) fn is_over(records: &impl Records, now: u64) -> Result<bool, StoreError> {
    Ok(records.leases()?.iter().any(|(_, lease)| lease.expires <= now))
}

impl Writer {
    /// Takes jobs under a new lease.
    pub(super) fn lease(&self, claim: &LeaseRequest<'_>, now: u64) -> Result<Option<Lease>, StoreError> {
        let jobs = ready(self, claim)?;
        let Some(model) = jobs.first().map(|(_, job)| job.model) else { return Ok(None) };
        let token = self.fact::<u64>(fact::TOKEN)?.unwrap_or(0) + 1;
        self.remember(fact::TOKEN, &token)?;
        let mut tasks = Vec::new();
        for (id, job) in jobs {
            let input = self.bytes(INPUTS, id)?.unwrap_or_default();
            tasks.push(Task { id, context: job.context, input });
            self.put(id, &Job { state: State::Leased(token), ..job })?;
        }
        let record = LeaseRecord {
            worker: claim.worker.to_owned(),
            expires: now.saturating_add(claim.term.as_millis() as u64),
            jobs: tasks.iter().map(|task| task.id).collect(),
        };
        self.put_lease(token, &record)?;
        Ok(Some(Lease { token, worker: record.worker, model, tasks }))
    }

    /// Ends the leases whose term is over. Their jobs have failed. Those that had not failed before are tried again at once.
    pub(super) fn reap(&self, now: u64) -> Result<(), StoreError> {
        for (token, lease) in self.leases()?.into_iter().filter(|(_, lease)| lease.expires <= now) {
            let reason = format!("its worker {} was not heard of any more", lease.worker);
            self.end(token, |job| {
                let wait = job.attempts > 0;
                job.after_failure(&reason, now, wait)
            })?;
        }
        Ok(())
    }

    /// Ends all leases of a process that has ended, and its offers. Their jobs are tried again at once, in their order.
    pub(super) fn recover(&self, now: u64) -> Result<(), StoreError> {
        for (id, job) in self.jobs(self.page(READY, ALL, usize::MAX)?)? {
            self.put(id, &Job { state: State::Waiting, ..job })?;
        }
        for (token, _) in self.leases()? {
            self.end(token, |job| job.after_failure("the service ended while it was proved", now, false))?;
        }
        Ok(())
    }

    /// Ends a lease that has to be in force, and changes its jobs.
    pub(super) fn end_lease(&self, lease: &Lease, change: impl Fn(Job) -> Job) -> Result<(), StoreError> {
        self.require(lease)?;
        self.end(lease.token, change)
    }

    /// The record of a lease that has to be in force.
    pub(super) fn require(&self, lease: &Lease) -> Result<LeaseRecord, StoreError> {
        let found = self.leases()?.into_iter().find(|(token, _)| *token == lease.token).map(|(_, record)| record);
        let stale = || StoreError::Stale { token: lease.token, worker: lease.worker.clone() };
        found.filter(|record| record.worker == lease.worker).ok_or_else(stale)
    }

    fn end(&self, token: u64, change: impl Fn(Job) -> Job) -> Result<(), StoreError> {
        let Some(lease) = self.take_lease(token)? else { return Ok(()) };
        for id in lease.jobs {
            if let Some(job) = self.job(id)?.filter(|job| job.state == State::Leased(token)) {
                self.put(id, &change(job))?;
            }
        }
        Ok(())
    }
}
