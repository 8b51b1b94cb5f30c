//! What watcher and submitter are promised.

use hallmark_chain::node::Signed;
use hallmark_operator::{
    Act, Block, Depth, Job, JobStore, MAX_ATTEMPTS, NewJob, Place, State, StoreError, Submission, WorkQueue,
};

use super::{Fixture, answer, claim, id, ids, job, new, offer, prove, record, state};

pub(crate) fn submission(requests: &[u64], nonce: u64) -> Submission {
    let signed = Signed { hash: [9; 32], nonce, price: (2, 1), raw: vec![3] };
    let requests = requests.iter().map(|index| id(*index)).collect();
    Submission { requests, act: Act::Answers, gas: 4, sent: vec![signed], budget: Some(5) }
}

fn block(number: u64, hash: u8) -> Block {
    Block { number, hash: [hash; 32] }
}

fn assert_lost<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    assert!(matches!(result, Err(StoreError::Submission)), "{result:?}");
}

pub(crate) async fn jobs_are_kept_as_they_are<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    let far = i64::MAX as u64;
    let odd = Job { fee: u128::MAX, deadline: far, place: Place { block: far, index: 7 }, goes_alone: true, ..job(1) };
    let hidden = Job { state: State::AwaitingInput([9; 32]), ..job(2) };
    let refused = Job { state: State::Refused("why".into()), is_done: true, fee: 0, ..job(3) };
    let jobs = [(1, odd), (2, hidden), (3, refused)];
    let new: Vec<_> = jobs.iter().map(|(index, job)| new(*index, job.clone())).collect();
    store.record(&new, far).await.unwrap();
    drop(store);
    let store = fixture.open().await;
    for (index, job) in jobs {
        assert_eq!(store.job(id(index)).await.unwrap(), Some(job));
    }
    assert_eq!(store.cursor().await.unwrap(), Some(far));
}

/// Contracts and workers may say anything.
pub(crate) async fn reasons_may_have_any_letters<F: Fixture>() {
    let store = F::new().await.open().await;
    let odd = "a\0b\u{1f}\u{202e}'; DROP TABLE jobs; --\\";
    record(&store, [2]).await;
    store.bury(id(2), odd).await.unwrap();
    assert!(matches!(state(&store, 2).await, State::Dead(reason) if reason.starts_with('a') && reason.ends_with('\\')));
    let refused = Job { state: State::Refused(odd.into()), is_done: true, ..job(3) };
    store.record(&[new(3, refused)], 0).await.unwrap();
    assert!(matches!(state(&store, 3).await, State::Refused(_)));
    offer(&store, [1]).await;
    let lease = claim(&store, "w").await.unwrap();
    store.fail(&lease, &odd.repeat(10_000)).await.unwrap();
    assert_eq!(state(&store, 1).await, State::Waiting);
}

pub(crate) async fn jobs_survive_and_known_ones_stay_as_they_are<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    assert_eq!((store.cursor().await.unwrap(), store.depth().await.unwrap()), (None, Depth::default()));
    let refused = Job { state: State::Refused("why".into()), is_done: true, ..job(1) };
    let jobs = [new(8, job(8)), new(9, job(9)), NewJob { id: id(1), job: refused.clone(), input: vec![] }];
    store.record(&jobs, 9).await.unwrap();
    prove(&store, 8).await;
    store.record(&jobs, 10).await.unwrap();
    drop(store);

    let store = fixture.open().await;
    assert_eq!(store.cursor().await.unwrap(), Some(10));
    assert_eq!((state(&store, 8).await, state(&store, 9).await), (State::Proved, State::Waiting));
    assert_eq!(store.job(id(1)).await.unwrap(), Some(refused));
    assert_eq!(store.answer(id(8)).await.unwrap(), Some(answer(8)));
    assert_eq!(
        (store.input(id(9)).await.unwrap(), store.input(id(1)).await.unwrap()),
        (Some(jobs[1].input.clone()), None)
    );
    assert_eq!(store.job(id(2)).await.unwrap(), None);
}

