//! One window: points are sorted into buckets by their digit's magnitude, each bucket is summed, and the sums are
//! weighted.

use ark_bn254::{Fq, G1Affine, G1Projective};
use ark_ec::{AffineRepr, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field};

/// Additions that share an inversion: an inversion costs about 300 multiplications, while a batch still fits the
/// second-level cache.
const BATCH: usize = 1024;

/// From this many buckets on they are weighed as a matrix.
const MATRIX: usize = 32;

/// Projective sums with cheap additions of affine points.
type Accumulator = <G1Projective as VariableBaseMSM>::Bucket;

/// `sum_i digit(i) * bases[i]`, where |digit(i)| <= buckets.
pub(super) fn window_sum(bases: &[G1Affine], buckets: usize, digit: impl Fn(usize) -> i32) -> G1Projective {
    let (order, mut runs) = sort(bases.len(), buckets, digit);
    let signed = |&(index, negative): &(u32, bool)| {
        let base = bases[index as usize];
        if negative { -base } else { base }
    };
    let mut points = sum_pairs(&mut runs, |position| signed(&order[position]));
    while runs.iter().any(|run| *run > 1) {
        points = sum_pairs(&mut runs, |position| points[position]);
    }
    weigh(&points, &runs)
}

/// The sum of the bases of each group that has a member (index, group).
pub(super) fn group_sums(bases: &[G1Affine], members: &[(u32, u32)], groups: usize) -> Vec<(usize, G1Affine)> {
    let (order, mut runs) = sort(members.len(), groups, |member| members[member].1 as i32 + 1);
    let base = |position: usize| bases[members[order[position].0 as usize].0 as usize];
    let mut points = sum_pairs(&mut runs, base);
    while runs.iter().any(|run| *run > 1) {
        points = sum_pairs(&mut runs, |position| points[position]);
    }
    let used = runs.iter().enumerate().filter(|(_, run)| **run > 0).map(|(group, _)| group);
    used.zip(points).collect()
}

/// Counting sort by magnitude: the indices whose digit is not zero, with its sign, and the number of them in each
/// bucket.
fn sort(count: usize, buckets: usize, digit: impl Fn(usize) -> i32) -> (Vec<(u32, bool)>, Vec<usize>) {
    let mut runs = vec![0; buckets];
    for digit in (0..count).map(&digit).filter(|digit| *digit != 0) {
        runs[bucket(digit)] += 1;
    }
    let mut ends: Vec<usize> = runs.iter().scan(0, |end, run| Some(std::mem::replace(end, *end + run))).collect();
    let mut order = vec![(0, false); runs.iter().sum()];
    for (index, digit) in (0..count).map(|index| (index, digit(index))).filter(|(_, digit)| *digit != 0) {
        let end = &mut ends[bucket(digit)];
        order[*end] = (index as u32, digit < 0);
        *end += 1;
    }
    (order, runs)
}

fn bucket(digit: i32) -> usize {
    digit.unsigned_abs() as usize - 1
}

/// Halves every run of consecutive points by adding neighbours.
fn sum_pairs(runs: &mut [usize], point: impl Fn(usize) -> G1Affine) -> Vec<G1Affine> {
    let mut sums = Vec::with_capacity(runs.iter().map(|run| run.div_ceil(2)).sum());
    let mut batch = Batch::default();
    let mut position = 0;
    for run in runs {
        let end = position + *run;
        while position + 1 < end {
            batch.push(&mut sums, point(position), point(position + 1));
            position += 2;
        }
        if position < end {
            sums.push(point(position));
            position += 1;
        }
        *run = run.div_ceil(2);
    }
    batch.flush(&mut sums);
    sums
}

/// sum_k k * points of bucket k, for buckets of one point or none, of which the first has weight one.
///
/// Many buckets are laid out as a matrix of weights `k = 2^h row + column`. Rows and columns are summed in affine coordinates,
/// which costs half of what the running sums do that are left for one row and one column of sums.
fn weigh(points: &[G1Affine], runs: &[usize]) -> G1Projective {
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
    let mut columns_and_rows = group_sums(points, &members, groups);
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

/// Additions to come, whose results have their places.
#[derive(Default)]
struct Batch {
    additions: Vec<Addition>,
}

/// left + right by the line of slope numerator / denominator.
struct Addition {
    place: usize,
    left: G1Affine,
    right_x: Fq,
    numerator: Fq,
    denominator: Fq,
    /// The product of the denominators before this one.
    product: Fq,
}

impl Batch {
    /// Appends left + right to `sums`, now or when the batch is flushed.
    fn push(&mut self, sums: &mut Vec<G1Affine>, left: G1Affine, right: G1Affine) {
        match slope(&left, &right) {
            Ok((numerator, denominator)) => {
                let product = self.additions.last().map_or(Fq::ONE, |last| last.product * last.denominator);
                let (place, right_x) = (sums.len(), right.x);
                self.additions.push(Addition { place, left, right_x, numerator, denominator, product });
                sums.push(left);
            }
            Err(sum) => sums.push(sum),
        }
        if self.additions.len() == BATCH {
            self.flush(sums);
        }
    }

    /// Montgomery's trick: the inverse of the product gives the inverse of each factor, from the last.
    fn flush(&mut self, sums: &mut [G1Affine]) {
        let product = self.additions.last().map_or(Fq::ONE, |last| last.product * last.denominator);
        // No denominator is zero: the product has an inverse.
        let mut inverse = product.inverse().unwrap_or_default();
        for addition in self.additions.drain(..).rev() {
            sums[addition.place] = addition.finish(inverse * addition.product);
            inverse *= addition.denominator;
        }
    }
}

impl Addition {
    fn finish(&self, inverse: Fq) -> G1Affine {
        let slope = self.numerator * inverse;
        let x = slope.square() - self.left.x - self.right_x;
        G1Affine::new_unchecked(x, slope * (self.left.x - x) - self.left.y)
    }
}

/// The slope of the line through the points, as a fraction; or their sum, where there is no such line.
fn slope(left: &G1Affine, right: &G1Affine) -> Result<(Fq, Fq), G1Affine> {
    if left.is_zero() {
        return Err(*right);
    }
    if right.is_zero() {
        return Err(*left);
    }
    if left.x != right.x {
        return Ok((right.y - left.y, right.x - left.x));
    }
    // The group's order is odd, so that y is not zero.
    if left.y == right.y {
        let square = left.x.square();
        return Ok((square.double() + square, left.y.double()));
    }
    Err(G1Affine::identity())
}
