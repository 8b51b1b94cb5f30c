//! A functional times a polynomial, value by value: a summand of the merging sumcheck.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{
    merge::Summand,
    polynomial::{bind, map_range, sum_ranges},
    small::{SmallSum, to_field},
};

/// A functional times a polynomial, over some of the variables.
pub struct Pairing<'p> {
    functional: Vec<Fr>,
    polynomial: Polynomial<'p>,
    extension: Fr,
}

/// The values of a polynomial: of small ones there is no copy as field elements.
enum Polynomial<'p> {
    /// Nothing is bound yet.
    Small(&'p [i64]),
    /// What is left.
    Field(Vec<Fr>),
}

impl<'p> Pairing<'p> {
    /// A functional and a polynomial of as many values.
    #[must_use]
    pub fn new(functional: Vec<Fr>, polynomial: Vec<Fr>) -> Self {
        Self { functional, polynomial: Polynomial::Field(polynomial), extension: Fr::ONE }
    }

    /// A functional and a polynomial with as many small values.
    #[must_use]
    pub fn with_small(functional: Vec<Fr>, polynomial: &'p [i64]) -> Self {
        Self { functional, polynomial: Polynomial::Small(polynomial), extension: Fr::ONE }
    }

    /// The functional and the polynomial's value, when all variables are bound.
    #[must_use]
    pub fn bound(&self) -> Option<[Fr; 2]> {
        (self.functional.len() == 1).then(|| [self.functional[0], self.value()])
    }
}

impl Summand for Pairing<'_> {
    fn round(&self) -> [Fr; 2] {
        if let Some([functional, value]) = self.bound() {
            return [functional * value * self.extension, Fr::ZERO];
        }
        let pairs = self.functional.as_chunks().0;
        match &self.polynomial {
            Polynomial::Small(values) => round_small(pairs, values.as_chunks().0),
            Polynomial::Field(values) => round_field(pairs, values.as_chunks().0),
        }
    }

    fn bind(&mut self, x: &Fr) {
        if self.functional.len() == 1 {
            self.extension *= Fr::ONE - x;
            return;
        }
        bind(&mut self.functional, x);
        match &mut self.polynomial {
            Polynomial::Small(values) => self.polynomial = Polynomial::Field(bind_small(values.as_chunks().0, x)),
            Polynomial::Field(values) => bind(values, x),
        }
    }

    fn value(&self) -> Fr {
        match &self.polynomial {
            Polynomial::Small(values) => to_field(values[0]),
            Polynomial::Field(values) => values[0],
        }
    }
}

fn round_field(functional: &[[Fr; 2]], polynomial: &[[Fr; 2]]) -> [Fr; 2] {
    sum_ranges(functional.len(), |range| {
        let (mut constant, mut quadratic) = (Fr::ZERO, Fr::ZERO);
        for (left, right) in functional[range.clone()].iter().zip(&polynomial[range]) {
            constant += left[0] * right[0];
            quadratic += (left[1] - left[0]) * (right[1] - right[0]);
        }
        [constant, quadratic]
    })
}

/// [`round_field`] for small values. A difference has one bit more than a value, and a range is far shorter than what an
/// accumulator holds.
fn round_small(functional: &[[Fr; 2]], polynomial: &[[i64; 2]]) -> [Fr; 2] {
    sum_ranges(functional.len(), |range| {
        let (mut constant, mut quadratic) = (SmallSum::default(), SmallSum::default());
        for (left, right) in functional[range.clone()].iter().zip(&polynomial[range]) {
            if *right != [0, 0] {
                constant.add(right[0], &left[0]);
                quadratic.add(right[1] - right[0], &(left[1] - left[0]));
            }
        }
        [constant.finish(), quadratic.finish()]
    })
}

fn bind_small(polynomial: &[[i64; 2]], x: &Fr) -> Vec<Fr> {
    map_range(polynomial.len(), |index| match polynomial[index] {
        [0, 0] => Fr::ZERO,
        [low, high] => to_field(low) + *x * to_field(high - low),
    })
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    #[test]
    fn small_values_are_bound_and_summed_as_field_elements_are() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for bits in [1, 5, 13] {
            let functional: Vec<Fr> = (0..1 << bits).map(|_| random_scalar(&mut rng)).collect();
            let values: Vec<i64> = (0..1 << bits)
                .map(|index| if index % 8 < 2 { 0 } else { rng.random_range(-1 << 38..=1 << 38) })
                .collect();
            let mut small = Pairing::with_small(functional.clone(), &values);
            let mut field = Pairing::new(functional, values.iter().map(|&value| to_field(value)).collect());
            for _ in 0..bits + 2 {
                assert_eq!(small.round(), field.round());
                let x = random_scalar(&mut rng);
                small.bind(&x);
                field.bind(&x);
            }
            assert_eq!(small.value(), field.value());
        }
    }
}
