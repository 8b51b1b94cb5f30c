//! What workers are promised.

use std::{collections::HashSet, time::Duration};

use hallmark_operator::{Block, Job, JobStore, LeaseRequest, MAX_ATTEMPTS, State, StoreError, Topic, WorkQueue};

use super::{Fixture, MODEL, OTHER_MODEL, TERM, answer, claim, id, job, new, offer, record, state};

/// More than any delay after a failure.
const LONG: Duration = Duration::from_secs(3600);

fn assert_stale<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Stale { .. })), "{result:?}");
}

pub(crate) async fn a_lease_is_taken_once_and_its_answer_is_kept<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    offer(&store, [1]).await;
    let lease = claim(&store, "w").await.unwrap();
    let task = &lease.tasks[0];
    assert_eq!((task.id, task.context, &*task.input), (id(1), job(1).context, 1_u64.to_be_bytes().as_slice()));
    assert_eq!((lease.model, &*lease.worker, lease.tasks.len()), (MODEL, "w", 1));
    assert_eq!((state(&store, 1).await, claim(&store, "v").await), (State::Leased(lease.token), None));
    store.complete(&lease, &[(id(1), answer(1))]).await.unwrap();
    assert_eq!((state(&store, 1).await, store.answer(id(1)).await.unwrap()), (State::Proved, Some(answer(1))));
    assert_stale(store.complete(&lease, &[(id(1), answer(2))]).await);
    assert_eq!(store.answer(id(1)).await.unwrap(), Some(answer(1)));
    assert_eq!(claim(&store, "w").await, None);
}

pub(crate) async fn only_offered_jobs_of_known_models_are_taken<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, [1, 2]).await;
    store.record(&[new(3, Job { model: OTHER_MODEL, ..job(0) })], 0).await.unwrap();
    assert_eq!(claim(&store, "w").await, None);
    store.offer(&[id(3), id(2)], &[]).await.unwrap();
    let lease = claim(&store, "w").await.unwrap();
    assert_eq!(lease.tasks[0].id, id(2));
    assert_eq!(claim(&store, "w").await, None);
    let all = LeaseRequest { worker: "v", models: &[MODEL, OTHER_MODEL], most: 9, term: TERM };
    let lease = store.claim(&all).await.unwrap().unwrap();
    assert_eq!((lease.tasks[0].id, lease.model), (id(3), OTHER_MODEL));
    let none = LeaseRequest { models: &[], ..all };
    store.offer(&[id(1)], &[]).await.unwrap();
    assert_eq!(store.claim(&none).await.unwrap(), None);
}

pub(crate) async fn several_jobs_of_one_model_are_taken_together<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, 1..=4).await;
    store.record(&[new(9, Job { model: OTHER_MODEL, ..job(0) })], 0).await.unwrap();
    store.offer(&[id(1), id(2), id(3), id(4), id(9)], &[]).await.unwrap();
    let all = LeaseRequest { worker: "w", models: &[MODEL, OTHER_MODEL], most: 3, term: TERM };
    // The most urgent is of the other model, and goes alone.
    assert_eq!(store.claim(&all).await.unwrap().unwrap().tasks.len(), 1);
    let lease = store.claim(&all).await.unwrap().unwrap();
    assert_eq!(lease.tasks.iter().map(|task| task.id).collect::<Vec<_>>(), [id(1), id(2), id(3)]);
    // One without an answer has failed; the others are proved.
    store.complete(&lease, &[(id(1), answer(1)), (id(3), answer(3))]).await.unwrap();
    assert_eq!((state(&store, 1).await, state(&store, 3).await), (State::Proved, State::Proved));
    let failed = store.job(id(2)).await.unwrap().unwrap();
    assert_eq!((failed.state, failed.attempts), (State::Waiting, 1));
}

pub(crate) async fn workers_at_the_same_time_never_have_the_same_job<F: Fixture>() {
    let store = F::new().await.open().await;
    offer(&store, 0..40).await;
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let store = store.clone();
        workers.spawn(async move {
            let (name, mut taken) = (format!("w{worker}"), Vec::new());
            while let Some(lease) = claim(&store, &name).await {
                taken.push((lease.token, lease.tasks[0].id));
                tokio::task::yield_now().await;
            }
            taken
        });
    }
    let taken: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(taken.len(), 40);
    assert_eq!(taken.iter().map(|(token, _)| token).collect::<HashSet<_>>().len(), 40);
    assert_eq!(taken.iter().map(|(_, id)| id).collect::<HashSet<_>>().len(), 40);
}

