//! The order of jobs.

use std::time::Duration;

use hallmark_operator::{Job, JobStore, State, WorkQueue};

use super::{Fixture, claim, id, ids, job, new, offer, prove, record, state};

pub(crate) async fn jobs_are_ordered_by_deadline_fee_and_place<F: Fixture>() {
    let store = F::new().await.open().await;
    let jobs = [
        new(1, Job { deadline: 2_000_000, ..job(1) }),
        new(2, job(9)),
        new(3, job(8)),
        new(4, Job { fee: 1 << 20, ..job(10) }),
        new(5, Job { deadline: 900_000, ..job(11) }),
    ];
    store.record(&jobs, 0).await.unwrap();
    let expected = [id(5), id(4), id(3), id(2), id(1)];
    assert_eq!(ids(&store.candidates(9).await.unwrap()), expected);
    assert_eq!(ids(&store.candidates(2).await.unwrap()), expected[..2]);
    // The same among those that are ready, and among those that are proved.
    store.offer(&[id(1), id(3), id(4)], &[]).await.unwrap();
    assert_eq!(ids(&store.candidates(9).await.unwrap()), expected);
    store.offer(&expected, &[]).await.unwrap();
    for expected in expected {
        let lease = claim(&store, "w").await.unwrap();
        assert_eq!(lease.tasks[0].id, expected);
        store.complete(&lease, &[(expected, super::answer(1))]).await.unwrap();
    }
    assert_eq!(ids(&store.proved(9).await.unwrap()), expected);
    assert_eq!(ids(&store.proved(3).await.unwrap()), expected[..3]);
}

pub(crate) async fn held_jobs_are_left_alone_and_block_nobody<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    prove(&store, 1).await;
    prove(&store, 2).await;
    offer(&store, [3]).await;
    record(&store, [4, 5]).await;
    let time = Duration::from_secs(60);
    store.hold(&[id(1), id(3), id(4), id(77)], time).await.unwrap();
    assert_eq!(ids(&store.proved(9).await.unwrap()), [id(2)]);
    assert_eq!(ids(&store.candidates(9).await.unwrap()), [id(5)]);
    store.offer(&[id(3), id(4)], &[]).await.unwrap();
    assert_eq!(claim(&store, "w").await, None, "held jobs can't be offered");
    assert_eq!(store.depth().await.unwrap().held, 3);
    fixture.advance(time + Duration::from_secs(1)).await;
    assert_eq!(ids(&store.proved(9).await.unwrap()), [id(1), id(2)]);
    assert_eq!(ids(&store.candidates(9).await.unwrap()), [id(3), id(4), id(5)]);
    // What is leased is not held.
    store.offer(&[id(3)], &[]).await.unwrap();
    let lease = claim(&store, "w").await.unwrap();
    store.hold(&[id(3)], time).await.unwrap();
    assert_eq!(state(&store, 3).await, State::Leased(lease.token));
}

pub(crate) async fn an_offer_replaces_the_one_before<F: Fixture>() {
    let store = F::new().await.open().await;
    offer(&store, [1, 2, 3]).await;
    let lease = claim(&store, "w").await.unwrap();
    store.offer(&[id(3), id(3), id(1)], &[]).await.unwrap();
    let states = [state(&store, 1).await, state(&store, 2).await, state(&store, 3).await];
    assert_eq!(states, [State::Leased(lease.token), State::Waiting, State::Ready]);
    store.offer(&[], &[]).await.unwrap();
    assert_eq!((state(&store, 3).await, claim(&store, "w").await), (State::Waiting, None));
}
