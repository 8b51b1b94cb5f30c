//! What every store of jobs promises, tested once for all of them: each store is a [`Fixture`], and passes all cases.

pub(crate) mod groups;
pub(crate) mod leases;
pub(crate) mod lives;
pub(crate) mod order;
pub(crate) mod random;

use std::time::Duration;

use hallmark_operator::{Answer, Job, JobId, JobStore, Lease, LeaseRequest, NewJob, Place, State, WorkQueue};

/// A store that is tested.
pub(crate) trait Fixture {
    type Store: JobStore;

    /// An empty one.
    async fn new() -> Self;

    /// Opens it, as a process does that starts, and that leads.
    async fn open(&self) -> Self::Store;

    /// Lets time pass for it.
    async fn advance(&self, time: Duration);
}

/// The tests of a store.
macro_rules! conformance {
    ($fixture:ty) => {
        $crate::conformance::tests! { $fixture,
            leases: a_lease_is_taken_once_and_its_answer_is_kept,
            leases: only_offered_jobs_of_known_models_are_taken,
            leases: several_jobs_of_one_model_are_taken_together,
            leases: workers_at_the_same_time_never_have_the_same_job,
            leases: a_worker_that_is_silent_is_fenced_off,
            leases: heartbeats_keep_a_lease,
            leases: a_lease_is_its_worker_s_alone,
            leases: tokens_are_never_used_again,
            leases: failures_are_tried_again_later_and_end_as_dead_letters,
            leases: silent_workers_count_as_failures,
            leases: failures_are_left_alone_for_twice_as_long_each_time,
            leases: what_is_given_back_has_not_failed,
            leases: answers_to_other_jobs_are_dropped,
            leases: a_job_that_was_settled_meanwhile_takes_no_answer,
            leases: changes_are_told,
            groups: a_group_is_taken_as_a_whole,
            groups: jobs_alone_take_none_of_a_group_along,
            groups: a_group_lacks_what_is_settled_meanwhile,
            groups: an_offer_replaces_the_groups_before,
            groups: workers_at_the_same_time_never_share_a_group,
            groups: a_batch_answers_each_of_its_jobs,
            groups: a_batch_is_kept_as_long_as_it_answers_a_job,
            groups: a_batch_under_a_lease_that_ended_is_not_taken,
            groups: a_batch_with_other_jobs_is_a_failure_of_its_own,
            groups: jobs_that_a_batch_leaves_out_have_failed,
            groups: answers_that_are_withdrawn_are_proved_again,
            lives: jobs_are_kept_as_they_are,
            lives: reasons_may_have_any_letters,
            lives: jobs_survive_and_known_ones_stay_as_they_are,
            lives: inputs_that_come_later_let_jobs_go_on,
            lives: a_false_answer_is_dropped_and_proved_again,
            lives: one_transaction_is_under_way_and_nobody_else_changes_it,
            lives: a_transaction_that_failed_is_counted,
            lives: verdicts_are_final_or_dropped_with_their_blocks,
            lives: what_is_done_is_forgotten,
            lives: dead_letters_keep_what_they_took_until_their_deadline,
            order: jobs_are_ordered_by_deadline_fee_and_place,
            order: held_jobs_are_left_alone_and_block_nobody,
            order: an_offer_replaces_the_one_before,
            random: any_calls_in_any_order_lose_no_job,
        }
    };
}

macro_rules! tests {
    ($fixture:ty, $($file:ident: $case:ident,)*) => {
        $(
            #[tokio::test]
            async fn $case() {
                $crate::conformance::$file::$case::<$fixture>().await;
            }
        )*
    };
}

pub(crate) use {conformance, tests};

pub(crate) const TERM: Duration = Duration::from_secs(30);
pub(crate) const MODEL: [u8; 32] = [4; 32];
pub(crate) const OTHER_MODEL: [u8; 32] = [5; 32];

pub(crate) fn id(index: u64) -> JobId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&index.to_be_bytes());
    id
}

/// A job that waits, whose request is in this block.
pub(crate) fn job(block: u64) -> Job {
    Job {
        place: Place { block, index: 0 },
        model: MODEL,
        context: [6; 32],
        deadline: 1_000_000,
        fee: 1,
        goes_alone: false,
        attempts: 0,
        failures: 0,
        held_until: 0,
        state: State::Waiting,
        is_done: false,
    }
}

pub(crate) fn new(index: u64, job: Job) -> NewJob {
    NewJob { id: id(index), job, input: index.to_be_bytes().to_vec() }
}

pub(crate) fn answer(index: u64) -> Answer {
    Answer { output: vec![index as u8], proof: vec![8; 1000] }
}

/// Records jobs that wait, one in each of these blocks.
pub(crate) async fn record(store: &impl JobStore, blocks: impl IntoIterator<Item = u64>) {
    let jobs: Vec<_> = blocks.into_iter().map(|block| new(block, job(block))).collect();
    store.record(&jobs, 0).await.unwrap();
}

/// Records jobs, and lets workers take them.
pub(crate) async fn offer(store: &impl JobStore, blocks: impl IntoIterator<Item = u64> + Clone) {
    record(store, blocks.clone()).await;
    let ids: Vec<_> = blocks.into_iter().map(id).collect();
    store.offer(&ids, &[]).await.unwrap();
}

pub(crate) async fn claim(store: &impl WorkQueue, worker: &str) -> Option<Lease> {
    store.claim(&LeaseRequest { worker, models: &[MODEL], most: 1, term: TERM }).await.unwrap()
}

/// Takes the first job and delivers its answer.
pub(crate) async fn prove(store: &impl JobStore, index: u64) {
    offer(store, [index]).await;
    let lease = claim(store, "w").await.unwrap();
    assert_eq!(lease.tasks[0].id, id(index));
    store.complete(&lease, &[(id(index), answer(index))]).await.unwrap();
}

pub(crate) async fn state(store: &impl JobStore, index: u64) -> State {
    store.job(id(index)).await.unwrap().unwrap().state
}

pub(crate) fn ids(jobs: &[(JobId, Job)]) -> Vec<JobId> {
    jobs.iter().map(|(id, _)| *id).collect()
}
