//! How queued requests of one model are divided: into batches, and into requests that are proved alone.

use super::{
    Group, JobId,
    tariff::{Choice, Tariff},
};

/// A queued request that a batch may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Queued {
    pub(super) id: JobId,
    /// The payee's earnings, in wei.
    pub(super) earns: u128,
    /// Whether it pays with a proof of its own. Otherwise it pays in a full batch.
    pub(super) pays_alone: bool,
}

/// The requests that workers may take. The others wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Division {
    pub(super) alone: Vec<JobId>,
    pub(super) groups: Vec<Group>,
}

/// What a division depends on besides the requests.
pub(super) struct Terms<'t, C> {
    pub(super) tariff: &'t Tariff,
    /// What so much gas costs in wei, as the policy has it.
    pub(super) costs: C,
    /// The most batches.
    pub(super) most: usize,
    /// Whether the requests have waited long enough for others.
    pub(super) is_due: bool,
}

impl<C: Fn(u64) -> u128> Terms<'_, C> {
    /// Divides requests, the most urgent first. A batch has the most urgent ones. It pays with those that are in it.
    pub(super) fn divide(&self, queued: &[Queued]) -> Division {
        let mut division = Division::default();
        let mut rest = queued.to_vec();
        let full = self.tariff.best().map_or(0, |best| best.count);
        while !rest.is_empty() && division.groups.len() < self.most {
            if !self.is_due && rest.len() < full {
                return division;
            }
            let members = match self.batch(&rest) {
                Some((size, members)) => {
                    division.groups.push(Group { size, ids: members.clone() });
                    members
                }
                None => {
                    division.alone = rest.iter().filter(|queued| queued.pays_alone).map(|queued| queued.id).collect();
                    return division;
                }
            };
            rest.retain(|queued| !members.contains(&queued.id));
        }
        division
    }

    /// The next batch: of the most urgent requests, or of the most urgent ones that pay alone if those do not pay together.
    fn batch(&self, queued: &[Queued]) -> Option<(usize, Vec<JobId>)> {
        let paying: Vec<_> = queued.iter().copied().filter(|queued| queued.pays_alone).collect();
        [queued, &paying].into_iter().find_map(|queued| {
            let Choice { size, count, gas } = self.tariff.choose(queued.len())?;
            let members = queued.get(..count)?;
            let earns = members.iter().fold(0_u128, |sum, queued| sum.saturating_add(queued.earns));
            (earns >= (self.costs)(gas)).then(|| (size, members.iter().map(|queued| queued.id).collect()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BatchGas;

    const ALONE: u64 = 600_000;
    /// What a full batch of 8 takes for an answer.
    const TOGETHER: u64 = (9 * (700_000 + 8 * 20_000_u64)).div_ceil(64);

    fn tariff() -> Tariff {
        let batch = |size, shared| BatchGas::without_floor(size, shared, 20_000);
        Tariff { alone: ALONE, batches: vec![batch(2, 640_000), batch(8, 700_000)] }
    }

    /// Requests that earn so much, numbered from 0. Gas costs one wei.
    fn queue(earnings: &[u64]) -> Vec<Queued> {
        let each = earnings.iter().enumerate();
        each.map(|(index, earns)| Queued {
            id: [index as u8; 32],
            earns: u128::from(*earns),
            pays_alone: *earns >= ALONE,
        })
        .collect()
    }

    fn divide(earnings: &[u64], is_due: bool, most: usize) -> (Vec<u8>, Vec<(usize, Vec<u8>)>) {
        let tariff = tariff();
        let terms = Terms { tariff: &tariff, costs: u128::from, most, is_due };
        let Division { alone, groups } = terms.divide(&queue(earnings));
        let number = |ids: Vec<JobId>| ids.into_iter().map(|id| id[0]).collect::<Vec<_>>();
        (number(alone), groups.into_iter().map(|group| (group.size, number(group.ids))).collect())
    }

    #[test]
    fn requests_wait_for_a_full_batch_until_they_are_due() {
        assert_eq!(divide(&[ALONE; 7], false, 1), (vec![], vec![]));
        assert_eq!(divide(&[ALONE; 7], true, 1), (vec![], vec![(8, (0..7).collect())]));
        assert_eq!(divide(&[ALONE; 8], false, 1), (vec![], vec![(8, (0..8).collect())]));
        assert_eq!(divide(&[], true, 1), (vec![], vec![]));
    }

    #[test]
    fn what_is_left_is_batched_again_or_goes_alone() {
        assert_eq!(divide(&[ALONE; 11], true, 1), (vec![], vec![(8, (0..8).collect())]));
        assert_eq!(divide(&[ALONE; 11], true, 3), (vec![], vec![(8, (0..8).collect()), (8, vec![8, 9, 10])]));
        assert_eq!(divide(&[ALONE; 9], true, 3), (vec![8], vec![(8, (0..8).collect())]));
        assert_eq!(divide(&[ALONE; 9], false, 3), (vec![], vec![(8, (0..8).collect())]));
        assert_eq!(divide(&[ALONE], true, 1), (vec![0], vec![]));
    }

    #[test]
    fn a_batch_pays_with_the_requests_that_are_in_it() {
        assert_eq!(divide(&[TOGETHER; 8], true, 1), (vec![], vec![(8, (0..8).collect())]));
        // Seven of them would cost more than they earn, and none of them pays alone.
        assert_eq!(divide(&[TOGETHER; 7], true, 1), (vec![], vec![]));
        // Those that pay alone are not kept waiting.
        let earnings = [TOGETHER, ALONE, TOGETHER, ALONE];
        let poor = [1, ALONE, 1, 1, ALONE, 1, 1];
        assert_eq!(divide(&earnings, true, 1), (vec![], vec![(8, (0..4).collect())]));
        assert_eq!(divide(&[1, ALONE, 1, 1, 1, 1], true, 1), (vec![1], vec![]));
        assert_eq!(divide(&poor, true, 1).1, [(8, (0..7).collect())]);
        assert_eq!(divide(&[1, 1, 1, 1, 1, 1, 1, 1, ALONE, ALONE], true, 1), (vec![], vec![(2, vec![8, 9])]));
    }
}
