//! Sums of a formula over pairs of values: the work of a round of the main sumcheck.
//!
//! Two values that differ in the lowest variable lie on a line. The formula is evaluated at some points of the lines of all
//! columns. Processors that can do so take eight pairs at once.

use std::marker::PhantomData;

use ark_bn254::{Fr, FrConfig};
use ark_ff::AdditiveGroup;
use hallmark_circuits::arithmetic::Scalar;
use hallmark_lanes::{LANES, Lanes, Packed, Task};

use super::polynomial::sum_ranges;

/// The values in as many pairs as are taken at once.
const TAKEN: usize = 2 * LANES;

/// A formula over the values of `C` columns, in any arithmetic.
pub(super) trait Formula<const C: usize> {
    /// Evaluates it. Mark this `#[inline(always)]`, as [`Task`] asks.
    fn eval<S: Scalar>(values: [S; C]) -> S;
}

/// Adds up a formula over all pairs of values of the columns: at 0, and at the `N - 1` points from `SECOND` on.
pub(super) fn sum_pairs<F: Formula<C>, const N: usize, const SECOND: usize, const C: usize>(
    columns: [&[Fr]; C],
) -> [Fr; N] {
    let lanes = Lanes::detect();
    sum_ranges(columns[0].len() / 2, |range| {
        let columns = columns.map(|column| &column[2 * range.start..2 * range.end]);
        match lanes {
            Some(lanes) => lanes.run(Sums::<F, N, SECOND, C> { columns, formula: PhantomData }),
            None => sum_one_by_one::<F, N, SECOND, C>(columns),
        }
    })
}

fn sum_one_by_one<F: Formula<C>, const N: usize, const SECOND: usize, const C: usize>(columns: [&[Fr]; C]) -> [Fr; N] {
    let mut sums = [Fr::ZERO; N];
    for index in 0..columns[0].len() / 2 {
        let [low, high] = [0, 1].map(|parity| columns.map(|column| column[2 * index + parity]));
        add_line::<F, _, N, SECOND, C>(&mut sums, low, high);
    }
    sums
}

/// Adds the formula's values on the lines through two values of each column.
#[inline(always)]
fn add_line<F: Formula<C>, S: Scalar, const N: usize, const SECOND: usize, const C: usize>(
    sums: &mut [S; N],
    low: [S; C],
    high: [S; C],
) {
    let mut step = high;
    for (step, low) in step.iter_mut().zip(low) {
        *step = *step - low;
    }
    sums[0] = sums[0] + F::eval(low);
    let mut at = if SECOND == 1 { low } else { high };
    for sum in &mut sums[1..] {
        for (at, step) in at.iter_mut().zip(step) {
            *at = *at + step;
        }
        *sum = *sum + F::eval(at);
    }
}

/// The sums of some pairs, eight at once.
struct Sums<'c, F, const N: usize, const SECOND: usize, const C: usize> {
    columns: [&'c [Fr]; C],
    formula: PhantomData<F>,
}

impl<F: Formula<C>, const N: usize, const SECOND: usize, const C: usize> Task for Sums<'_, F, N, SECOND, C> {
    type Output = [Fr; N];

    #[inline(always)]
    fn run(self, lanes: Lanes) -> [Fr; N] {
        let mut chunks = self.columns.map(|column| column.as_chunks::<TAKEN>().0.iter());
        let mut sums = [Packed::<FrConfig>::zero(lanes); N];
        // All columns are equally long.
        for _ in 0..chunks[0].len() {
            let mut low = [Packed::zero(lanes); C];
            let mut high = low;
            for ((low, high), pairs) in low.iter_mut().zip(&mut high).zip(chunks.iter_mut().flat_map(Iterator::next)) {
                [*low, *high] = Packed::load_pairs(lanes, pairs);
            }
            add_line::<F, _, N, SECOND, C>(&mut sums, low, high);
        }
        let mut rest = sum_one_by_one::<F, N, SECOND, C>(self.columns.map(|column| column.as_chunks::<TAKEN>().1));
        for (rest, sum) in rest.iter_mut().zip(sums) {
            *rest += sum.sum();
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    struct Mixed;

    impl Formula<3> for Mixed {
        #[inline(always)]
        fn eval<S: Scalar>([a, b, c]: [S; 3]) -> S {
            a * b * c - a + c * c
        }
    }

    #[test]
    fn pairs_taken_at_once_are_those_taken_one_by_one() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for length in [2, 14, 16, 18, 64, 1 << 13] {
            let columns: [Vec<Fr>; 3] = std::array::from_fn(|_| (0..length).map(|_| random_scalar(&mut rng)).collect());
            let columns = columns.each_ref().map(Vec::as_slice);
            assert_eq!(sum_pairs::<Mixed, 4, 1, 3>(columns), sum_one_by_one::<Mixed, 4, 1, 3>(columns));
            assert_eq!(sum_pairs::<Mixed, 4, 2, 3>(columns), sum_one_by_one::<Mixed, 4, 2, 3>(columns));
        }
    }
}
