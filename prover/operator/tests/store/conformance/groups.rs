//! Groups: jobs that one proof answers.

use std::collections::HashSet;

use hallmark_operator::{
    BatchAnswer, Block, Group, JobStore, Lease, LeaseRequest, Member, State, StoreError, Submission, WorkQueue,
};

use super::{Fixture, MODEL, TERM, answer, claim, id, ids, lives::submission, offer, record, state};

fn group(size: usize, indices: &[u64]) -> Group {
    Group { size, ids: indices.iter().copied().map(id).collect() }
}

/// A batch of so many inputs that answers these jobs.
fn batch(size: usize, indices: &[u64]) -> BatchAnswer {
    let member = |index: &u64| Member { id: id(*index), input: vec![*index as u8; 3], output: vec![*index as u8] };
    BatchAnswer { size, members: indices.iter().map(member).collect(), proof: vec![7; 900] }
}

/// Records jobs 1 to 4, and proves the first three in a batch.
async fn proved(store: &impl JobStore) -> BatchAnswer {
    record(store, 1..=4).await;
    store.offer(&[], &[group(4, &[1, 2, 3])]).await.unwrap();
    let lease = claim(store, "w").await.unwrap();
    let batch = batch(4, &[1, 2, 3]);
    store.complete_batch(&lease, &batch).await.unwrap();
    batch
}

fn taken(lease: &Lease) -> (usize, Vec<[u8; 32]>) {
    (lease.size, lease.tasks.iter().map(|task| task.id).collect())
}

pub(crate) async fn a_group_is_taken_as_a_whole<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, 1..=5).await;
    store.offer(&[id(2), id(5)], &[group(4, &[3, 1, 4])]).await.unwrap();
    // The most urgent is in the group. Its order is that of the group.
    assert_eq!(taken(&claim(&store, "w").await.unwrap()), (4, vec![id(3), id(1), id(4)]));
    let both = LeaseRequest { worker: "w", models: &[MODEL], most: 9, term: TERM };
    assert_eq!(taken(&store.claim(&both).await.unwrap().unwrap()), (1, vec![id(2), id(5)]));
    assert_eq!(claim(&store, "w").await, None);
}

pub(crate) async fn jobs_alone_take_none_of_a_group_along<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, 1..=4).await;
    store.offer(&[id(1), id(4)], &[group(2, &[2, 3])]).await.unwrap();
    let all = LeaseRequest { worker: "w", models: &[MODEL], most: 9, term: TERM };
    assert_eq!(taken(&store.claim(&all).await.unwrap().unwrap()), (1, vec![id(1), id(4)]));
    assert_eq!(taken(&store.claim(&all).await.unwrap().unwrap()), (2, vec![id(2), id(3)]));
}

pub(crate) async fn a_group_lacks_what_is_settled_meanwhile<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, 1..=3).await;
    store.offer(&[], &[group(4, &[1, 2, 3])]).await.unwrap();
    store.conclude(id(1), State::Lost(Block { number: 9, hash: [9; 32] })).await.unwrap();
    assert_eq!(taken(&claim(&store, "w").await.unwrap()), (4, vec![id(2), id(3)]));
}

pub(crate) async fn an_offer_replaces_the_groups_before<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    record(&store, 1..=3).await;
    store.offer(&[], &[group(2, &[1, 2])]).await.unwrap();
    store.offer(&[id(1), id(2)], &[]).await.unwrap();
    assert_eq!(taken(&claim(&store, "w").await.unwrap()), (1, vec![id(1)]));
    store.offer(&[], &[group(2, &[2, 3])]).await.unwrap();
    let lease = claim(&store, "w").await.unwrap();
    assert_eq!(taken(&lease), (2, vec![id(2), id(3)]));
    // What is given back may not pay alone. So it waits for an offer.
    store.release(&lease).await.unwrap();
    assert_eq!((state(&store, 2).await, claim(&store, "w").await), (State::Waiting, None));
    assert_eq!(store.job(id(2)).await.unwrap().unwrap().attempts, 0);
    // What a process that ended offered has to be offered again, as a group or not.
    store.offer(&[], &[group(2, &[2, 3])]).await.unwrap();
    drop(store);
    let store = fixture.open().await;
    store.offer(&[id(2), id(3)], &[]).await.unwrap();
    assert_eq!(taken(&claim(&store, "w").await.unwrap()), (1, vec![id(2)]));
}

