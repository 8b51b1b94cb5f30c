//! The watcher's and the submitter's side of the store.

use std::{collections::BTreeSet, ops::Bound, time::Duration};

use super::{
    EmbeddedStore, answers, fact,
    index::{AWAITING_INPUT, DEAD, DONE, HELD, Index, PROVED, READY, VERDICTS, WAITING},
    tables::{ALL, INPUTS, Records, Writer, before},
};
use crate::{
    Answer, BatchAnswer, Block, Job, JobId, Place, State, Submission,
    store::{Depth, Group, JobStore, NewJob, StoreError},
};

/// The most records that one call of [`JobStore::prune`] forgets.
const MAX_PRUNED: usize = 1024;
/// The most jobs that the leader offers to workers at once.
const MAX_OFFERED: usize = 1024;

impl JobStore for EmbeddedStore {
    /// The file is locked while it is open, so nobody else can lead.
    async fn lead(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn keep_lead(&self) -> Result<bool, StoreError> {
        Ok(true)
    }

    async fn resign(&self) -> Result<(), StoreError> {
        Ok(())
    }

    async fn workers(&self) -> Result<usize, StoreError> {
        Ok(0)
    }

    async fn cursor(&self) -> Result<Option<u64>, StoreError> {
        self.read()?.fact(fact::CURSOR)
    }

    async fn record(&self, jobs: &[NewJob], cursor: u64) -> Result<(), StoreError> {
        self.write(|change| {
            for NewJob { id, job, input } in jobs {
                if change.job(*id)?.is_some() {
                    continue;
                }
                if job.state == State::Waiting {
                    change.add_input(*id, input)?;
                }
                change.put(*id, job)?;
            }
            change.remember(fact::CURSOR, &cursor)
        })
    }

    async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        self.read()?.job(id)
    }

    async fn input(&self, id: JobId) -> Result<Option<Vec<u8>>, StoreError> {
        self.read()?.bytes(INPUTS, id)
    }

    async fn answer(&self, id: JobId) -> Result<Option<Answer>, StoreError> {
        answers::answer(&self.read()?, id)
    }

    async fn batch_of(&self, id: JobId) -> Result<Option<BatchAnswer>, StoreError> {
        answers::batch_of(&self.read()?, id)
    }

    async fn awaiting_input(
        &self,
        after: Option<(Place, JobId)>,
        limit: usize,
    ) -> Result<Vec<(JobId, Job)>, StoreError> {
        let from =
            after.map_or(Bound::Unbounded, |(Place { block, index }, id)| Bound::Excluded((block, index, 0, id)));
        let reader = self.read()?;
        reader.jobs(reader.page(AWAITING_INPUT, (from, Bound::Unbounded), limit)?)
    }

    async fn reveal(&self, id: JobId, input: &[u8]) -> Result<(), StoreError> {
        self.write(|change| {
            let job = change.job(id)?.filter(|job| matches!(job.state, State::AwaitingInput(_)) && !job.is_done);
            let Some(job) = job else { return Ok(()) };
            change.add_input(id, input)?;
            change.put(id, &Job { state: State::Waiting, ..job })
        })
    }

    async fn candidates(&self, limit: usize) -> Result<Vec<(JobId, Job)>, StoreError> {
        self.wake()?;
        let reader = self.read()?;
        let mut places = reader.page(READY, ALL, limit)?;
        places.extend(reader.page(WAITING, ALL, limit)?);
        places.sort_unstable();
        places.truncate(limit);
        reader.jobs(places)
    }

    async fn offer(&self, alone: &[JobId], groups: &[Group]) -> Result<(), StoreError> {
        let grouped = groups.iter().flat_map(|group| &group.ids);
        let wanted: BTreeSet<_> = alone.iter().chain(grouped).copied().collect();
        let reader = self.read()?;
        let offered = reader.page(READY, ALL, MAX_OFFERED)?;
        let is_same = reader.fact::<Vec<Group>>(fact::GROUPS)?.unwrap_or_default() == groups;
        if is_same && offered.iter().map(|(.., id)| *id).collect::<BTreeSet<_>>() == wanted {
            return Ok(());
        }
        drop(reader);
        self.write(|change| {
            change.remember(fact::GROUPS, &groups)?;
            for (.., id) in change.page(READY, ALL, MAX_OFFERED)? {
                if !wanted.contains(&id) {
                    change.turn(id, |job| (job.state == State::Ready).then_some(State::Waiting))?;
                }
            }
            wanted.iter().try_for_each(|id| {
                change.turn(*id, |job| (job.state == State::Waiting && job.held_until == 0).then_some(State::Ready))
            })
        })?;
        self.work.send();
        Ok(())
    }

