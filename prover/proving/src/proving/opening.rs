//! The prover of the opening. Its equations are in [`hallmark_circuits::verifier::opening`].
//!
//! Synthetic division leaves a remainder behind, so that no interpolation of opened values is ever subtracted here.

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    channel::{REMAINDER, REMAINDER_BITS, Sender},
    commitments::Commitments,
    layout::Layout,
    message::{Message, Sealed},
    verifier::opening::{Batch, Nodes, shift},
};
use rayon::prelude::*;
use tracing::info_span;

use super::{
    ProveError,
    combine::Combined,
    polynomial::{PARALLEL, map_range},
};
use crate::msm::msm;
use crate::univariate::{add_scaled, divide, evaluate, quotient_by};

/// Opens the combined polynomial at a point of the rows' variables.
///
/// Fills in the opening's part of the commitments.
///
/// # Errors
/// [`ProveError::Unlucky`] if interpolation at the challenges is undefined.
pub fn prove(
    channel: &mut Sender,
    layout: &Layout,
    bases: &[G1Affine],
    combined: Combined,
    point: &[Fr],
    points: &mut Commitments,
) -> Result<(), ProveError> {
    let span = info_span!("fold").entered();
    let (low, high) = point[..layout.row_bits].split_at(REMAINDER_BITS);
    let shifted = combined.shifted();
    let folded = low[1..].iter().fold(fold(&shifted, low[0]), |folded, s| fold(&folded, *s));
    let cross = cross_terms(&folded, high);
    points.opening.fold = [&folded, &cross].map(|polynomial| msm(bases, polynomial).into_affine());
    channel.seal(points.seal(Sealed::Fold));
    drop(span);

    let span = info_span!("divide").entered();
    let alpha = channel.challenge();
    let (quotient, remainder) = divide::<REMAINDER>(shifted, alpha);
    points.opening.division = msm(bases, &quotient).into_affine();
    channel.seal(points.seal(Sealed::Division));
    channel.send(Message::Remainder, &remainder);
    drop(span);

    let span = info_span!("batch").entered();
    let zeta = channel.challenge();
    let nodes = Nodes::new(&mut Native, zeta, alpha).map_err(|_| ProveError::Unlucky)?;
    let evaluations = [evaluate(&folded, zeta), evaluate(&folded, nodes.inverse), evaluate(&cross, zeta)];
    channel.send(Message::FoldEvaluations, &evaluations);
    let mut combined = combined.with_weights(shift(&mut Native, layout, zeta));
    add_scaled(&mut combined, -nodes.divisor(), &quotient);
    drop(quotient);

    let nu = channel.challenge();
    let batched = batched_quotient(&nodes, nu, [&combined, &cross, &folded]);
    points.opening.batch = msm(bases, &batched).into_affine();
    channel.seal(points.seal(Sealed::Batch));
    drop(span);

    let _span = info_span!("last").entered();
    let x = channel.challenge();
    let batch = Batch::new(&nodes, nu, x);
    combined.par_iter_mut().with_min_len(PARALLEL).for_each(|coefficient| *coefficient *= batch.combined);
    add_scaled(&mut combined, batch.cross, &cross);
    add_scaled(&mut combined, batch.fold, &folded);
    add_scaled(&mut combined, -batch.vanishing, &batched);
    points.opening.last = msm(bases, &quotient_by(combined, &[x])).into_affine();
    Ok(())
}

/// Binds the lowest variable. A last coefficient without a partner is the blinding one.
fn fold(coefficients: &[Fr], s: Fr) -> Vec<Fr> {
    coefficients
        .par_chunks(2)
        .with_min_len(PARALLEL)
        .map(|pair| pair[0] + s * (pair.get(1).copied().unwrap_or_default() - pair[0]))
        .collect()
}

/// The polynomial `S` with `h(X) P(1/X) + h(1/X) P(X) = 2 value + X S(X) + S(1/X)/X`, where `P` has the coefficients
/// `eq(s, i)`.
fn cross_terms(folded: &[Fr], s: &[Fr]) -> Vec<Fr> {
    let product = times_equality(folded, s);
    // The coefficient of X^0 in h(X) P(1/X), which is the value.
    let middle = (1 << s.len()) - 1;
    map_range(product.len() - 1 - middle, |k| {
        let below = middle.checked_sub(k + 1).map_or(Fr::ZERO, |index| product[index]);
        product[middle + k + 1] + below
    })
}

/// `h(X) P(1/X) X^(2^n - 1)`, one factor of `P` after the other.
fn times_equality(folded: &[Fr], s: &[Fr]) -> Vec<Fr> {
    let mut product = folded.to_vec();
    for (index, s) in s.iter().enumerate() {
        // (1 - s) X^shift + s
        let shift = 1 << index;
        product = map_range(product.len() + shift, |k| {
            let same = product.get(k).copied().unwrap_or_default();
            let shifted = k.checked_sub(shift).map_or(Fr::ZERO, |k| product[k]);
            shifted + *s * (same - shifted)
        });
    }
    product
}

/// `sum over i of nu^i (F_i - R_i)/Z_i`, of the combined polynomial, the cross terms and the fold.
fn batched_quotient(nodes: &Nodes<Fr>, nu: Fr, [combined, cross, folded]: [&Vec<Fr>; 3]) -> Vec<Fr> {
    let mut sum = quotient_by(combined.clone(), &[nodes.zeta]);
    add_scaled(&mut sum, nu, &quotient_by(cross.clone(), &[nodes.zeta, nodes.inverse]));
    add_scaled(&mut sum, nu.square(), &quotient_by(folded.clone(), &[nodes.zeta, nodes.inverse, nodes.alpha]));
    sum
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::multilinear::{equality_table, inner_product};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    fn scalars(count: usize, rng: &mut ChaCha20Rng) -> Vec<Fr> {
        (0..count).map(|_| random_scalar(rng)).collect()
    }

    #[test]
    fn cross_terms_are_the_naive_ones_and_leave_the_value_out() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for bits in [1, 2, 6] {
            let size = 1usize << bits;
            // A blinding coefficient above the others.
            let (folded, s) = (scalars(size + 1, &mut rng), scalars(bits, &mut rng));
            let table = equality_table(&mut Native, &s, size);
            let mut naive = vec![Fr::ZERO; size];
            for (i, left) in folded.iter().enumerate() {
                for (j, right) in table.iter().enumerate().filter(|(j, _)| i != *j) {
                    naive[i.abs_diff(j) - 1] += *left * right;
                }
            }
            assert_eq!(cross_terms(&folded, &s), naive);
            let value = inner_product(&mut Native, &folded[..size], &table);
            assert_eq!(times_equality(&folded, &s)[size - 1], value);
        }
    }

    #[test]
    fn folding_is_the_multilinear_extension_of_each_block() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let (coefficients, s) = (scalars(33, &mut rng), scalars(3, &mut rng));
        let table = equality_table(&mut Native, &s, 8);
        let naive: Vec<Fr> = coefficients.chunks(8).map(|block| inner_product(&mut Native, block, &table)).collect();
        assert_eq!(s.iter().fold(coefficients, |folded, s| fold(&folded, *s)), naive);
    }
}