pub(crate) async fn inputs_that_come_later_let_jobs_go_on<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    let hidden = |index| {
        let job = Job { state: State::AwaitingInput([index as u8; 32]), ..job(index) };
        NewJob { id: id(index), job, input: vec![] }
    };
    store.record(&[hidden(8), hidden(7)], 9).await.unwrap();
    drop(store);

    let store = fixture.open().await;
    assert_eq!((store.candidates(9).await.unwrap(), store.input(id(8)).await.unwrap()), (vec![], None));
    assert_eq!(ids(&store.awaiting_input(None, 9).await.unwrap()), [id(7), id(8)]);
    assert_eq!(ids(&store.awaiting_input(None, 1).await.unwrap()), [id(7)]);
    assert_eq!(ids(&store.awaiting_input(Some((job(7).place, id(7))), 9).await.unwrap()), [id(8)]);
    store.reveal(id(8), &[5]).await.unwrap();
    assert_eq!(ids(&store.candidates(9).await.unwrap()), [id(8)]);
    assert_eq!(store.input(id(8)).await.unwrap(), Some(vec![5]));
    store.finish(&[(id(7), State::Expired)]).await.unwrap();
    assert_eq!(store.awaiting_input(None, 9).await.unwrap(), []);
    // What is done, or has its input, takes none.
    store.reveal(id(7), &[6]).await.unwrap();
    store.reveal(id(8), &[6]).await.unwrap();
    assert_eq!((store.input(id(7)).await.unwrap(), store.input(id(8)).await.unwrap()), (None, Some(vec![5])));
    assert_eq!(state(&store, 7).await, State::Expired);
}

pub(crate) async fn a_false_answer_is_dropped_and_proved_again<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    for attempt in 1..=MAX_ATTEMPTS {
        fixture.advance(std::time::Duration::from_secs(3600)).await;
        store.candidates(9).await.unwrap();
        prove(&store, 1).await;
        store.reject(id(1), "false").await.unwrap();
        let job = store.job(id(1)).await.unwrap().unwrap();
        assert_eq!((job.attempts, store.answer(id(1)).await.unwrap()), (attempt, None));
        assert_eq!((store.proved(9).await.unwrap(), store.candidates(9).await.unwrap()), (vec![], vec![]));
    }
    assert_eq!(state(&store, 1).await, State::Dead("false".into()));
}

pub(crate) async fn one_transaction_is_under_way_and_nobody_else_changes_it<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    prove(&store, 1).await;
    prove(&store, 2).await;
    let first = submission(&[1], 7);
    store.submit(None, &first).await.unwrap();
    assert_eq!((state(&store, 1).await, ids(&store.proved(9).await.unwrap())), (State::Submitted, vec![id(2)]));
    // Another submitter, which knows of none, would use the nonce a second time.
    assert_lost(store.submit(None, &submission(&[2], 7)).await);
    assert_eq!(state(&store, 2).await, State::Proved);
    drop(store);

    let store = fixture.open().await;
    assert_eq!(store.submission().await.unwrap().as_ref(), Some(&first));
    let mut second = first.clone();
    second.sent.push(Signed { hash: [8; 32], nonce: 7, price: (3, 2), raw: vec![4] });
    store.submit(Some(&first), &second).await.unwrap();
    assert_lost(store.submit(Some(&first), &second).await);
    assert_lost(store.land(&first, false).await);
    assert_eq!(state(&store, 1).await, State::Submitted);
    store.land(&second, false).await.unwrap();
    assert_eq!((store.submission().await.unwrap(), state(&store, 1).await), (None, State::Proved));
    assert_lost(store.land(&second, false).await);
    assert_eq!(store.job(id(1)).await.unwrap().unwrap().failures, 0);
}

pub(crate) async fn a_transaction_that_failed_is_counted<F: Fixture>() {
    let store = F::new().await.open().await;
    prove(&store, 1).await;
    for failures in 1..=3 {
        store.submit(None, &submission(&[1], 7)).await.unwrap();
        store.land(&submission(&[1], 7), true).await.unwrap();
        let job = store.job(id(1)).await.unwrap().unwrap();
        assert_eq!((job.failures, job.state), (failures, State::Proved));
    }
}

