//! The operator's journal: a database whose records were changed. The database itself finds damage of its own pages; what is in
//! them is the journal's to read.

use std::{fs, path::Path, time::Duration};

use hallmark_chain::node::Signed;
use hallmark_operator::{
    Act, Answer, BatchAnswer, Block, EmbeddedStore, Group, Job, JobStore, Lease, LeaseRequest, Member, NewJob, Place,
    State, StoreError, Submission, Venue, WorkQueue,
};
use rand::{Rng, RngExt};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};

use crate::{
    harness::Target,
    mutate::{interesting, mutate},
};

const VENUE: Venue = Venue { chain: 1, market: [2; 20], payee: [3; 20] };
const MODEL: [u8; 32] = [4; 32];
const RECORDS: [TableDefinition<'_, [u8; 32], &[u8]>; 3] =
    [TableDefinition::new("jobs"), TableDefinition::new("inputs"), TableDefinition::new("answers")];
const FACTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("facts");
/// By the token of a lease: the fourth was of the batch, and the fifth is in force.
const BY_TOKEN: [(u64, TableDefinition<'_, u64, &[u8]>); 3] =
    [(4, TableDefinition::new("leases")), (5, TableDefinition::new("leases")), (4, TableDefinition::new("batches"))];
const NAMES: [&str; 6] = ["identity", "cursor", "submission", "format", "token", "groups"];

fn id(index: u8) -> [u8; 32] {
    [index; 32]
}

/// A journal with a job in each state.
async fn write(path: &Path) -> Result<(), StoreError> {
    let store = EmbeddedStore::open(path, VENUE)?;
    let job = |state| Job {
        place: Place { block: 1 << 20, index: 7 },
        model: MODEL,
        context: [5; 32],
        deadline: u64::MAX,
        fee: u128::MAX,
        goes_alone: false,
        attempts: 2,
        failures: 1,
        held_until: 0,
        is_done: false,
        state,
    };
    let states = [State::Waiting, State::AwaitingInput([9; 32]), State::Refused("why".into())];
    let states = states.into_iter().chain(vec![State::Waiting; 7]);
    let jobs: Vec<_> = states
        .enumerate()
        .map(|(index, state)| NewJob { id: id(index as u8), job: job(state), input: vec![5; 20] })
        .collect();
    store.record(&jobs, 1 << 21).await?;
    let answer = Answer { output: vec![1; 10], proof: vec![2; 300] };
    for index in [0, 3, 4] {
        store.offer(&[id(index)], &[]).await?;
        let lease = claim(&store).await?.unwrap();
        store.complete(&lease, &[(id(index), answer.clone())]).await?;
    }
    let group = Group { size: 4, ids: vec![id(8), id(9)] };
    store.offer(&[], std::slice::from_ref(&group)).await?;
    let lease = claim(&store).await?.unwrap();
    let member = |id: &[u8; 32]| Member { id: *id, input: vec![5; 20], output: vec![1; 10] };
    let members = group.ids.iter().map(member).collect();
    store.complete_batch(&lease, &BatchAnswer { size: 4, members, proof: vec![2; 300] }).await?;
    store.conclude(id(3), State::Settled(Block { number: 1 << 21, hash: [6; 32] })).await?;
    let signed = Signed { hash: [8; 32], nonce: 300, price: (1 << 40, 1), raw: vec![7; 100] };
    let (requests, act) = (vec![id(0)], Act::Lock { bond: 1 });
    let submission = Submission { requests, act, gas: 1 << 24, sent: vec![signed; 2], budget: Some(9) };
    store.submit(None, &submission).await?;
    store.hold(&[id(5)], Duration::from_secs(1000)).await?;
    store.bury(id(6), "why").await?;
    store.offer(&[], &[Group { size: 4, ids: vec![id(7)] }]).await?;
    claim(&store).await.map(drop)
}

async fn claim(store: &EmbeddedStore) -> Result<Option<Lease>, StoreError> {
    let term = Duration::from_secs(1000);
    store.claim(&LeaseRequest { worker: "w", models: &[MODEL], most: 1, term }).await
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
        match self.place % 39 {
            place @ 0..6 => drop(change.open_table(FACTS).unwrap().insert(NAMES[place], &*self.value).unwrap()),
            place @ 6..9 => {
                let (token, table) = BY_TOKEN[place - 6];
                drop(change.open_table(table).unwrap().insert(token, &*self.value).unwrap());
            }
            place => {
                let table = RECORDS[place % RECORDS.len()];
                let key = id((place / RECORDS.len()) as u8 - 3);
                drop(change.open_table(table).unwrap().insert(key, &*self.value).unwrap());
            }
        }
        change.commit().unwrap();
    }
}

/// Everything that the service asks of a journal.
async fn use_all(path: &Path) -> Result<(), StoreError> {
    let store = EmbeddedStore::open(path, VENUE)?;
    store.cursor().await?;
    store.depth().await?;
    if let Some(submission) = store.submission().await? {
        for id in &submission.requests {
            store.job(*id).await?;
        }
        store.land(&submission, true).await?;
    }
    for block in store.verdict_blocks().await? {
        store.reopen(block).await?;
        store.confirm(block).await?;
    }
    for (id, _) in store.dead(99).await? {
        store.requeue(id).await?;
    }
    let jobs = [store.candidates(99).await?, store.proved(99).await?, store.awaiting_input(None, 99).await?].concat();
    let ids: Vec<_> = jobs.iter().map(|(id, _)| *id).collect();
    for id in &ids {
        store.input(*id).await?;
        store.answer(*id).await?;
        store.batch_of(*id).await?;
        store.reveal(*id, &[1]).await?;
    }
    let (alone, grouped) = ids.split_at(ids.len() / 2);
    store.offer(alone, &[Group { size: 64, ids: grouped.to_vec() }]).await?;
    while let Some(lease) = claim(&store).await? {
        store.heartbeat(&lease, Duration::ZERO).await?;
        store.fail(&lease, "why").await?;
    }
    store.hold(&ids, Duration::ZERO).await?;
    let ended: Vec<_> = ids.iter().map(|id| (*id, State::Expired)).collect();
    store.finish(&ended).await?;
    store.prune(u64::MAX, u64::MAX).await.map(drop)
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
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(write(&seed)).unwrap();
    let mut records = Vec::new();
    let database = Database::open(&seed).unwrap();
    let reading = database.begin_read().unwrap();
    for table in RECORDS {
        let table = reading.open_table(table).unwrap();
        records.extend(table.iter().unwrap().map(|entry| entry.unwrap().1.value().to_vec()));
    }
    let facts = reading.open_table(FACTS).unwrap();
    records.extend(facts.iter().unwrap().map(|entry| entry.unwrap().1.value().to_vec()));
    for (_, table) in &BY_TOKEN[1..] {
        let table = reading.open_table(*table).unwrap();
        records.extend(table.iter().unwrap().map(|entry| entry.unwrap().1.value().to_vec()));
    }
    drop((facts, reading, database));
    assert!(records.len() > 10, "{}", records.len());

    let read = |bytes: &[u8]| {
        let Some(change) = Change::from_bytes(bytes) else { return false };
        fs::copy(&seed, &path).unwrap();
        change.apply(&Database::open(&path).unwrap());
        runtime.block_on(use_all(&path)).is_ok()
    };
    Target { name: "journal", max_memory: 32, input: &|rng| change(&records, rng), read: &read }.run();
}
