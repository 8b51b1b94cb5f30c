//! Multilinear polynomials by their values, little-endian, as the prover of a sumcheck binds them.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use rayon::prelude::*;

/// Below this many values the work of a thread is not worth its start.
pub const PARALLEL: usize = 1 << 12;

/// Binds the lowest variable: `f(x, rest) = f(0, rest) + x (f(1, rest) - f(0, rest))`.
pub fn bind(values: &mut Vec<Fr>, x: &Fr) {
    if values.len() < PARALLEL {
        for index in 0..values.len() / 2 {
            values[index] = interpolate(&values[2 * index..2 * index + 2], x);
        }
        values.truncate(values.len() / 2);
    } else {
        *values = values.par_chunks_exact(2).with_min_len(PARALLEL / 2).map(|pair| interpolate(pair, x)).collect();
    }
}

fn interpolate(pair: &[Fr], x: &Fr) -> Fr {
    pair[0] + *x * (pair[1] - pair[0])
}

/// `eq(point, index)` for every index, in parallel where there are many.
#[must_use]
pub fn equality_table(point: &[Fr]) -> Vec<Fr> {
    let mut table = vec![Fr::ZERO; 1 << point.len()];
    table[0] = Fr::ONE;
    for (bit, x) in point.iter().enumerate() {
        let (low, high) = table[..2 << bit].split_at_mut(1 << bit);
        low.par_iter_mut().zip(high).with_min_len(PARALLEL).for_each(|(low, high)| {
            *high = *low * x;
            *low -= *high;
        });
    }
    table
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
