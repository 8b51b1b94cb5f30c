//! One window: points are sorted into buckets by their digit's magnitude, each bucket is summed, and the sums are
//! weighted.

use ark_bn254::{G1Affine, G1Projective};
use ark_ec::VariableBaseMSM;
use ark_ff::AdditiveGroup;
use hallmark_lanes::{Lanes, prefetch};

use super::additions::Additions;

/// From this many buckets on they are weighed as a matrix.
const MATRIX: usize = 32;

/// How many points before it is read a point is asked for. A point comes from memory, in the order of the digits.
const AHEAD: usize = 32;

/// Projective sums with cheap additions of affine points.
type Accumulator = <G1Projective as VariableBaseMSM>::Bucket;

/// `sum_i digit(i) * bases[i]`, where |digit(i)| <= buckets.
pub(super) fn window_sum(
    lanes: Option<Lanes>,
    bases: &[G1Affine],
    buckets: usize,
    digit: impl Fn(usize) -> i32,
) -> G1Projective {
    let (order, mut runs) = sort(bases.len(), buckets, digit);
    let points = sum_runs(lanes, &mut runs, |position| {
        if let Some(ahead) = order.get(position + AHEAD) {
            // A point is longer than a line of the cache.
            let ahead = &bases[ahead.index()];
            prefetch(&ahead.x);
            prefetch(&ahead.y.0.0[3]);
        }
        order[position].of(bases)
    });
    weigh(lanes, &points, &runs)
}

/// The sum of the bases of each group that has a member (index, group).
pub(super) fn group_sums(
    lanes: Option<Lanes>,
    bases: &[G1Affine],
    members: &[(u32, u32)],
    groups: usize,
) -> Vec<(usize, G1Affine)> {
    let (order, mut runs) = sort(members.len(), groups, |member| members[member].1 as i32 + 1);
    let base = |position: usize| bases[members[order[position].index()].0 as usize];
    let points = sum_runs(lanes, &mut runs, base);
    let used = runs.iter().enumerate().filter(|(_, run)| **run > 0).map(|(group, _)| group);
    used.zip(points).collect()
}

/// The index of a base, and whether it counts negatively: in one word, so that more of them fit a cache.
#[derive(Clone, Copy, Default)]
struct Signed(u32);

impl Signed {
    const NEGATIVE: u32 = 1 << 31;

    const fn new(index: usize, negative: bool) -> Self {
        Self(index as u32 | if negative { Self::NEGATIVE } else { 0 })
    }

    const fn index(self) -> usize {
        (self.0 & !Self::NEGATIVE) as usize
    }

    fn of(self, bases: &[G1Affine]) -> G1Affine {
        let base = bases[self.index()];
        if self.0 & Self::NEGATIVE == 0 { base } else { -base }
    }
}

/// Counting sort by magnitude: the indices whose digit is not zero, with its sign, and the number of them in each
/// bucket.
fn sort(count: usize, buckets: usize, digit: impl Fn(usize) -> i32) -> (Vec<Signed>, Vec<usize>) {
    let mut runs = vec![0; buckets];
    for digit in (0..count).map(&digit).filter(|digit| *digit != 0) {
        runs[bucket(digit)] += 1;
    }
    let mut ends: Vec<usize> = runs.iter().scan(0, |end, run| Some(std::mem::replace(end, *end + run))).collect();
    let mut order = vec![Signed::default(); runs.iter().sum()];
    for (index, digit) in (0..count).map(|index| (index, digit(index))).filter(|(_, digit)| *digit != 0) {
        let end = &mut ends[bucket(digit)];
        order[*end] = Signed::new(index, digit < 0);
        *end += 1;
    }
    (order, runs)
}

fn bucket(digit: i32) -> usize {
    digit.unsigned_abs() as usize - 1
}

/// The sums of the runs of points, of which there are as many as the runs say. Runs become one, or stay none.
fn sum_runs(lanes: Option<Lanes>, runs: &mut [usize], point: impl Fn(usize) -> G1Affine) -> Vec<G1Affine> {
    let mut sums = vec![G1Affine::identity(); runs.iter().map(|run| run.div_ceil(2)).sum()];
    sum_pairs(lanes, runs, &mut sums, |_, position| point(position));
    while runs.iter().any(|run| *run > 1) {
        // A sum takes a place that was read before.
        let count = sum_pairs(lanes, runs, &mut sums, |sums, position| sums[position]);
        sums.truncate(count);
    }
    sums
}

/// Halves every run of consecutive points by adding neighbours. Returns the number of sums.
fn sum_pairs(
    lanes: Option<Lanes>,
    runs: &mut [usize],
    sums: &mut [G1Affine],
    point: impl Fn(&[G1Affine], usize) -> G1Affine,
) -> usize {
    let mut additions = Additions::with(lanes);
    let (mut position, mut place) = (0, 0);
    for run in runs {
        let end = position + *run;
        while position + 1 < end {
            let (left, right) = (point(sums, position), point(sums, position + 1));
            additions.add(sums, place, left, right);
            (position, place) = (position + 2, place + 1);
        }
        if position < end {
            sums[place] = point(sums, position);
            (position, place) = (position + 1, place + 1);
        }
        *run = run.div_ceil(2);
    }
    additions.flush(sums);
    place
}

/// sum_k k * points of bucket k, for buckets of one point or none, of which the first has weight one.
///
/// Many buckets are laid out as a matrix of weights `k = 2^h row + column`. Rows and columns are summed in affine coordinates,
/// which costs half of what the running sums do that are left for one row and one column of sums.
fn weigh(lanes: Option<Lanes>, points: &[G1Affine], runs: &[usize]) -> G1Projective {
    let used = runs.iter().enumerate().filter(|(_, run)| **run > 0);
    let weighted: Vec<(usize, G1Affine)> = used.map(|(bucket, _)| bucket + 1).zip(points.iter().copied()).collect();
    if runs.len() < MATRIX {
        return weighted_sum(&weighted);
    }
    let half = runs.len().ilog2().div_ceil(2);
    // Groups of columns, then of rows, so that both share inversions.
    let columns = 1 << half;
    let groups = columns + (runs.len() >> half) + 1;
    let members: Vec<(u32, u32)> = (0u32..)
        .zip(&weighted)
        .flat_map(|(index, (weight, _))| {
            [weight & (columns - 1), columns + (weight >> half)].map(|group| (index, group as u32))
        })
        .collect();
    let mut columns_and_rows = group_sums(lanes, points, &members, groups);
    let rows = columns_and_rows.split_off(columns_and_rows.partition_point(|(group, _)| *group < columns));
    let rows: Vec<_> = rows.into_iter().map(|(group, point)| (group - columns, point)).collect();
    (0..half).fold(weighted_sum(&rows), |sum, _| sum.double()) + weighted_sum(&columns_and_rows)
}

/// The sum of weight times point, over weights that grow: the sum of all sums from the top.
fn weighted_sum(points: &[(usize, G1Affine)]) -> G1Projective {
    let (mut running, mut total) = (Accumulator::default(), Accumulator::default());
    let mut above = points.last().map_or(0, |(weight, _)| *weight);
    for (weight, point) in points.iter().rev() {
        (*weight..above).for_each(|_| total += &running);
        running += point;
        above = *weight;
    }
    (0..above).for_each(|_| total += &running);
    total.into()
}
