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
