//! What the journal remembers.

use hallmark_prover::{
    node::Signed,
    operator::{Answer, Block, Identity, Job, Journal, JournalError, Place, State, Submission},
};

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
    let submission = Submission { requests: vec![[2; 32]], gas: 4, sent: vec![signed] };
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
