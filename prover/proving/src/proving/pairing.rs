//! A functional times a polynomial, value by value: a summand of the merging sumcheck.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{
    merge::Summand,
    polynomial::{Prefix, bind, map_range, sum_ranges},
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
    /// Nothing is bound yet: the first values, in pairs. All others are zero.
    Small(&'p [i64]),
    /// What is left.
    Field(Prefix),
}

impl<'p> Pairing<'p> {
    /// A functional and a polynomial in as many variables.
    #[must_use]
    pub fn new(functional: Vec<Fr>, polynomial: Prefix) -> Self {
        Self { functional, polynomial: Polynomial::Field(polynomial), extension: Fr::ONE }
    }

    /// A functional and a polynomial of as many values.
    #[must_use]
    pub fn of_values(functional: Vec<Fr>, values: Vec<Fr>) -> Self {
        let bits = functional.len().ilog2() as usize;
        Self::new(functional, Prefix::new(values, Fr::ZERO, bits))
    }

    /// A functional and a polynomial with as many small values, all zero from `end` on.
    #[must_use]
    pub fn with_small(functional: Vec<Fr>, values: &'p [i64], end: usize) -> Self {
        let values = &values[..end.next_multiple_of(2).min(values.len())];
        Self { functional, polynomial: Polynomial::Small(values), extension: Fr::ONE }
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
            Polynomial::Field(prefix) => {
                let known = prefix.values().as_chunks().0;
                let [constant, quadratic] = round_field(pairs, known);
                [constant + round_rest(&pairs[known.len()..], prefix.rest()), quadratic]
            }
        }
    }

    fn bind(&mut self, x: &Fr) {
        if self.functional.len() == 1 {
            self.extension *= Fr::ONE - x;
            return;
        }
        bind(&mut self.functional, x);
        match &mut self.polynomial {
            Polynomial::Small(values) => {
                let bits = self.functional.len().ilog2() as usize;
                let bound = Prefix::new(bind_small(values.as_chunks().0, x), Fr::ZERO, bits);
                self.polynomial = Polynomial::Field(bound);
            }
            Polynomial::Field(prefix) => prefix.bind(x),
        }
    }

    fn value(&self) -> Fr {
        match &self.polynomial {
            Polynomial::Small(values) => to_field(values[0]),
            Polynomial::Field(prefix) => prefix.value(),
        }
    }
}

fn round_field(functional: &[[Fr; 2]], polynomial: &[[Fr; 2]]) -> [Fr; 2] {
    sum_ranges(polynomial.len(), |range| {
        let (mut constant, mut quadratic) = (Fr::ZERO, Fr::ZERO);
        for (left, right) in functional[range.clone()].iter().zip(&polynomial[range]) {
            constant += left[0] * right[0];
            quadratic += (left[1] - left[0]) * (right[1] - right[0]);
        }
        [constant, quadratic]
    })
}

/// The constant coefficient where the polynomial has one value everywhere. The quadratic one is zero.
fn round_rest(functional: &[[Fr; 2]], value: Fr) -> Fr {
    if value == Fr::ZERO {
        return Fr::ZERO;
    }
    let [sum] = sum_ranges(functional.len(), |range| [functional[range].iter().map(|pair| pair[0]).sum()]);
    sum * value
}

/// [`round_field`] for small values. A difference has one bit more than a value, and a range is far shorter than what an
/// accumulator holds.
fn round_small(functional: &[[Fr; 2]], polynomial: &[[i64; 2]]) -> [Fr; 2] {
    sum_ranges(polynomial.len(), |range| {
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
            let mut small = Pairing::with_small(functional.clone(), &values, values.len());
            let mut field = Pairing::of_values(functional, values.iter().map(|&value| to_field(value)).collect());
            for _ in 0..bits + 2 {
                assert_eq!(small.round(), field.round());
                let x = random_scalar(&mut rng);
                small.bind(&x);
                field.bind(&x);
            }
            assert_eq!(small.value(), field.value());
        }
    }

    #[test]
    fn values_that_are_left_out_are_those_that_are_all_the_same() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        for (bits, end) in [(1, 1), (5, 1), (5, 13), (5, 32), (13, 4_097)] {
            let functional: Vec<Fr> = (0..1 << bits).map(|_| random_scalar(&mut rng)).collect();
            let values: Vec<i64> =
                (0..1 << bits).map(|index| if index < end { rng.random_range(-9..9) } else { 0 }).collect();
            let rest = random_scalar(&mut rng);
            let moved = |count: usize| values[..count].iter().map(|&value| to_field(value) + rest).collect::<Vec<Fr>>();
            let mut small = Pairing::with_small(functional.clone(), &values, end);
            let mut all_small = Pairing::with_small(functional.clone(), &values, values.len());
            let mut field = Pairing::new(functional.clone(), Prefix::new(moved(end), rest, bits));
            let mut all = Pairing::of_values(functional, moved(1 << bits));
            for _ in 0..bits + 2 {
                assert_eq!((small.round(), field.round()), (all_small.round(), all.round()), "{bits} {end}");
                let x = random_scalar(&mut rng);
                for pairing in [&mut small, &mut all_small, &mut field, &mut all] {
                    pairing.bind(&x);
                }
            }
            assert_eq!((small.value(), field.value()), (all_small.value(), all.value()));
        }
    }
}
