//! The prover of the opening. Its equations are in [`hallmark_circuits::verifier::opening`].

use ark_bn254::{Fr, G1Affine};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{arithmetic::Native, channel::Sender, commitments::Commitments, verifier::opening::Nodes};
use rayon::prelude::*;

use super::{ProveError, polynomial::PARALLEL};
use crate::msm::msm;

/// Opens the combined polynomial, given by its coefficients, at a point of the rows' variables.
///
/// Fills in the opening's part of the commitments.
pub fn prove(
    channel: &mut Sender,
    bases: &[G1Affine],
    combined: Vec<Fr>,
    point: &[Fr],
    commitments: &mut Commitments,
) -> Result<(), ProveError> {
    let polynomials = fold_all(combined, point);
    let folds: Vec<_> = polynomials[1..].iter().map(|polynomial| msm(bases, polynomial)).collect();
    commitments.folds = CurveGroup::normalize_batch(&folds);
    channel.seal(commitments.seal_folds());

    let u = channel.challenge();
    let mut values = [Vec::new(), Vec::new()];
    for polynomial in &polynomials {
        let pair = evaluate_both(polynomial, u);
        channel.send(&pair);
        values[0].push(pair[0]);
        values[1].push(pair[1]);
    }
    let square = u * u;
    channel.send(&[evaluate(&polynomials[0], square)]);

    let q = channel.challenge();
    let batch = batch(&polynomials, q);
    let nodes = Nodes::new(&mut Native, &u).map_err(|_| ProveError::Unlucky)?;
    let quotient = [u, -u, square].iter().fold(batch.clone(), |quotient, root| divide(quotient, *root));
    commitments.quotient = msm(bases, &quotient).into_affine();
    channel.seal(commitments.seal_quotient());

    let zeta = channel.challenge();
    let at_nodes = [u, -u, square].map(|node| evaluate(&batch, node));
    let constant = nodes.interpolate(&mut Native, &at_nodes, &zeta);
    let vanishing = nodes.vanishing(&mut Native, &zeta);
    let mut last = batch;
    last.par_iter_mut().zip(quotient.par_iter()).with_min_len(PARALLEL).for_each(|(last, q)| *last -= vanishing * q);
    last[0] -= constant;
    commitments.last = msm(bases, &divide(last, zeta)).into_affine();
    Ok(())
}

/// The polynomial and its folds, but for the last, which is the value.
fn fold_all(combined: Vec<Fr>, point: &[Fr]) -> Vec<Vec<Fr>> {
    let mut polynomials = vec![combined];
    for s in point {
        let last = &polynomials[polynomials.len() - 1];
        polynomials.push(fold(last, *s));
    }
    polynomials
}

fn fold(coefficients: &[Fr], s: Fr) -> Vec<Fr> {
    coefficients
        .par_chunks(2)
        .with_min_len(PARALLEL)
        .map(|pair| pair[0] + s * (pair.get(1).copied().unwrap_or_default() - pair[0]))
        .collect()
}

/// The values at `u` and `-u`.
fn evaluate_both(coefficients: &[Fr], u: Fr) -> [Fr; 2] {
    let square = u * u;
    let half = |skip: usize| {
        let (mut sum, mut power) = (Fr::ZERO, Fr::ONE);
        for coefficient in coefficients.iter().skip(skip).step_by(2) {
            sum += power * coefficient;
            power *= square;
        }
        sum
    };
    let (even, odd) = rayon::join(|| half(0), || half(1) * u);
    [even + odd, even - odd]
}

/// The value at `x`, by Horner's rule.
fn evaluate(coefficients: &[Fr], x: Fr) -> Fr {
    coefficients.iter().rev().fold(Fr::ZERO, |value, coefficient| value * x + coefficient)
}

/// `sum over i of q^i P_i`.
fn batch(polynomials: &[Vec<Fr>], q: Fr) -> Vec<Fr> {
    let mut sum = polynomials[0].clone();
    let mut power = q;
    for polynomial in &polynomials[1..] {
        sum.par_iter_mut()
            .zip(polynomial.par_iter())
            .with_min_len(PARALLEL)
            .for_each(|(sum, coefficient)| *sum += power * coefficient);
        power *= q;
    }
    sum
}

/// The quotient by `X - root`, without the remainder.
fn divide(mut coefficients: Vec<Fr>, root: Fr) -> Vec<Fr> {
    let mut carry = Fr::ZERO;
    for coefficient in coefficients.iter_mut().rev() {
        let next = *coefficient + carry * root;
        *coefficient = carry;
        carry = next;
    }
    coefficients.pop();
    coefficients
}
