//! Univariate polynomials by their coefficients, the lowest first.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use rayon::prelude::*;

/// Below this many coefficients the work of a thread is not worth its start.
const PARALLEL: usize = 1 << 12;

/// The quotient by the product of `X - root`, without the remainder.
pub fn quotient_by(coefficients: Vec<Fr>, roots: &[Fr]) -> Vec<Fr> {
    roots.iter().fold(coefficients, |quotient, root| divide::<1>(quotient, *root).0)
}

/// The quotient by `X^N - root` and the remainder, of at least `N` coefficients.
pub fn divide<const N: usize>(mut coefficients: Vec<Fr>, root: Fr) -> (Vec<Fr>, [Fr; N]) {
    for index in (N..coefficients.len()).rev() {
        let carried = root * coefficients[index];
        coefficients[index - N] += carried;
    }
    let mut remainder = [Fr::ZERO; N];
    remainder.iter_mut().zip(coefficients.drain(..N)).for_each(|(to, from)| *to = from);
    (coefficients, remainder)
}

/// The value at `x`, by Horner's rule.
pub fn evaluate(coefficients: &[Fr], x: Fr) -> Fr {
    coefficients.iter().rev().fold(Fr::ZERO, |value, coefficient| value * x + coefficient)
}

/// Adds a multiple of a polynomial that is no longer.
pub fn add_scaled(sum: &mut [Fr], factor: Fr, polynomial: &[Fr]) {
    debug_assert!(polynomial.len() <= sum.len(), "the sum would be longer");
    sum.par_iter_mut()
        .zip(polynomial.par_iter())
        .with_min_len(PARALLEL)
        .for_each(|(sum, coefficient)| *sum += factor * coefficient);
}

/// The sum of the polynomials times 1, `challenge`, its square, ...
pub fn batched(polynomials: &[impl AsRef<[Fr]>], challenge: Fr) -> Vec<Fr> {
    let polynomials = polynomials.iter().map(AsRef::as_ref);
    let length = polynomials.clone().map(<[Fr]>::len).max().unwrap_or(0);
    let mut sum = vec![Fr::ZERO; length];
    let mut factor = Fr::from(1);
    for polynomial in polynomials {
        add_scaled(&mut sum, factor, polynomial);
        factor *= challenge;
    }
    sum
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    #[test]
    fn a_quotient_times_the_divisor_with_the_remainder_is_the_dividend() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        for length in [8, 9, 40, 41] {
            let dividend: Vec<Fr> = (0..length).map(|_| random_scalar(&mut rng)).collect();
            let root = random_scalar(&mut rng);
            let (quotient, remainder) = divide::<8>(dividend.clone(), root);
            let mut product = remainder.to_vec();
            product.resize(length, Fr::ZERO);
            for (index, coefficient) in quotient.iter().enumerate() {
                product[index + 8] += coefficient;
                product[index] -= root * coefficient;
            }
            assert_eq!(product, dividend);
        }
    }
}