pub(crate) async fn a_worker_that_is_silent_is_fenced_off<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    offer(&store, [1]).await;
    let slow = claim(&store, "slow").await.unwrap();
    fixture.advance(TERM + Duration::from_secs(1)).await;
    // The next claim ends the lease. The leader has to offer the job again.
    assert_eq!(claim(&store, "quick").await, None);
    assert_eq!(state(&store, 1).await, State::Waiting);
    store.offer(&[id(1)], &[]).await.unwrap();
    let quick = claim(&store, "quick").await.unwrap();
    assert!(quick.token > slow.token);
    assert_stale(store.heartbeat(&slow, TERM).await);
    assert_stale(store.complete(&slow, &[(id(1), answer(66))]).await);
    assert_stale(store.fail(&slow, "late").await);
    assert_stale(store.release(&slow).await);
    assert_eq!((state(&store, 1).await, store.answer(id(1)).await.unwrap()), (State::Leased(quick.token), None));
    store.complete(&quick, &[(id(1), answer(1))]).await.unwrap();
    assert_stale(store.complete(&slow, &[(id(1), answer(66))]).await);
    assert_eq!(store.answer(id(1)).await.unwrap(), Some(answer(1)));
}

pub(crate) async fn heartbeats_keep_a_lease<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    offer(&store, [1]).await;
    let lease = claim(&store, "w").await.unwrap();
    for _ in 0..5 {
        fixture.advance(TERM * 2 / 3).await;
        assert_eq!(claim(&store, "v").await, None);
        store.heartbeat(&lease, TERM).await.unwrap();
    }
    store.complete(&lease, &[(id(1), answer(1))]).await.unwrap();
    assert_eq!(store.job(id(1)).await.unwrap().unwrap().attempts, 0);
}

pub(crate) async fn a_lease_is_its_worker_s_alone<F: Fixture>() {
    let store = F::new().await.open().await;
    offer(&store, [1]).await;
    let lease = claim(&store, "w").await.unwrap();
    let stolen = hallmark_operator::Lease { worker: "thief".into(), ..lease.clone() };
    assert_stale(store.heartbeat(&stolen, TERM).await);
    assert_stale(store.complete(&stolen, &[(id(1), answer(66))]).await);
    assert_stale(store.fail(&stolen, "mine").await);
    assert_stale(store.release(&stolen).await);
    let guessed = hallmark_operator::Lease { token: lease.token + 1, ..lease.clone() };
    assert_stale(store.complete(&guessed, &[(id(1), answer(66))]).await);
    store.complete(&lease, &[(id(1), answer(1))]).await.unwrap();
}

pub(crate) async fn tokens_are_never_used_again<F: Fixture>() {
    let fixture = F::new().await;
    let mut last = 0;
    for round in 0..3 {
        let store = fixture.open().await;
        offer(&store, [round]).await;
        let lease = claim(&store, "w").await.unwrap();
        assert!(lease.token > last);
        last = lease.token;
        store.complete(&lease, &[(id(round), answer(round))]).await.unwrap();
    }
}

pub(crate) async fn failures_are_tried_again_later_and_end_as_dead_letters<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    offer(&store, [1]).await;
    for attempt in 1..=MAX_ATTEMPTS {
        store.offer(&[id(1)], &[]).await.unwrap();
        let lease = claim(&store, "w").await.unwrap();
        store.fail(&lease, &format!("reason {attempt}")).await.unwrap();
        let job = store.job(id(1)).await.unwrap().unwrap();
        assert_eq!(job.attempts, attempt);
        if attempt < MAX_ATTEMPTS {
            assert_eq!(store.candidates(9).await.unwrap(), [], "it is left alone for a while");
            store.offer(&[id(1)], &[]).await.unwrap();
            assert_eq!(claim(&store, "w").await, None);
            fixture.advance(LONG).await;
            assert_eq!(store.candidates(9).await.unwrap().len(), 1);
        }
    }
    assert_eq!(state(&store, 1).await, State::Dead(format!("reason {MAX_ATTEMPTS}")));
    fixture.advance(LONG).await;
    assert_eq!((store.candidates(9).await.unwrap(), store.dead(9).await.unwrap().len()), (vec![], 1));
    assert!(store.requeue(id(1)).await.unwrap() && !store.requeue(id(1)).await.unwrap());
    let job = store.job(id(1)).await.unwrap().unwrap();
    assert_eq!((job.state, job.attempts), (State::Waiting, 0));
    store.offer(&[id(1)], &[]).await.unwrap();
    assert_eq!(claim(&store, "w").await.unwrap().tasks[0].input, 1_u64.to_be_bytes());
}

