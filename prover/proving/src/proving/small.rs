//! Sums of small integers times field elements, reduced once at the end.
//!
//! A product of a 64-bit limb and an integer up to 2^38 in magnitude is below 2^102, so that 2^26 of them add up in a
//! 128-bit accumulator without carries: two multiplications a limb where a field multiplication takes nine.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::{Field, PrimeField};
use hallmark_circuits::model::{MAX_INTEGER, MAX_SPACE_BITS};

/// The greatest magnitude of an integer, and the most products, that an accumulator holds: the model's limits.
const _: () = assert!(MAX_INTEGER <= 1 << 38 && MAX_SPACE_BITS <= 26);

/// The weight of each limb, less the Montgomery factor that the limbs carry.
static LIMB_WEIGHTS: LazyLock<[Fr; 4]> = LazyLock::new(|| {
    let radix = Fr::from(2u64).pow([64]);
    // An element is stored as value * 2^256: its limbs are worth 2^-256 as much as they say.
    let unit = radix.pow([4]).inverse().unwrap_or_default();
    std::array::from_fn(|limb| unit * radix.pow([limb as u64]))
});

/// A sum of `integer * element` in the making.
#[derive(Clone, Copy, Debug, Default)]
pub struct SmallSum {
    positive: [u128; 4],
    negative: [u128; 4],
}

impl SmallSum {
    /// Adds `integer * element`.
    #[inline]
    pub fn add(&mut self, integer: i64, element: &Fr) {
        let side = if integer < 0 { &mut self.negative } else { &mut self.positive };
        let magnitude = u128::from(integer.unsigned_abs());
        for (sum, limb) in side.iter_mut().zip(element.0.0) {
            *sum += magnitude * u128::from(limb);
        }
    }

    /// The sum.
    #[must_use]
    pub fn finish(&self) -> Fr {
        if self.positive == [0; 4] && self.negative == [0; 4] {
            return Fr::default();
        }
        let value = |side: &[u128; 4]| -> Fr {
            side.iter().zip(LIMB_WEIGHTS.iter()).map(|(&limb, weight)| Fr::from(limb) * weight).sum()
        };
        value(&self.positive) - value(&self.negative)
    }
}

/// `sum over i of integers[i] * elements[i]`.
#[must_use]
pub fn inner_product(integers: &[i64], elements: &[Fr]) -> Fr {
    let mut sum = SmallSum::default();
    for (&integer, element) in integers.iter().zip(elements).filter(|(integer, _)| **integer != 0) {
        sum.add(integer, element);
    }
    sum.finish()
}

/// The integer as a field element.
#[must_use]
pub fn to_field(integer: i64) -> Fr {
    let magnitude = Fr::from_bigint(integer.unsigned_abs().into()).unwrap_or_default();
    if integer < 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha20Rng;

    use super::*;
    use crate::random::random_scalar;

    #[test]
    fn sums_are_those_of_field_elements() {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        for count in [0, 1, 2, 100] {
            let integers: Vec<i64> = (0..count).map(|_| rng.random_range(-MAX_INTEGER..=MAX_INTEGER)).collect();
            let elements: Vec<Fr> = (0..count).map(|_| random_scalar(&mut rng)).collect();
            let naive: Fr = integers.iter().zip(&elements).map(|(integer, element)| Fr::from(*integer) * element).sum();
            assert_eq!(inner_product(&integers, &elements), naive);
        }
    }

    #[test]
    fn the_greatest_sum_does_not_overflow() {
        // The largest limbs, the largest integers, and as many of them as a space has places.
        let element = -Fr::from(1u64);
        for integer in [MAX_INTEGER, -MAX_INTEGER] {
            let mut sum = SmallSum::default();
            (0..1u64 << MAX_SPACE_BITS).for_each(|_| sum.add(integer, &element));
            assert_eq!(sum.finish(), element * Fr::from(integer) * Fr::from(1u64 << MAX_SPACE_BITS));
        }
    }

    #[test]
    fn integers_are_field_elements() {
        for integer in [0, 1, -1, 255, i64::MAX, i64::MIN] {
            assert_eq!(to_field(integer), Fr::from(integer));
        }
    }
}
