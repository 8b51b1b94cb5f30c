//! The prover of the merging sumcheck. Its equation is in [`hallmark_circuits::verifier::merge`].

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    channel::Sender,
    relations::{
        access::{Source, expand_axis},
        plan::TermPlan,
    },
};
use rayon::prelude::*;

use super::{
    polynomial::{PARALLEL, bind, sum_ranges},
    small::to_field,
};

/// A functional times a polynomial, over some of the variables.
pub struct Pairing {
    functional: Vec<Fr>,
    polynomial: Vec<Fr>,
    extension: Fr,
}

impl Pairing {
    /// A functional and a polynomial of as many values.
    #[must_use]
    pub fn new(functional: Vec<Fr>, polynomial: Vec<Fr>) -> Self {
        Self { functional, polynomial, extension: Fr::ONE }
    }

    /// A functional and a polynomial with small values.
    #[must_use]
    pub fn with_small(functional: Vec<Fr>, polynomial: &[i64]) -> Self {
        let polynomial = polynomial.par_iter().with_min_len(PARALLEL).map(|&value| to_field(value)).collect();
        Self::new(functional, polynomial)
    }

    /// The value of the polynomial, when all variables are bound.
    #[must_use]
    pub fn value(&self) -> Fr {
        self.polynomial[0]
    }

    /// The constant and the quadratic coefficient of the round polynomial.
    fn round(&self) -> [Fr; 2] {
        let (left, right) = (&self.functional, &self.polynomial);
        if left.len() == 1 {
            return [left[0] * right[0] * self.extension, Fr::ZERO];
        }
        sum_ranges(left.len() / 2, |range| {
            let (mut constant, mut quadratic) = (Fr::ZERO, Fr::ZERO);
            for index in 2 * range.start..2 * range.end {
                if index % 2 == 0 {
                    constant += left[index] * right[index];
                } else {
                    quadratic += (left[index] - left[index - 1]) * (right[index] - right[index - 1]);
                }
            }
            [constant, quadratic]
        })
    }

    fn bind(&mut self, x: &Fr) {
        if self.functional.len() == 1 {
            self.extension *= Fr::ONE - x;
        } else {
            bind(&mut self.functional, x);
            bind(&mut self.polynomial, x);
        }
    }
}

/// Runs the sumcheck and returns its point.
pub fn prove(channel: &mut Sender, rounds: usize, mut claim: Fr, pairings: &mut [Pairing]) -> Vec<Fr> {
    let mut point = Vec::new();
    for _ in 0..rounds {
        let [constant, quadratic] = pairings
            .iter()
            .map(Pairing::round)
            .fold([Fr::ZERO; 2], |sum, round| [sum[0] + round[0], sum[1] + round[1]]);
        channel.send(&[constant, quadratic]);
        let x = channel.challenge();
        let linear = claim - constant.double() - quadratic;
        claim = (quadratic * x + linear) * x + constant;
        pairings.iter_mut().for_each(|pairing| pairing.bind(&x));
        point.push(x);
    }
    point
}

/// Adds `factor` times a term's functional to a functional over its source's space.
pub fn add_functional(
    plan: &TermPlan<'_>,
    source: &Source<'_>,
    points: (&[Fr], &[Fr]),
    factor: Fr,
    functional: &mut [Fr],
) {
    let mut axes: Vec<Vec<Fr>> = source
        .access
        .axes
        .iter()
        .zip(source.axes)
        .map(|(map, &size)| expand_axis(&mut Native, plan, (map, size, source.zero_padded), points))
        .collect();
    let inner = axes.pop().unwrap_or_else(|| vec![Fr::ONE]);
    let outer = axes.iter().fold(vec![factor], |outer, axis| {
        outer.iter().flat_map(|weight| axis.iter().map(move |entry| *weight * entry)).collect()
    });
    let block = &mut functional[source.block.offset..source.block.offset + source.block.len()];
    let piece = (PARALLEL / inner.len()).max(1);
    block.par_chunks_mut(piece * inner.len()).zip(outer.par_chunks(piece)).for_each(|(block, outer)| {
        for (row, weight) in block.chunks_mut(inner.len()).zip(outer).filter(|(_, weight)| **weight != Fr::ZERO) {
            for (cell, entry) in row.iter_mut().zip(&inner) {
                *cell += *weight * entry;
            }
        }
    });
}
