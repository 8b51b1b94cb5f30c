//! Leases, and how they end.

use super::{
    fact,
    index::READY,
    tables::{ALL, INPUTS, LeaseRecord, Records, Writer},
};
use crate::{
    Job, JobId, State,
    store::{Group, Lease, LeaseRequest, StoreError, Task},
};

/// The most jobs that are looked through for one of a worker's models.
const MAX_LOOKED_AT: usize = 1024;

/// Jobs for a claim, all of one model, and the number of inputs of their proof.
pub(super) struct Taken {
    model: [u8; 32],
    size: usize,
    jobs: Vec<(JobId, Job)>,
}

/// The most urgent ready jobs for a claim.
pub(super) fn ready(records: &impl Records, claim: &LeaseRequest<'_>) -> Result<Option<Taken>, StoreError> {
    let jobs = records.jobs(records.page(READY, ALL, MAX_LOOKED_AT)?)?;
    let mut jobs: Vec<_> = jobs.into_iter().filter(|(_, job)| claim.models.contains(&job.model)).collect();
    let Some((first, model)) = jobs.first().map(|(id, job)| (*id, job.model)) else { return Ok(None) };
    let groups = records.fact::<Vec<Group>>(fact::GROUPS)?.unwrap_or_default();
    if let Some(Group { size, ids }) = groups.iter().find(|group| group.ids.contains(&first)) {
        let jobs = in_order(records, ids, |job| job.state == State::Ready && job.model == model)?;
        return Ok(Some(Taken { model, size: *size, jobs }));
    }
    jobs.retain(|(id, job)| job.model == model && !groups.iter().any(|group| group.ids.contains(id)));
    jobs.truncate(claim.most);
    Ok((!jobs.is_empty()).then_some(Taken { model, size: 1, jobs }))
}

/// The jobs among these that are as they should be.
fn in_order(
    records: &impl Records,
    ids: &[JobId],
    is_wanted: impl Fn(&Job) -> bool,
) -> Result<Vec<(JobId, Job)>, StoreError> {
    let mut jobs = Vec::new();
    for id in ids {
        if let Some(job) = records.job(*id)?.filter(&is_wanted) {
            jobs.push((*id, job));
        }
    }
    Ok(jobs)
}

/// Whether a lease's term is over.
pub(super) fn is_over(records: &impl Records, now: u64) -> Result<bool, StoreError> {
    Ok(records.leases()?.iter().any(|(_, lease)| lease.expires <= now))
}

impl Writer {
    /// Takes jobs under a new lease.
    pub(super) fn lease(&self, claim: &LeaseRequest<'_>, now: u64) -> Result<Option<Lease>, StoreError> {
        let Some(Taken { model, size, jobs }) = ready(self, claim)? else { return Ok(None) };
        let token = self.fact::<u64>(fact::TOKEN)?.unwrap_or(0).checked_add(1).ok_or(StoreError::Tokens)?;
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
            is_group: size > 1,
        };
        self.put_lease(token, &record)?;
        Ok(Some(Lease { token, worker: record.worker, model, size, tasks }))
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
