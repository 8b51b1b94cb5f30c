//! The rows as roots of unity, and polynomials of as many coefficients.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{arithmetic::Native, multilinear::powers, settlement::key::BLINDING_ROWS};
use rayon::prelude::*;

use super::{
    fft::transform,
    rows::{Products, evaluate_rows},
};

/// The roots of unity of an order that is a power of two and at least two.
#[derive(Clone, Debug)]
pub(in crate::settlement) struct Domain {
    /// omega^i for each row i.
    pub(super) points: Vec<Fr>,
    /// omega^(-i) for half of the rows.
    inverses: Vec<Fr>,
    /// 1/n
    scale: Fr,
}

impl Domain {
    /// The powers of a primitive root of unity of order `rows`.
    pub(super) fn new(root: Fr, rows: usize) -> Self {
        // A root of unity has an inverse, and so has a power of two.
        let inverse = |value: Fr| value.inverse().unwrap_or_default();
        Self {
            points: powers(&mut Native, root, rows),
            inverses: powers(&mut Native, inverse(root), rows / 2),
            scale: inverse((rows as u64).into()),
        }
    }

    /// n
    pub(super) fn rows(&self) -> usize {
        self.points.len()
    }

    /// omega
    pub(super) fn root(&self) -> Fr {
        self.points[1]
    }

    /// The row before the random ones, where the product of the permutation ends.
    pub(super) fn last_row(&self) -> usize {
        self.rows() - BLINDING_ROWS
    }

    /// The values of a column whose other rows are zero.
    pub(super) fn pad(&self, values: &[Fr]) -> Vec<Fr> {
        let mut column = values.to_vec();
        column.resize(self.rows(), Fr::ZERO);
        column
    }

    /// The coefficients of the polynomial with these values in the rows.
    pub(super) fn interpolate(&self, values: &[Fr]) -> Vec<Fr> {
        let mut coefficients = values.to_vec();
        transform(&mut coefficients, &self.inverses);
        coefficients.iter_mut().for_each(|coefficient| *coefficient *= self.scale);
        coefficients
    }

    /// The values of a polynomial at `shift * omega^i`, given the powers of the shift.
    pub(super) fn extend(&self, coefficients: &[Fr], shifts: &[Fr]) -> Vec<Fr> {
        let mut values = evaluate_rows(&Products(coefficients, shifts), self.rows());
        transform(&mut values, &self.points[..self.rows() / 2]);
        values
    }

    /// The values of the rows' Lagrange polynomials at a point that is no root of unity: of the first one at
    /// `shift * omega^i`. That of row k is at place i what the first is at place i - k.
    ///
    /// ```text
    /// L_0(X) = (X^n - 1) / (n (X - 1))
    /// ```
    pub(super) fn first_lagrange(&self, shift: Fr) -> Vec<Fr> {
        let vanishing = (shift.pow([self.rows() as u64]) - Fr::ONE) * self.scale;
        let mut values: Vec<Fr> = self.points.iter().map(|point| shift * point - Fr::ONE).collect();
        ark_ff::fields::batch_inversion_and_mul(&mut values, &vanishing);
        values
    }
}

/// A column: its values in the rows, and the coefficients of the polynomial through them.
#[derive(Clone, Debug)]
pub(in crate::settlement) struct Column {
    pub(in crate::settlement) values: Vec<Fr>,
    pub(super) coefficients: Vec<Fr>,
}

impl Column {
    pub(super) fn all<const N: usize>(domain: &Domain, columns: [Vec<Fr>; N]) -> [Self; N] {
        let coefficients: Vec<Vec<Fr>> = columns.par_iter().map(|values| domain.interpolate(values)).collect();
        let mut coefficients = coefficients.into_iter();
        columns.map(|values| Self { values, coefficients: coefficients.next().unwrap_or_default() })
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::FftField;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;
    use crate::univariate::evaluate;

    #[test]
    fn columns_extend_to_cosets_and_the_first_lagrange_polynomial_is_one_of_them() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let rows = 16;
        let domain = Domain::new(Fr::get_root_of_unity(rows as u64).unwrap(), rows);
        let values: Vec<Fr> = (0..rows).map(|_| random_scalar(&mut rng)).collect();
        let coefficients = domain.interpolate(&values);
        let naive = |coefficients: &[Fr], shift: Fr| -> Vec<Fr> {
            domain.points.iter().map(|point| evaluate(coefficients, shift * point)).collect()
        };
        assert_eq!(naive(&coefficients, Fr::ONE), values);
        let shift = random_scalar(&mut rng);
        let shifts: Vec<Fr> = (0..rows as u64).map(|power| shift.pow([power])).collect();
        assert_eq!(domain.extend(&coefficients, &shifts), naive(&coefficients, shift));
        let first = domain.interpolate(&domain.pad(&[Fr::ONE]));
        assert_eq!(domain.first_lagrange(shift), naive(&first, shift));
    }
}