    async fn hold(&self, ids: &[JobId], time: Duration) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        // A job that is held until 0 is not held.
        let held_until = self.clock.now().saturating_add(time.as_millis() as u64).max(1);
        self.write(|change| {
            for id in ids {
                let Some(job) = change.job(*id)? else { continue };
                let state = match job.state {
                    State::Waiting | State::Ready => State::Waiting,
                    State::Proved => State::Proved,
                    _ => continue,
                };
                change.put(*id, &Job { state, held_until, ..job })?;
            }
            Ok(())
        })
    }

    async fn proved(&self, limit: usize) -> Result<Vec<(JobId, Job)>, StoreError> {
        self.wake()?;
        self.first(PROVED, limit)
    }

    async fn reject(&self, id: JobId, reason: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.write(|change| {
            let Some(job) = change.job(id)?.filter(|job| job.state == State::Proved) else { return Ok(()) };
            change.drop_answer(id)?;
            change.put(id, &job.after_failure(reason, now, true))
        })
    }

    async fn withdraw(&self, ids: &[JobId], alone: bool) -> Result<(), StoreError> {
        self.write(|change| {
            for id in ids {
                let Some(job) = change.job(*id)?.filter(|job| job.state == State::Proved) else { continue };
                change.drop_answer(*id)?;
                let goes_alone = alone || job.goes_alone;
                change.put(*id, &Job { goes_alone, held_until: 0, state: State::Waiting, ..job })?;
            }
            Ok(())
        })
    }

    async fn submission(&self) -> Result<Option<Submission>, StoreError> {
        self.read()?.submission()
    }

    async fn submit(&self, previous: Option<&Submission>, next: &Submission) -> Result<(), StoreError> {
        self.write(|change| {
            change.require_submission(previous)?;
            for id in &next.requests {
                change.turn(*id, |job| (job.state == State::Proved).then_some(State::Submitted))?;
            }
            change.remember(fact::SUBMISSION, &Some(next))
        })
    }

    async fn land(&self, submission: &Submission, failed: bool) -> Result<(), StoreError> {
        self.write(|change| {
            change.require_submission(Some(submission))?;
            for id in &submission.requests {
                let Some(job) = change.job(*id)?.filter(|job| job.state == State::Submitted) else { continue };
                let failures = job.failures.saturating_add(u32::from(failed));
                change.put(*id, &Job { failures, state: State::Proved, ..job })?;
            }
            change.remember(fact::SUBMISSION, &None::<Submission>)
        })
    }

    async fn conclude(&self, id: JobId, state: State) -> Result<(), StoreError> {
        self.write(|change| {
            let Some(job) = change.job(id)?.filter(|job| !job.is_done) else { return Ok(()) };
            change.put(id, &Job { state, held_until: 0, ..job })
        })
    }

    async fn verdict_blocks(&self) -> Result<Vec<Block>, StoreError> {
        let jobs = self.first(VERDICTS, usize::MAX)?;
        let blocks: BTreeSet<_> = jobs.iter().filter_map(|(_, job)| job.state.verdict()).collect();
        Ok(blocks.into_iter().collect())
    }

    async fn confirm(&self, block: Block) -> Result<(), StoreError> {
        self.write(|change| {
            change.resting_on(block)?.into_iter().try_for_each(|(id, job)| change.finish(id, job.state))
        })
    }

    async fn reopen(&self, block: Block) -> Result<usize, StoreError> {
        self.write(|change| {
            let jobs = change.resting_on(block)?;
            jobs.iter().try_for_each(|(id, job)| change.resume(*id, job.clone()))?;
            Ok(jobs.len())
        })
    }

    async fn finish(&self, ended: &[(JobId, State)]) -> Result<(), StoreError> {
        if ended.is_empty() {
            return Ok(());
        }
        self.write(|change| ended.iter().try_for_each(|(id, state)| change.finish(*id, state.clone())))
    }

    async fn bury(&self, id: JobId, reason: &str) -> Result<(), StoreError> {
        self.write(|change| {
            let Some(job) = change.job(id)?.filter(|job| !job.is_done) else { return Ok(()) };
            change.put(id, &Job { state: State::Dead(reason.to_owned()), held_until: 0, ..job })
        })
    }

    async fn dead(&self, limit: usize) -> Result<Vec<(JobId, Job)>, StoreError> {
        self.first(DEAD, limit)
    }

    async fn requeue(&self, id: JobId) -> Result<bool, StoreError> {
        self.write(|change| {
            let job = change.job(id)?.filter(|job| matches!(job.state, State::Dead(_)) && !job.is_done);
            let Some(job) = job else { return Ok(false) };
            change.resume(id, Job { attempts: 0, failures: 0, ..job })?;
            Ok(true)
        })
    }

    async fn prune(&self, block: u64, time: u64) -> Result<usize, StoreError> {
        let before = |first: u64| before((first, 0, 0, [0; 32]));
        let reader = self.read()?;
        let done = reader.page(DONE, before(block), MAX_PRUNED)?;
        let late = reader.page(DEAD, before(time), MAX_PRUNED)?;
        drop(reader);
        if done.is_empty() && late.is_empty() {
            return Ok(0);
        }
        self.write(|change| {
            late.iter().try_for_each(|(.., id)| change.finish(*id, State::Expired))?;
            done.iter().try_for_each(|(.., id)| change.forget(*id))
        })?;
        Ok(done.len() + late.len())
    }

    async fn depth(&self) -> Result<Depth, StoreError> {
        let reader = self.read()?;
        let leased: usize = reader.leases()?.iter().map(|(_, lease)| lease.jobs.len()).sum();
        let submitted = reader.submission()?.map_or(0, |submission| submission.requests.len());
        Ok(Depth {
            awaiting_input: reader.length(AWAITING_INPUT)?,
            waiting: reader.length(WAITING)?,
            held: reader.length(HELD)?,
            ready: reader.length(READY)?,
            leased: leased as u64,
            proved: reader.length(PROVED)?,
            submitted: submitted as u64,
            verdicts: reader.length(VERDICTS)?,
            dead: reader.length(DEAD)?,
        })
    }
}

