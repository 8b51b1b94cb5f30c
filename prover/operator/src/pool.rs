//! Requests that a batch could have: how long they wait for others, and who goes together.
//!
//! A proof for several requests takes less gas for each. So a request may wait for others. It waits `--batch-wait` at most, and not
//! at all once its deadline is near. A request that pays in a full batch only waits as long as its deadline allows.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use super::{
    JobId,
    division::{Division, Queued, Terms},
    tariff::Tariff,
};

/// The requests of one round, by model, the most urgent first.
#[derive(Default)]
pub(super) struct Pools(BTreeMap<[u8; 32], Vec<Pooled>>);

/// A request that a batch could have.
#[derive(Clone, Copy)]
struct Pooled {
    queued: Queued,
    /// Whether its deadline leaves time to wait.
    may_wait: bool,
}

/// Since when requests have waited in a pool.
#[derive(Debug, Default)]
pub(super) struct Waits(HashMap<JobId, Instant>);

impl Pools {
    /// The number of requests for a model.
    pub(super) fn len(&self, model: [u8; 32]) -> usize {
        self.0.get(&model).map_or(0, Vec::len)
    }

    pub(super) fn add(&mut self, model: [u8; 32], queued: Queued, may_wait: bool) {
        self.0.entry(model).or_default().push(Pooled { queued, may_wait });
    }

    pub(super) fn has(&self, model: [u8; 32], id: JobId) -> bool {
        self.0.get(&model).is_some_and(|pool| pool.iter().any(|pooled| pooled.queued.id == id))
    }

    /// Divides each pool, by the model's tariff and what gas costs.
    pub(super) fn divide<'t>(
        &self,
        waits: &mut Waits,
        longest: Duration,
        most: usize,
        tariff: impl Fn([u8; 32]) -> Option<&'t Tariff>,
        costs: impl Fn(u64) -> u128,
    ) -> Division {
        let now = Instant::now();
        waits.follow(self, now);
        let mut all = Division::default();
        for (model, pool) in &self.0 {
            let Some(tariff) = tariff(*model) else { continue };
            let is_due = pool.iter().any(|pooled| !pooled.may_wait || waits.since(pooled.queued.id, now) >= longest);
            let queued: Vec<_> = pool.iter().map(|pooled| pooled.queued).collect();
            let Division { alone, groups } = Terms { tariff, costs: &costs, most, is_due }.divide(&queued);
            all.alone.extend(alone);
            all.groups.extend(groups);
        }
        all
    }
}

impl Waits {
    /// Forgets the requests that are in no pool any more.
    fn follow(&mut self, pools: &Pools, now: Instant) {
        let ids = pools.0.values().flatten().map(|pooled| pooled.queued.id);
        self.0 = ids.map(|id| (id, self.0.get(&id).copied().unwrap_or(now))).collect();
    }

    fn since(&self, id: JobId, now: Instant) -> Duration {
        self.0.get(&id).map_or(Duration::ZERO, |since| now.duration_since(*since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BatchGas, Group};

    const MODEL: [u8; 32] = [4; 32];
    const LONG: Duration = Duration::from_secs(3600);

    fn tariff() -> Tariff {
        Tariff { alone: 600_000, batches: vec![BatchGas::without_floor(4, 700_000, 20_000)] }
    }

    fn pools(requests: &[(u8, bool)]) -> Pools {
        let mut pools = Pools::default();
        for (id, may_wait) in requests {
            pools.add(MODEL, Queued { id: [*id; 32], earns: 600_000, pays_alone: true }, *may_wait);
        }
        pools
    }

    fn divide(pools: &Pools, waits: &mut Waits, longest: Duration) -> Division {
        let tariff = tariff();
        pools.divide(waits, longest, 1, |_| Some(&tariff), u128::from)
    }

    fn group(ids: &[u8]) -> Division {
        Division { alone: vec![], groups: vec![Group { size: 4, ids: ids.iter().map(|id| [*id; 32]).collect() }] }
    }

    #[test]
    fn requests_wait_so_long_at_most() {
        let mut waits = Waits::default();
        let two = pools(&[(1, true), (2, true)]);
        assert_eq!(divide(&two, &mut waits, LONG), Division::default());
        assert_eq!(divide(&two, &mut waits, Duration::ZERO), group(&[1, 2]));
        // The first has waited long enough. Others are taken along.
        waits.0.insert([1; 32], Instant::now().checked_sub(LONG).unwrap());
        assert_eq!(divide(&pools(&[(3, true), (1, true)]), &mut waits, LONG), group(&[3, 1]));
        // It is gone, and whoever comes back waits anew.
        assert_eq!(divide(&pools(&[(3, true)]), &mut waits, LONG), Division::default());
        assert_eq!(divide(&two, &mut waits, LONG), Division::default());
        assert_eq!(waits.0.len(), 2);
    }

    #[test]
    fn nobody_waits_for_a_batch_that_is_full() {
        let full = pools(&[(1, true), (2, true), (3, true), (4, true)]);
        assert_eq!(divide(&full, &mut Waits::default(), LONG), group(&[1, 2, 3, 4]));
    }

    #[test]
    fn nobody_waits_into_the_margin_of_the_earliest_deadline() {
        let near = pools(&[(1, true), (2, false)]);
        assert_eq!(divide(&near, &mut Waits::default(), LONG), group(&[1, 2]));
        let alone = divide(&pools(&[(2, false)]), &mut Waits::default(), LONG);
        assert_eq!(alone, Division { alone: vec![[2; 32]], groups: vec![] });
    }
}
