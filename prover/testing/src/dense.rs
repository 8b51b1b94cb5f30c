//! Polynomials by all of their coefficients, lowest first, and the parts of an opening by their definitions.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

pub fn evaluate(polynomial: &[Fr], x: Fr) -> Fr {
    polynomial.iter().rev().fold(Fr::ZERO, |value, coefficient| value * x + coefficient)
}

pub fn dot(left: &[Fr], right: &[Fr]) -> Fr {
    left.iter().zip(right).map(|(x, y)| *x * y).sum()
}

/// The quotient by `X^count - root`.
pub fn divide(polynomial: &[Fr], root: Fr, count: usize) -> Vec<Fr> {
    let mut quotient = vec![Fr::ZERO; polynomial.len()];
    for index in (count..polynomial.len()).rev() {
        quotient[index - count] = polynomial[index] + root * quotient[index];
    }
    quotient
}

/// The quotient by the product of `X - root`.
pub fn divide_by(polynomial: &[Fr], roots: &[Fr]) -> Vec<Fr> {
    roots.iter().fold(polynomial.to_vec(), |quotient, root| divide(&quotient, *root, 1))
}

/// `sum of factor * polynomial`.
pub fn combine(parts: &[(Fr, &[Fr])]) -> Vec<Fr> {
    let mut sum = vec![Fr::ZERO; parts.iter().map(|part| part.1.len()).max().unwrap()];
    for (factor, polynomial) in parts {
        sum.iter_mut().zip(*polynomial).for_each(|(sum, coefficient)| *sum += *factor * coefficient);
    }
    sum
}

/// Every product of a coefficient of the fold with one of the other side, by the distance of their powers.
pub fn cross_terms(fold: &[Fr], high: &[Fr]) -> Vec<Fr> {
    let mut terms = vec![Fr::ZERO; fold.len().max(high.len())];
    for (i, left) in fold.iter().enumerate().filter(|(_, left)| **left != Fr::ZERO) {
        for (j, right) in high.iter().enumerate().filter(|(j, _)| *j != i) {
            terms[i.abs_diff(j) - 1] += *left * right;
        }
    }
    terms
}

/// The rank of the span of vectors, by Gaussian elimination as they come.
pub fn rank(columns: impl IntoIterator<Item = Vec<Fr>>) -> usize {
    let mut basis: Vec<(usize, Vec<Fr>)> = Vec::new();
    for mut column in columns {
        for (pivot, vector) in &basis {
            let factor = column[*pivot];
            if factor != Fr::ZERO {
                column.iter_mut().zip(vector).for_each(|(entry, other)| *entry -= factor * other);
            }
        }
        let Some(pivot) = column.iter().position(|entry| *entry != Fr::ZERO) else { continue };
        let inverse = column[pivot].inverse().unwrap();
        column.iter_mut().for_each(|entry| *entry *= inverse);
        basis.push((pivot, column));
    }
    basis.len()
}
