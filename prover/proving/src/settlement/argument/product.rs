//! The permutation argument's product (Gabizon, Williamson and Ciobotaru, PLONK, ePrint 2019/953, section 5).

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::settlement::{roots::column_names, table::VALUES};
use rand::CryptoRng;
use rayon::prelude::*;

use super::key::ArgumentKey;
use crate::random::random_scalar;

/// Below this many rows the work of a thread is not worth its start.
const PARALLEL: usize = 1 << 9;

/// The challenges of the permutation argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct PermutationChallenges {
    pub(super) beta: Fr,
    pub(super) gamma: Fr,
}

/// `z_0 = 1` and, with v for the values, s for the names of cells and t for the names of what they are copies of,
///
/// ```text
/// z_(i+1) = z_i product over columns of (v_i + beta s_i + gamma) / (v_i + beta t_i + gamma)
/// ```
///
/// up to the last row; the rows after it are random.
pub(super) fn permutation_product(
    key: &ArgumentKey,
    values: &[Vec<Fr>; VALUES],
    challenges: PermutationChallenges,
    rng: &mut impl CryptoRng,
) -> Vec<Fr> {
    let PermutationChallenges { beta, gamma } = challenges;
    let (domain, names) = (&key.domain, column_names());
    let last = domain.last_row();
    let denominator = |row: usize| -> Fr {
        values.iter().zip(&key.images).map(|(values, images)| values[row] + beta * images.values[row] + gamma).product()
    };
    let numerator = |row: usize| -> Fr {
        let scaled = beta * domain.points[row];
        values.iter().zip(&names).map(|(values, name)| values[row] + scaled * name + gamma).product()
    };
    let mut factors: Vec<Fr> = (0..last).into_par_iter().with_min_len(PARALLEL).map(denominator).collect();
    // A denominator is zero with probability 3 n / r, and then no proof can be made.
    factors.par_chunks_mut(PARALLEL).for_each(ark_ff::fields::batch_inversion);
    factors.par_iter_mut().enumerate().with_min_len(PARALLEL).for_each(|(row, factor)| *factor *= numerator(row));
    let mut product = Vec::with_capacity(domain.rows());
    let mut running = Fr::ONE;
    product.push(running);
    product.extend(factors.iter().map(|factor| {
        running *= factor;
        running
    }));
    product.resize_with(domain.rows(), || random_scalar(rng));
    debug_assert!(product[last] != Fr::ZERO, "a denominator was zero");
    product
}
