//! The store in a file: that it is a store, and what is true of it alone.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hallmark_operator::{Clock, EmbeddedStore, Job, JobStore, MAX_ATTEMPTS, State, StoreError, Venue, WorkQueue};
use tempfile::TempDir;

use crate::conformance::{Fixture, claim, conformance, id, ids, job, new, offer, state};

const VENUE: Venue = Venue { chain: 1, market: [2; 20], payee: [3; 20] };

/// A file that is opened and left again, with a clock that stands still by itself.
struct File {
    folder: TempDir,
    now: Arc<AtomicU64>,
}

impl File {
    fn path(&self) -> PathBuf {
        self.folder.path().join("journal")
    }
}

impl Fixture for File {
    type Store = EmbeddedStore;

    async fn new() -> Self {
        // Each change is written through to the disk, which takes long, if there is one.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        Self { folder, now: Arc::new(AtomicU64::new(1_000_000)) }
    }

    async fn open(&self) -> EmbeddedStore {
        let now = Arc::clone(&self.now);
        EmbeddedStore::open_with(&self.path(), VENUE, Clock::new(move || now.load(Ordering::Relaxed))).unwrap()
    }

    async fn advance(&self, time: Duration) {
        self.now.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }
}

conformance!(File);

/// The workers are in the process that has ended: there is nobody to wait for, and the order stays.
#[tokio::test]
async fn leases_of_a_process_that_ended_end_with_it() {
    let file = File::new().await;
    offer(&file.open().await, [1, 2, 3]).await;
    for attempt in 1..MAX_ATTEMPTS {
        let store = file.open().await;
        store.offer(&[id(1), id(2), id(3)], &[]).await.unwrap();
        let lease = claim(&store, "w").await.unwrap();
        assert_eq!(lease.tasks[0].id, id(1));
        drop(store);
        let store = file.open().await;
        assert_eq!(claim(&store, "w").await, None, "what that process offered may not pay any more");
        assert!(matches!(store.heartbeat(&lease, Duration::ZERO).await, Err(StoreError::Stale { .. })));
        assert_eq!(store.job(id(1)).await.unwrap().unwrap().attempts, attempt);
        assert_eq!(ids(&store.candidates(9).await.unwrap()), [id(1), id(2), id(3)]);
    }
    // A job that ends the process again and again does not keep the others from their turn.
    let store = file.open().await;
    store.offer(&[id(1)], &[]).await.unwrap();
    claim(&store, "w").await.unwrap();
    drop(store);
    let store = file.open().await;
    assert!(matches!(state(&store, 1).await, State::Dead(_)));
    assert_eq!(ids(&store.candidates(9).await.unwrap()), [id(2), id(3)]);
}

#[tokio::test]
async fn what_is_done_is_forgotten_when_its_blocks_are_old() {
    let file = File::new().await;
    let store = file.open().await;
    let mut size = 0;
    for round in 0..20 {
        // More than is forgotten at once, some of it refused at once, and one that stays open.
        let blocks = 1000 * round..1000 * round + 1000;
        let refused = |block| Job { state: State::Refused("why".into()), is_done: true, ..job(block) };
        let of = |block| if block % 50 == 0 { job(block) } else { refused(block) };
        let jobs: Vec<_> = blocks.clone().map(|block| new(block, of(block))).collect();
        store.record(&jobs, blocks.end).await.unwrap();
        let open = blocks.clone().filter(|block| block % 50 == 0 && block % 1000 != 0);
        let ended: Vec<_> = open.map(|block| (id(block), State::Expired)).collect();
        store.finish(&ended).await.unwrap();
        while store.prune(blocks.end - 100, 0).await.unwrap() > 0 {}
        assert_eq!(store.job(id(blocks.end - 101)).await.unwrap(), None);
        assert!(store.job(id(blocks.end - 100)).await.unwrap().is_some());
        assert!(store.job(id(blocks.start)).await.unwrap().is_some());
        let now = std::fs::metadata(file.path()).unwrap().len();
        if round < 10 {
            size = now;
        }
        assert!(now <= 2 * size, "round {round}: {size} bytes, then {now}");
    }
    assert_eq!(store.candidates(100).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_file_is_of_one_service() {
    let file = File::new().await;
    let first = file.open().await;
    let open = |venue| EmbeddedStore::open(&file.path(), venue);
    assert!(matches!(open(VENUE), Err(StoreError::Database(_))), "two at a time");
    drop(first);
    for other in [Venue { chain: 2, ..VENUE }, Venue { market: [0; 20], ..VENUE }, Venue { payee: [0; 20], ..VENUE }] {
        assert!(matches!(open(other), Err(StoreError::Venue)));
    }
    std::fs::write(file.path(), b"something else").unwrap();
    assert!(open(VENUE).is_err());
}

/// A journal of the version before is refused, since its jobs would be read as something else.
#[tokio::test]
async fn a_file_of_another_version_is_refused() {
    const FACTS: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("facts");
    let change = |path: &Path, name: &str, value: Option<&[u8]>| {
        let database = redb::Database::create(path).unwrap();
        let change = database.begin_write().unwrap();
        {
            let mut facts = change.open_table(FACTS).unwrap();
            match value {
                Some(value) => drop(facts.insert(name, value).unwrap()),
                None => drop(facts.remove(name).unwrap()),
            }
        }
        change.commit().unwrap();
    };
    for format in [None, Some([1].as_slice()), Some(&[2])] {
        let file = File::new().await;
        drop(file.open().await);
        change(&file.path(), "format", format);
        assert!(matches!(EmbeddedStore::open(&file.path(), VENUE), Err(StoreError::Version)), "{format:?}");
    }
}