pub(crate) async fn workers_at_the_same_time_never_share_a_group<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, 0..40).await;
    let groups: Vec<_> =
        (0..10).map(|first| group(4, &[4 * first, 4 * first + 1, 4 * first + 2, 4 * first + 3])).collect();
    store.offer(&[], &groups).await.unwrap();
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..8 {
        let store = store.clone();
        workers.spawn(async move {
            let (name, mut jobs) = (format!("w{worker}"), Vec::new());
            while let Some(lease) = claim(&store, &name).await {
                assert_eq!((lease.size, lease.tasks.len()), (4, 4));
                jobs.extend(lease.tasks.into_iter().map(|task| task.id));
                tokio::task::yield_now().await;
            }
            jobs
        });
    }
    let jobs: Vec<_> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!((jobs.len(), jobs.iter().collect::<HashSet<_>>().len()), (40, 40));
}

pub(crate) async fn a_batch_answers_each_of_its_jobs<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    let expected = proved(&store).await;
    drop(store);
    let store = fixture.open().await;
    assert_eq!(ids(&store.proved(9).await.unwrap()), [id(1), id(2), id(3)]);
    for index in 1..=3 {
        assert_eq!(store.batch_of(id(index)).await.unwrap().as_ref(), Some(&expected));
        assert_eq!(store.answer(id(index)).await.unwrap(), None, "it has no proof of its own");
    }
    assert_eq!(store.batch_of(id(4)).await.unwrap(), None);
}

pub(crate) async fn a_batch_is_kept_as_long_as_it_answers_a_job<F: Fixture>() {
    let store = F::new().await.open().await;
    let batch = proved(&store).await;
    let block = Block { number: 9, hash: [9; 32] };
    store.conclude(id(1), State::Settled(block)).await.unwrap();
    store.finish(&[(id(2), State::Expired)]).await.unwrap();
    assert_eq!(store.batch_of(id(2)).await.unwrap(), None);
    // The contract asks for the input of all members, also of those that are done.
    assert_eq!(store.batch_of(id(3)).await.unwrap().as_ref(), Some(&batch));
    assert_eq!(store.batch_of(id(1)).await.unwrap().as_ref(), Some(&batch), "its block may be dropped yet");
    store.finish(&[(id(3), State::Expired)]).await.unwrap();
    assert_eq!(store.reopen(block).await.unwrap(), 1);
    assert_eq!((state(&store, 1).await, store.batch_of(id(1)).await.unwrap()), (State::Proved, Some(batch)));
    store.finish(&[(id(1), State::Expired)]).await.unwrap();
    assert_eq!(store.batch_of(id(1)).await.unwrap(), None);
}

pub(crate) async fn a_batch_under_a_lease_that_ended_is_not_taken<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    record(&store, 1..=3).await;
    let offered = [group(4, &[1, 2, 3])];
    store.offer(&[], &offered).await.unwrap();
    let slow = claim(&store, "slow").await.unwrap();
    let stolen = Lease { worker: "thief".into(), ..slow.clone() };
    assert_stale(store.complete_batch(&stolen, &batch(4, &[1, 2, 3])).await);
    fixture.advance(TERM * 2).await;
    assert_eq!(claim(&store, "quick").await, None);
    store.offer(&[], &offered).await.unwrap();
    let quick = claim(&store, "quick").await.unwrap();
    assert_stale(store.complete_batch(&slow, &batch(4, &[1, 2, 3])).await);
    for index in 1..=3 {
        assert_eq!(state(&store, index).await, State::Leased(quick.token));
        assert_eq!(store.batch_of(id(index)).await.unwrap(), None);
    }
    store.complete_batch(&quick, &batch(4, &[1, 2, 3])).await.unwrap();
    assert_eq!(store.proved(9).await.unwrap().len(), 3);
}