pub(crate) async fn silent_workers_count_as_failures<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    offer(&store, [1]).await;
    for _ in 0..MAX_ATTEMPTS {
        fixture.advance(LONG).await;
        store.candidates(9).await.unwrap();
        store.offer(&[id(1)], &[]).await.unwrap();
        claim(&store, "w").await.unwrap();
        fixture.advance(LONG).await;
        assert_eq!(claim(&store, "v").await, None);
    }
    assert!(matches!(state(&store, 1).await, State::Dead(reason) if reason.contains('w')));
}

pub(crate) async fn failures_are_left_alone_for_twice_as_long_each_time<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    offer(&store, [1]).await;
    let held = async || store.job(id(1)).await.unwrap().unwrap().held_until;
    // A first lease that ends in silence says little: its job is tried again at once.
    claim(&store, "w").await.unwrap();
    fixture.advance(TERM).await;
    assert_eq!((claim(&store, "w").await, held().await), (None, 0));
    for seconds in [2, 4, 8] {
        store.offer(&[id(1)], &[]).await.unwrap();
        let lease = claim(&store, "w").await.unwrap();
        store.fail(&lease, "why").await.unwrap();
        fixture.advance(Duration::from_millis(1000 * seconds - 1)).await;
        assert_eq!((store.candidates(9).await.unwrap().len(), held().await > 0), (0, true), "{seconds} s");
        fixture.advance(Duration::from_millis(1)).await;
        assert_eq!((store.candidates(9).await.unwrap().len(), held().await), (1, 0), "{seconds} s");
    }
}

pub(crate) async fn what_is_given_back_has_not_failed<F: Fixture>() {
    let store = F::new().await.open().await;
    offer(&store, [1]).await;
    let lease = claim(&store, "w").await.unwrap();
    store.release(&lease).await.unwrap();
    let again = claim(&store, "v").await.unwrap();
    assert_eq!((again.tasks, store.job(id(1)).await.unwrap().unwrap().attempts), (lease.tasks, 0));
}

pub(crate) async fn answers_to_other_jobs_are_dropped<F: Fixture>() {
    let store = F::new().await.open().await;
    offer(&store, [1, 2]).await;
    let lease = claim(&store, "w").await.unwrap();
    store.complete(&lease, &[(id(1), answer(1)), (id(2), answer(66)), (id(3), answer(66))]).await.unwrap();
    assert_eq!((state(&store, 2).await, store.answer(id(2)).await.unwrap()), (State::Ready, None));
    assert_eq!(store.answer(id(3)).await.unwrap(), None);
}

pub(crate) async fn a_job_that_was_settled_meanwhile_takes_no_answer<F: Fixture>() {
    let store = F::new().await.open().await;
    offer(&store, [1]).await;
    let lease = claim(&store, "w").await.unwrap();
    let lost = State::Lost(Block { number: 9, hash: [9; 32] });
    store.conclude(id(1), lost.clone()).await.unwrap();
    store.complete(&lease, &[(id(1), answer(1))]).await.unwrap();
    assert_eq!((state(&store, 1).await, store.answer(id(1)).await.unwrap()), (lost, None));
}

pub(crate) async fn changes_are_told<F: Fixture>() {
    let store = F::new().await.open().await;
    let (mut work, mut answers) = (store.changes(Topic::Work), store.changes(Topic::Answers));
    let soon = Duration::from_secs(600);
    offer(&store, [1]).await;
    work.wait(soon).await;
    let lease = claim(&store, "w").await.unwrap();
    store.release(&lease).await.unwrap();
    work.wait(soon).await;
    let lease = claim(&store, "w").await.unwrap();
    store.complete(&lease, &[(id(1), answer(1))]).await.unwrap();
    answers.wait(soon).await;
    // Nothing more: the time passes.
    answers.wait(Duration::from_millis(1)).await;
}
