//! What the journal remembers.

use hallmark_chain::node::Signed;
use hallmark_operator::{Answer, Block, Identity, Job, Journal, JournalError, Place, State, Submission};

const IDENTITY: Identity = Identity { chain: 1, market: [2; 20], payee: [3; 20] };

fn job(block: u64, state: State) -> Job {
    Job { place: Place { block, index: 0 }, model: [4; 32], deadline: 5, fee: 6, failures: 0, state }
}

#[test]
fn jobs_survive_and_are_done_in_the_chain_s_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Journal::open(&path, IDENTITY).unwrap();
    let refused = job(1, State::Refused("why".into()));
    let jobs = [
        ([1; 32], job(9, State::Seen), vec![1]),
        ([2; 32], job(8, State::Seen), vec![2]),
        ([3; 32], refused.clone(), vec![]),
    ];
    journal.record(&jobs, 9).unwrap();
    let answer = Answer { output: vec![7], proof: vec![8; 1000] };
    journal.prove([2; 32], &jobs[1].1, &answer).unwrap();
    // What is known stays as it is when it is seen again.
    journal.record(&jobs, 10).unwrap();
    drop(journal);

    let journal = Journal::open(&path, IDENTITY).unwrap();
    assert_eq!(journal.cursor().unwrap(), Some(10));
    let expected = [([2; 32], job(8, State::Proved)), ([1; 32], job(9, State::Seen))];
    assert_eq!(journal.queue().unwrap(), expected);
    assert_eq!(journal.job([3; 32]).unwrap(), Some(refused));
    assert_eq!((journal.answer([2; 32]).unwrap(), journal.input([1; 32]).unwrap()), (Some(answer), Some(vec![1])));

    let signed = Signed { hash: [9; 32], nonce: 1, price: (2, 1), raw: vec![3] };
    let submission = Submission { requests: vec![[2; 32]], bond: None, gas: 4, sent: vec![signed] };
    journal.submit(&submission, &expected[..1]).unwrap();
    drop(journal);

    let journal = Journal::open(&path, IDENTITY).unwrap();
    assert_eq!(journal.submission().unwrap(), Some(submission));
    assert_eq!(journal.job([2; 32]).unwrap().unwrap().state, State::Submitted);
    journal.land(&expected[..1]).unwrap();
    assert_eq!(journal.submission().unwrap(), None);
    let settled = job(8, State::Settled(Block { number: 11, hash: [0; 32] }));
    journal.finish([2; 32], &settled).unwrap();
    assert_eq!((journal.answer([2; 32]).unwrap(), journal.input([2; 32]).unwrap()), (None, None));
    assert_eq!((journal.queue().unwrap().len(), journal.job([2; 32]).unwrap()), (1, Some(settled)));
}

#[test]
fn inputs_that_come_later_put_jobs_in_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Journal::open(&path, IDENTITY).unwrap();
    let (hidden, late) = (job(8, State::Hidden([9; 32])), job(7, State::Hidden([8; 32])));
    journal.record(&[([1; 32], hidden.clone(), vec![]), ([2; 32], late.clone(), vec![])], 9).unwrap();
    drop(journal);

    let journal = Journal::open(&path, IDENTITY).unwrap();
    assert_eq!(journal.queue().unwrap(), []);
    assert_eq!(journal.hidden().unwrap(), [([2; 32], late.clone()), ([1; 32], hidden.clone())]);
    journal.reveal([1; 32], &hidden, &[5]).unwrap();
    assert_eq!(journal.queue().unwrap(), [([1; 32], job(8, State::Seen))]);
    assert_eq!(journal.input([1; 32]).unwrap(), Some(vec![5]));
    journal.finish([2; 32], &Job { state: State::Expired, ..late }).unwrap();
    assert_eq!(journal.hidden().unwrap(), []);
}

#[test]
fn what_is_done_is_forgotten_when_its_blocks_are_old() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Journal::open(&path, IDENTITY).unwrap();
    let id = |index: u64| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&index.to_be_bytes());
        id
    };
    let mut size = 0;
    for round in 0..20 {
        // More than is forgotten at once, some of it refused at once, and one that stays open.
        let blocks = 1000 * round..1000 * round + 1000;
        let states = |block| if block % 50 == 0 { State::Seen } else { State::Refused("why".into()) };
        let jobs: Vec<_> = blocks.clone().map(|block| (id(block), job(block, states(block)), vec![1; 100])).collect();
        journal.record(&jobs, blocks.end).unwrap();
        for (id, job, _) in jobs.iter().filter(|(_, job, _)| job.state == State::Seen && job.place.block % 1000 != 0) {
            journal.finish(*id, &Job { state: State::Expired, ..job.clone() }).unwrap();
        }
        while journal.prune(blocks.end - 100).unwrap() > 0 {}
        assert_eq!(journal.job(id(blocks.end - 101)).unwrap(), None);
        assert!(
            journal.job(id(blocks.end - 100)).unwrap().is_some() && journal.job(id(blocks.start)).unwrap().is_some()
        );
        let now = std::fs::metadata(&path).unwrap().len();
        if round < 10 {
            size = now;
        }
        assert!(now <= 2 * size, "round {round}: {size} bytes, then {now}");
    }
    assert_eq!(journal.queue().unwrap().len(), 20);
}

#[test]
fn a_journal_is_of_one_service() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let first = Journal::open(&path, IDENTITY).unwrap();
    assert!(matches!(Journal::open(&path, IDENTITY), Err(JournalError::Database(_))), "two at a time");
    drop(first);
    for other in [
        Identity { chain: 2, ..IDENTITY },
        Identity { market: [0; 20], ..IDENTITY },
        Identity { payee: [0; 20], ..IDENTITY },
    ] {
        assert!(matches!(Journal::open(&path, other), Err(JournalError::Identity)));
    }
    std::fs::write(&path, b"something else").unwrap();
    assert!(Journal::open(&path, IDENTITY).is_err());
}
