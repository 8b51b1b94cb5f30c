//! Multilinear polynomials by their values, little-endian, as the prover of a sumcheck binds them.

use ark_bn254::{Fr, FrConfig};
use ark_ff::{AdditiveGroup, Field};
use hallmark_lanes::{LANES, Lanes, Packed, Task};
use rayon::prelude::*;

/// Below this many values the work of a thread is not worth its start.
pub const PARALLEL: usize = 1 << 12;

/// Binds the lowest variable: `f(x, rest) = f(0, rest) + x (f(1, rest) - f(0, rest))`.
pub fn bind(values: &mut Vec<Fr>, x: &Fr) {
    let lanes = Lanes::detect();
    let mut bound = vec![Fr::ZERO; values.len() / 2];
    if values.len() < PARALLEL {
        bind_into(lanes, values, x, &mut bound);
    } else {
        let chunks = bound.par_chunks_mut(PARALLEL / 2).zip(values.par_chunks(PARALLEL));
        chunks.for_each(|(bound, values)| bind_into(lanes, values, x, bound));
    }
    *values = bound;
}

/// A multilinear polynomial by its first values. All values after those are `rest`: nothing is computed for them.
#[derive(Clone, Debug)]
pub struct Prefix {
    values: Vec<Fr>,
    rest: Fr,
    bits: usize,
}

impl Prefix {
    /// A polynomial in so many variables.
    #[must_use]
    pub fn new(values: Vec<Fr>, rest: Fr, bits: usize) -> Self {
        let mut prefix = Self { values, rest, bits };
        prefix.pair();
        prefix
    }

    /// The number of variables that are left.
    #[must_use]
    pub const fn bits(&self) -> usize {
        self.bits
    }

    /// The first values: in pairs that differ in the lowest variable, unless no variable is left.
    #[must_use]
    pub fn values(&self) -> &[Fr] {
        &self.values
    }

    /// What all other values are.
    #[must_use]
    pub const fn rest(&self) -> Fr {
        self.rest
    }

    /// The number of other pairs.
    #[must_use]
    pub const fn other_pairs(&self) -> usize {
        ((1 << self.bits) - self.values.len()) / 2
    }

    /// Binds the lowest variable. A constant stays as it is.
    pub fn bind(&mut self, x: &Fr) {
        bind(&mut self.values, x);
        self.bits -= 1;
        self.pair();
    }

    /// The value, when all variables are bound.
    #[must_use]
    pub fn value(&self) -> Fr {
        self.values.first().copied().unwrap_or(self.rest)
    }

    /// Gives the last value its partner.
    fn pair(&mut self) {
        if self.bits > 0 && self.values.len() % 2 == 1 {
            self.values.push(self.rest);
        }
    }
}

fn bind_into(lanes: Option<Lanes>, values: &[Fr], x: &Fr, bound: &mut [Fr]) {
    match lanes {
        Some(lanes) => lanes.run(Binding { values, x, bound }),
        None => bind_one_by_one(values, x, bound),
    }
}

fn bind_one_by_one(values: &[Fr], x: &Fr, bound: &mut [Fr]) {
    for (bound, [low, high]) in bound.iter_mut().zip(values.as_chunks().0) {
        *bound = *low + *x * (*high - low);
    }
}

/// Binding, eight pairs at once.
struct Binding<'v> {
    values: &'v [Fr],
    x: &'v Fr,
    bound: &'v mut [Fr],
}

impl Task for Binding<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, lanes: Lanes) {
        let (pairs, rest) = self.values.as_chunks::<{ 2 * LANES }>();
        let (bound, unbound) = self.bound.as_chunks_mut::<LANES>();
        let x = Packed::<FrConfig>::splat(lanes, self.x);
        for (pairs, bound) in pairs.iter().zip(bound) {
            let [low, high] = Packed::load_pairs(lanes, pairs);
            (low + x * (high - low)).store(bound);
        }
        bind_one_by_one(rest, self.x, unbound);
    }
}

/// `eq(point, index)` for every index, in parallel where there are many.
#[must_use]
pub fn equality_table(point: &[Fr]) -> Vec<Fr> {
    let lanes = Lanes::detect();
    let mut table = vec![Fr::ZERO; 1 << point.len()];
    table[0] = Fr::ONE;
    for (bit, x) in point.iter().enumerate() {
        let (low, high) = table[..2 << bit].split_at_mut(1 << bit);
        low.par_chunks_mut(PARALLEL)
            .zip(high.par_chunks_mut(PARALLEL))
            .for_each(|(low, high)| split_into(lanes, low, high, x));
    }
    table
}

/// `high = low x` and `low = low (1 - x)`.
fn split_into(lanes: Option<Lanes>, low: &mut [Fr], high: &mut [Fr], x: &Fr) {
    match lanes {
        Some(lanes) => lanes.run(Splitting { low, high, x }),
        None => split_one_by_one(low, high, x),
    }
}

fn split_one_by_one(low: &mut [Fr], high: &mut [Fr], x: &Fr) {
    for (low, high) in low.iter_mut().zip(high) {
        *high = *low * x;
        *low -= *high;
    }
}

