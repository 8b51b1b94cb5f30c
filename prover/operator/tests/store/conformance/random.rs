//! Any calls in any order.

use std::{collections::HashMap, time::Duration};

use hallmark_operator::{Block, JobStore, Lease, State, StoreError, WorkQueue};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::{Fixture, answer, claim, id, record, state};

const JOBS: u64 = 12;
const CALLS: usize = 400;

/// After each call every job is in one state, and counted once; a token that was stale stays so; and a restart now and then changes
/// nothing but that leases end.
pub(crate) async fn any_calls_in_any_order_lose_no_job<F: Fixture>() {
    let rng = &mut ChaCha20Rng::seed_from_u64(11);
    let fixture = F::new().await;
    let mut store = fixture.open().await;
    record(&store, 0..JOBS).await;
    let mut leases: Vec<Lease> = Vec::new();
    let mut stale: HashMap<u64, Lease> = HashMap::new();
    for call in 0..CALLS {
        let index = rng.random_range(0..JOBS);
        let block = Block { number: rng.random_range(0..3), hash: [0; 32] };
        match rng.random_range(0..16) {
            0..4 => {
                let jobs = store.candidates(rng.random_range(1..5)).await.unwrap();
                store.offer(&super::ids(&jobs), &[]).await.unwrap();
            }
            4..7 => leases.extend(claim(&store, "w").await),
            7..10 if !leases.is_empty() => {
                let lease = leases.swap_remove(rng.random_range(0..leases.len()));
                let done = lease.tasks[0].id;
                let result = match rng.random_range(0..4) {
                    0 => store.fail(&lease, "why").await,
                    1 => store.release(&lease).await,
                    _ => store.complete(&lease, &[(done, answer(call as u64))]).await,
                };
                assert!(matches!(result, Ok(()) | Err(StoreError::Stale { .. })), "{result:?}");
                stale.insert(lease.token, lease);
            }
            10 => fixture.advance(Duration::from_secs(rng.random_range(1..400))).await,
            11 => store.hold(&[id(index)], Duration::from_secs(100)).await.unwrap(),
            12 => store.conclude(id(index), State::Lost(block)).await.unwrap(),
            13 => drop(store.reopen(block).await.unwrap()),
            14 => store.bury(id(index), "why").await.unwrap(),
            15 => {
                store.requeue(id(index)).await.unwrap();
                store.reject(id(index), "false").await.unwrap();
            }
            _ => {
                drop(store);
                store = fixture.open().await;
            }
        }
        for lease in stale.values() {
            let result = store.complete(lease, &[(lease.tasks[0].id, answer(66))]).await;
            assert!(matches!(result, Err(StoreError::Stale { .. })), "{result:?}");
        }
        let depth = store.depth().await.unwrap();
        // A lease may hold a job that has a verdict by now, which is then counted as both.
        let mut leased = 0;
        for index in 0..JOBS {
            leased += u64::from(matches!(state(&store, index).await, State::Leased(_)));
        }
        let rest = depth.open() - depth.leased + depth.dead + depth.awaiting_input;
        assert_eq!(rest + leased, JOBS, "call {call}: {depth:?}");
    }
    assert!(stale.len() > 20);
}