impl EmbeddedStore {
    fn first(&self, index: Index, limit: usize) -> Result<Vec<(JobId, Job)>, StoreError> {
        let reader = self.read()?;
        reader.jobs(reader.page(index, ALL, limit)?)
    }
}

impl Writer {
    /// Changes the state of a job, if there is a new one.
    fn turn(&self, id: JobId, next: impl FnOnce(&Job) -> Option<State>) -> Result<(), StoreError> {
        let Some(job) = self.job(id)? else { return Ok(()) };
        match next(&job) {
            Some(state) => self.put(id, &Job { state, ..job }),
            None => Ok(()),
        }
    }

    /// Takes a job up again, with its answer if there is one.
    fn resume(&self, id: JobId, job: Job) -> Result<(), StoreError> {
        let state = if answers::is_answered(self, id)? { State::Proved } else { State::Waiting };
        self.put(id, &Job { state, held_until: 0, ..job })
    }

    fn resting_on(&self, block: Block) -> Result<Vec<(JobId, Job)>, StoreError> {
        let after = block.number.checked_add(1).map_or(ALL, |number| before((number, 0, 0, [0; 32])));
        let jobs = self.jobs(self.page(VERDICTS, after, usize::MAX)?)?;
        Ok(jobs.into_iter().filter(|(_, job)| job.state.verdict() == Some(block)).collect())
    }

    fn require_submission(&self, expected: Option<&Submission>) -> Result<(), StoreError> {
        if self.submission()?.as_ref() == expected { Ok(()) } else { Err(StoreError::Submission) }
    }
}