/// Splitting, eight values at once.
struct Splitting<'v> {
    low: &'v mut [Fr],
    high: &'v mut [Fr],
    x: &'v Fr,
}

impl Task for Splitting<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self, lanes: Lanes) {
        let (lows, rest_of_lows) = self.low.as_chunks_mut::<LANES>();
        let (highs, rest_of_highs) = self.high.as_chunks_mut::<LANES>();
        let x = Packed::<FrConfig>::splat(lanes, self.x);
        for (low, high) in lows.iter_mut().zip(highs) {
            let both = Packed::load(lanes, low);
            let upper = both * x;
            upper.store(high);
            (both - upper).store(low);
        }
        split_one_by_one(rest_of_lows, rest_of_highs, self.x);
    }
}

/// Adds up what `sum` makes of ranges of `0..count`, in parallel where there are many.
pub fn sum_ranges<const N: usize>(count: usize, sum: impl Fn(std::ops::Range<usize>) -> [Fr; N] + Sync) -> [Fr; N] {
    let chunk = (PARALLEL / 4).max(1);
    if count <= chunk {
        return sum(0..count);
    }
    (0..count.div_ceil(chunk))
        .into_par_iter()
        .map(|index| sum(index * chunk..count.min((index + 1) * chunk)))
        .reduce(|| [Fr::ZERO; N], |left, right| std::array::from_fn(|index| left[index] + right[index]))
}

/// `map` of every index below `count`, in parallel where there are many.
pub fn map_range<T: Send>(count: usize, map: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    (0..count).into_par_iter().with_min_len(PARALLEL).map(map).collect()
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::{arithmetic::Native, multilinear};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    /// As many variables as keep to one thread, and as many as do not.
    const VARIABLES: [usize; 4] = [0, 1, 5, 14];

    fn scalars(count: usize, rng: &mut ChaCha20Rng) -> Vec<Fr> {
        (0..count).map(|_| random_scalar(rng)).collect()
    }

    #[test]
    fn binding_all_variables_evaluates() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for variables in VARIABLES {
            let values = scalars(1 << variables, &mut rng);
            let point = scalars(variables, &mut rng);
            let weights = (0..values.len()).map(|index| multilinear::equality_at(&mut Native, &point, index));
            let naive: Fr = values.iter().zip(weights).map(|(value, weight)| *value * weight).sum();
            let mut bound = values.clone();
            point.iter().for_each(|x| bind(&mut bound, x));
            assert_eq!(bound, [naive]);
        }
    }

    #[test]
    fn pairs_bound_at_once_are_those_bound_one_by_one() {
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        let x = random_scalar(&mut rng);
        for length in [2, 14, 16, 18, 64] {
            let values = scalars(length, &mut rng);
            let [mut found, mut expected] = [vec![Fr::ZERO; length / 2], vec![Fr::ZERO; length / 2]];
            bind_into(Lanes::detect(), &values, &x, &mut found);
            bind_into(None, &values, &x, &mut expected);
            assert_eq!(found, expected);
            let [mut lows, mut highs] = [[values.clone(), values.clone()], [values.clone(), values]];
            split_into(Lanes::detect(), &mut lows[0], &mut highs[0], &x);
            split_into(None, &mut lows[1], &mut highs[1], &x);
            assert!(lows[0] == lows[1] && highs[0] == highs[1]);
        }
    }

    #[test]
    fn a_prefix_is_the_polynomial_with_all_of_its_values() {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        for (bits, count) in [(0, 1), (1, 1), (4, 1), (4, 5), (4, 13), (4, 16), (14, 9_001)] {
            let rest = random_scalar(&mut rng);
            let mut whole = scalars(count, &mut rng);
            let mut prefix = Prefix::new(whole.clone(), rest, bits);
            whole.resize(1 << bits, rest);
            for left in (0..bits).rev() {
                let x = random_scalar(&mut rng);
                assert_eq!(2 * prefix.other_pairs() + prefix.values().len(), whole.len());
                assert_eq!(prefix.values(), &whole[..prefix.values().len()]);
                bind(&mut whole, &x);
                prefix.bind(&x);
                assert_eq!(prefix.bits(), left);
            }
            assert_eq!([prefix.value()], *whole);
        }
    }

    #[test]
    fn equality_is_the_naive_one() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for variables in VARIABLES {
            let point = scalars(variables, &mut rng);
            let naive: Vec<Fr> =
                (0..1 << variables).map(|index| multilinear::equality_at(&mut Native, &point, index)).collect();
            assert_eq!(equality_table(&point), naive);
        }
    }

    #[test]
    fn ranges_are_added_up_whole() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for count in [0, 1, PARALLEL / 4, PARALLEL / 4 + 1, 3 * PARALLEL + 7] {
            let values = scalars(count, &mut rng);
            assert_eq!(sum_ranges(count, |range| [values[range].iter().sum()]), [values.iter().sum::<Fr>()]);
            assert_eq!(map_range(count, |index| values[index]), values);
        }
    }
}
