//! The structured reference string as a circuit's prover uses it: powers of tau, and commitments to the Lagrange basis.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use hallmark_circuits::{arithmetic::Native, multilinear::powers, settlement::convert::scalar_from_halo2};
use halo2_proofs::halo2curves::{bn256, ff::PrimeField};
use rayon::prelude::*;
use tracing::info_span;

use super::argument::reverse_bits;

/// What columns are committed with: one power of tau more than there are rows, and the Lagrange basis of the rows.
#[derive(Clone, Debug)]
pub struct Parameters {
    powers: Vec<G1Affine>,
    lagrange: Vec<G1Affine>,
}

impl Parameters {
    /// Transforms powers of tau to the Lagrange basis, which takes seconds.
    pub(super) fn new(powers: &[G1Affine]) -> Self {
        let rows = powers.len() - 1;
        let lagrange = info_span!("lagrange basis").in_scope(|| lagrange_basis(&powers[..rows]));
        Self::from_points(powers, lagrange)
    }

    /// Takes a Lagrange basis as it is.
    pub(super) fn from_points(powers: &[G1Affine], lagrange: Vec<G1Affine>) -> Self {
        Self { powers: powers.to_vec(), lagrange }
    }

    /// The powers of tau.
    pub(super) fn powers(&self) -> &[G1Affine] {
        &self.powers
    }

    /// The commitments to the polynomials that are one in one row and zero in all others.
    pub(super) fn lagrange(&self) -> &[G1Affine] {
        &self.lagrange
    }
}

/// The commitments to the polynomials that are one at one root of unity and zero at all others:
///
/// ```text
/// [L_i] = 1/n sum_j omega^(-ij) [tau^j]
/// ```
///
/// by the fast Fourier transform of Cooley and Tukey, in the group.
fn lagrange_basis(powers: &[G1Affine]) -> Vec<G1Affine> {
    let count = powers.len();
    let log = count.ilog2();
    let mut points: Vec<G1Projective> = powers.iter().map(|point| point.into_group()).collect();
    reverse_bits(&mut points);
    let inverse_roots = inverse_roots(count);
    for half in (0..log).map(|stage| 1 << stage) {
        let stride = count / (2 * half);
        points.par_chunks_mut(2 * half).for_each(|chunk| {
            let (low, high) = chunk.split_at_mut(half);
            low.par_iter_mut().zip(high).enumerate().for_each(|(index, (low, high))| {
                let turned = if index == 0 { *high } else { *high * inverse_roots[index * stride] };
                *high = *low - turned;
                *low += turned;
            });
        });
    }
    let inverse = Fr::from(count as u64).inverse().unwrap_or_default();
    points.par_iter_mut().for_each(|point| *point *= inverse);
    G1Projective::normalize_batch(&points)
}

/// The powers of the inverse of halo2's root of unity of this order.
fn inverse_roots(order: usize) -> Vec<Fr> {
    let mut root = scalar_from_halo2(&bn256::Fr::ROOT_OF_UNITY_INV);
    for _ in order.ilog2()..bn256::Fr::S {
        root.square_in_place();
    }
    powers(&mut Native, root, order)
}
