//! The operator's journal: a database whose records were changed. The database itself finds damage of its own pages; what is in
//! them is the journal's to read.

use std::{fs, path::Path};

use hallmark_chain::node::Signed;
use hallmark_operator::{Answer, Block, Identity, Job, Journal, JournalError, Place, State, Submission};
use rand::{Rng, RngExt};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use crate::{
    harness::Target,
    mutate::{interesting, mutate},
};

const IDENTITY: Identity = Identity { chain: 1, market: [2; 20], payee: [3; 20] };
const RECORDS: [TableDefinition<'_, [u8; 32], &[u8]>; 3] =
    [TableDefinition::new("jobs"), TableDefinition::new("inputs"), TableDefinition::new("answers")];
const FACTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts");
const NAMES: [&str; 3] = ["identity", "cursor", "submission"];

fn id(index: u8) -> [u8; 32] {
    [index; 32]
}

/// A journal with a job in each state.
fn write(path: &Path) {
    let journal = Journal::open(path, IDENTITY).unwrap();
    let job = |state| Job {
        place: Place { block: 1 << 20, index: 7 },
        model: [4; 32],
        deadline: u64::MAX,
        fee: u128::MAX,
        failures: 1,
        state,
    };
    let states = [State::Seen, State::Hidden([9; 32]), State::Refused("why".into()), State::Seen, State::Seen];
    let jobs: Vec<_> =
        states.into_iter().enumerate().map(|(index, state)| (id(index as u8), job(state), vec![5; 20])).collect();
    journal.record(&jobs, 1 << 21).unwrap();
    journal.prove(id(0), &jobs[0].1, &Answer { output: vec![1; 10], proof: vec![2; 300] }).unwrap();
    journal.update(id(3), &job(State::Settled(Block { number: 1 << 21, hash: [6; 32] }))).unwrap();
    let signed = Signed { hash: [8; 32], nonce: 300, price: (1 << 40, 1), raw: vec![7; 100] };
    let submission = Submission { requests: vec![id(0), id(4)], bond: Some(1), gas: 1 << 24, sent: vec![signed; 2] };
    journal.submit(&submission, &[(id(4), jobs[4].1.clone())]).unwrap();
}

/// A record, by its table and its key, and what is to stand there.
struct Change {
    place: usize,
    value: Vec<u8>,
}

impl Change {
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (place, value) = bytes.split_first()?;
        Some(Self { place: usize::from(*place), value: value.to_vec() })
    }

    fn apply(&self, database: &Database) {
        let change = database.begin_write().unwrap();
        match self.place % 16 {
            place @ 0..3 => drop(change.open_table(FACTS).unwrap().insert(NAMES[place], &*self.value).unwrap()),
            place => {
                let table = RECORDS[place % RECORDS.len()];
                let key = id((place / RECORDS.len()) as u8);
                drop(change.open_table(table).unwrap().insert(key, &*self.value).unwrap());
            }
        }
        change.commit().unwrap();
    }
}

/// Everything that the service asks of a journal.
fn use_all(path: &Path) -> Result<(), JournalError> {
    let journal = Journal::open(path, IDENTITY)?;
    journal.cursor()?;
    if let Some(submission) = journal.submission()? {
        submission.requests.iter().try_for_each(|id| journal.job(*id).map(drop))?;
    }
    for (id, job) in journal.queue()?.into_iter().chain(journal.hidden()?) {
        journal.input(id)?;
        journal.answer(id)?;
        journal.update(id, &job)?;
        journal.finish(id, &job)?;
    }
    journal.prune(u64::MAX).map(drop)
}

/// A place, and a record that stood in some place, after mutations.
fn change(records: &[Vec<u8>], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = mutate(records, rng);
    if rng.random_bool(0.1) {
        bytes = interesting(rng).to_le_bytes().to_vec();
    }
    bytes.insert(0, rng.random());
    bytes
}

#[test]
fn journal() {
    // Each change is written through to the disk, which takes long, if there is one.
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (seed, path) = (folder.path().join("seed"), folder.path().join("journal"));
    write(&seed);
    let mut records = Vec::new();
    let database = Database::open(&seed).unwrap();
    let reading = database.begin_read().unwrap();
    for table in RECORDS {
        let table = reading.open_table(table).unwrap();
        records.extend(table.iter().unwrap().map(|entry| entry.unwrap().1.value().to_vec()));
    }
    let facts = reading.open_table(FACTS).unwrap();
    records.extend(facts.iter().unwrap().map(|entry| entry.unwrap().1.value().to_vec()));
    drop((facts, reading, database));
    assert!(records.len() > 10, "{}", records.len());

    let read = |bytes: &[u8]| {
        let Some(change) = Change::from_bytes(bytes) else { return false };
        fs::copy(&seed, &path).unwrap();
        change.apply(&Database::open(&path).unwrap());
        use_all(&path).is_ok()
    };
    Target { name: "journal", max_memory: 32, input: &|rng| change(&records, rng), read: &read }.run();
}