pub(crate) async fn a_batch_with_other_jobs_is_a_failure_of_its_own<F: Fixture>() {
    for bad in [batch(4, &[1, 2, 4]), batch(4, &[1, 2, 2]), batch(4, &[1, 2, 9]), batch(2, &[1, 2, 3])] {
        let store = F::new().await.open().await;
        record(&store, 1..=4).await;
        store.offer(&[id(4)], &[group(4, &[1, 2, 3])]).await.unwrap();
        let lease = claim(&store, "w").await.unwrap();
        store.complete_batch(&lease, &bad).await.unwrap();
        for index in 1..=3 {
            let job = store.job(id(index)).await.unwrap().unwrap();
            assert_eq!((job.state, job.attempts), (State::Waiting, 1));
            assert_eq!(store.batch_of(id(index)).await.unwrap(), None);
        }
        assert_eq!((state(&store, 4).await, store.batch_of(id(4)).await.unwrap()), (State::Ready, None));
    }
}

pub(crate) async fn jobs_that_a_batch_leaves_out_have_failed<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, 1..=4).await;
    store.offer(&[], &[group(4, &[1, 2, 3, 4])]).await.unwrap();
    let lease = claim(&store, "w").await.unwrap();
    store.conclude(id(4), State::Lost(Block { number: 9, hash: [9; 32] })).await.unwrap();
    store.complete_batch(&lease, &batch(4, &[1, 3, 4])).await.unwrap();
    assert_eq!(ids(&store.proved(9).await.unwrap()), [id(1), id(3)]);
    let left_out = store.job(id(2)).await.unwrap().unwrap();
    assert_eq!((left_out.state, left_out.attempts), (State::Waiting, 1));
    // One that was settled meanwhile stays so. The proof is about it all the same.
    assert!(matches!(state(&store, 4).await, State::Lost(_)));
    assert_eq!(store.batch_of(id(1)).await.unwrap().unwrap().members.len(), 3);
}

pub(crate) async fn answers_that_are_withdrawn_are_proved_again<F: Fixture>() {
    let store = F::new().await.open().await;
    let batch = proved(&store).await;
    let other = {
        offer(&store, [4]).await;
        let lease = claim(&store, "w").await.unwrap();
        store.complete(&lease, &[(id(4), answer(4))]).await.unwrap();
        id(4)
    };
    store.withdraw(&[id(1), other, id(77)], false).await.unwrap();
    for withdrawn in [id(1), other] {
        let job = store.job(withdrawn).await.unwrap().unwrap();
        assert_eq!((job.state.clone(), job.attempts, job.may_be_batched()), (State::Waiting, 0, true));
        assert_eq!(store.batch_of(withdrawn).await.unwrap(), None);
        assert_eq!(store.answer(withdrawn).await.unwrap(), None);
    }
    assert_eq!(store.batch_of(id(2)).await.unwrap().as_ref(), Some(&batch));
    store.withdraw(&[id(2)], true).await.unwrap();
    assert!(!store.job(id(2)).await.unwrap().unwrap().may_be_batched());
    // Only what is proved has an answer that can be withdrawn: not what is in the transaction under way.
    store.submit(None, &submission(&[3], 7)).await.unwrap();
    store.withdraw(&[id(3)], false).await.unwrap();
    assert_eq!((state(&store, 3).await, store.batch_of(id(3)).await.unwrap()), (State::Submitted, Some(batch)));
    let Submission { requests, .. } = store.submission().await.unwrap().unwrap();
    assert_eq!(requests, [id(3)]);
}

fn assert_stale<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Stale { .. })), "{result:?}");
}