pub(crate) async fn verdicts_are_final_or_dropped_with_their_blocks<F: Fixture>() {
    let fixture = F::new().await;
    let store = fixture.open().await;
    for index in 1..=3 {
        prove(&store, index).await;
    }
    record(&store, [4]).await;
    let (kept, dropped) = (block(11, 1), block(11, 2));
    store.conclude(id(1), State::Settled(kept)).await.unwrap();
    store.conclude(id(2), State::Settled(dropped)).await.unwrap();
    store.conclude(id(3), State::Lost(dropped)).await.unwrap();
    store.conclude(id(4), State::Lost(dropped)).await.unwrap();
    drop(store);

    let store = fixture.open().await;
    assert_eq!(store.verdict_blocks().await.unwrap(), [kept, dropped]);
    assert_eq!((store.proved(9).await.unwrap(), store.candidates(9).await.unwrap()), (vec![], vec![]));
    assert_eq!(store.answer(id(1)).await.unwrap(), Some(answer(1)), "the block may be dropped yet");
    assert_eq!(store.reopen(dropped).await.unwrap(), 3);
    assert_eq!(ids(&store.proved(9).await.unwrap()), [id(2), id(3)]);
    assert_eq!(ids(&store.candidates(9).await.unwrap()), [id(4)]);
    store.confirm(kept).await.unwrap();
    assert_eq!((store.verdict_blocks().await.unwrap(), store.answer(id(1)).await.unwrap()), (vec![], None));
    let done = store.job(id(1)).await.unwrap().unwrap();
    assert_eq!((done.state, done.is_done), (State::Settled(kept), true));
    // What is done stays so.
    assert_eq!(store.reopen(kept).await.unwrap(), 0);
    store.conclude(id(1), State::Lost(dropped)).await.unwrap();
    assert_eq!(state(&store, 1).await, State::Settled(kept));
}

pub(crate) async fn what_is_done_is_forgotten<F: Fixture>() {
    let store = F::new().await.open().await;
    record(&store, [1, 2, 3]).await;
    store.finish(&[(id(1), State::Expired), (id(2), State::Expired)]).await.unwrap();
    assert_eq!((store.input(id(1)).await.unwrap(), state(&store, 1).await), (None, State::Expired));
    assert_eq!(store.prune(2, 0).await.unwrap(), 1);
    assert_eq!((store.job(id(1)).await.unwrap(), state(&store, 2).await), (None, State::Expired));
    assert_eq!(store.prune(99, 0).await.unwrap(), 1);
    assert_eq!((store.prune(99, 0).await.unwrap(), state(&store, 3).await), (0, State::Waiting));
    assert_eq!(store.depth().await.unwrap(), Depth { waiting: 1, ..Depth::default() });
}

pub(crate) async fn dead_letters_keep_what_they_took_until_their_deadline<F: Fixture>() {
    let store = F::new().await.open().await;
    prove(&store, 1).await;
    store.record(&[new(2, Job { deadline: 50, ..job(2) })], 0).await.unwrap();
    store.bury(id(1), "the contract refuses").await.unwrap();
    store.bury(id(2), "why not").await.unwrap();
    assert_eq!(ids(&store.dead(9).await.unwrap()), [id(2), id(1)]);
    assert_eq!((store.proved(9).await.unwrap(), store.candidates(9).await.unwrap()), (vec![], vec![]));
    assert_eq!(store.depth().await.unwrap(), Depth { dead: 2, ..Depth::default() });
    store.prune(0, 51).await.unwrap();
    assert_eq!((state(&store, 2).await, store.requeue(id(2)).await.unwrap()), (State::Expired, false));
    assert!(store.requeue(id(1)).await.unwrap());
    assert_eq!((state(&store, 1).await, store.answer(id(1)).await.unwrap()), (State::Proved, Some(answer(1))));
    offer(&store, [3]).await;
    assert!(claim(&store, "w").await.is_some() && !store.requeue(id(3)).await.unwrap());
}
