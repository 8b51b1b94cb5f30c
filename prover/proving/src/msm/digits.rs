//! Signed digits of scalars.
//!
//! A scalar s with |s| <= 2^b is sum_w d_w 2^(cw) with |d_w| <= 2^(c-1), for W windows of c bits with cW > b. Adding
//! the offset sum_(w < W-1) 2^(c-1) 2^(cw) first makes every digit a plain window of bits less 2^(c-1), with no carry
//! from window to window; the top digit is what remains, with its sign.

use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger, PrimeField};

/// Wider windows have more buckets than any cache.
const MAX_BITS: u32 = 16;

/// The additions of points that summing a bucket up costs, in units of a batched addition.
const BUCKET_COST: usize = 2;

/// How scalars are cut into digits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Radix {
    /// c: the bits of a window.
    pub(super) bits: u32,
    /// W: the number of windows.
    pub(super) windows: u32,
}

impl Radix {
    /// The cheapest radix for `count` scalars of magnitude at most 2^`bits`.
    pub(super) fn for_scalars(count: usize, bits: u32) -> Self {
        (1..=MAX_BITS)
            .map(|width| Self { bits: width, windows: (bits + 1).div_ceil(width) })
            .min_by_key(|radix| radix.windows as usize * (count + BUCKET_COST * radix.buckets()))
            .unwrap_or(Self { bits: 1, windows: bits + 1 })
    }

    /// The number of magnitudes that a digit other than zero has.
    pub(super) fn buckets(self) -> usize {
        1 << (self.bits - 1)
    }

    fn half(self) -> i32 {
        1 << (self.bits - 1)
    }

    fn is_top(self, window: u32) -> bool {
        window + 1 == self.windows
    }

    /// The offset for [`Radix::small_digit`].
    pub(super) fn small_offset(self) -> i128 {
        (0..self.windows - 1).map(|window| 1 << (window * self.bits + self.bits - 1)).sum()
    }

    /// The digit of a small integer.
    pub(super) fn small_digit(self, offset: i128, window: u32, scalar: i64) -> i32 {
        let shifted = (i128::from(scalar) + offset) >> (window * self.bits);
        if self.is_top(window) { shifted as i32 } else { (shifted as i32 & (2 * self.half() - 1)) - self.half() }
    }
}

/// The offset for scalars of full size.
pub(super) struct Offset {
    radix: Radix,
    value: BigInt<4>,
}

impl Offset {
    pub(super) fn new(radix: Radix) -> Self {
        let mut value = BigInt([0; 4]);
        for window in 0..radix.windows - 1 {
            let bit = window * radix.bits + radix.bits - 1;
            value.0[bit as usize / 64] |= 1 << (bit % 64);
        }
        Self { radix, value }
    }

    /// The balanced representative in [-r/2, r/2) plus the offset, in two's complement: negative values stay short.
    pub(super) fn shift(&self, mut scalar: BigInt<4>) -> BigInt<4> {
        if scalar > Fr::MODULUS_MINUS_ONE_DIV_TWO {
            scalar.sub_with_borrow(&Fr::MODULUS);
        }
        scalar.add_with_carry(&self.value);
        scalar
    }

    /// The digit of a shifted scalar.
    pub(super) fn digit(&self, window: u32, shifted: &BigInt<4>) -> i32 {
        let start = window * self.radix.bits;
        let (limb, bit) = (start as usize / 64, start % 64);
        if self.radix.is_top(window) {
            // The top window starts above bit 253 - 16, in the last limb.
            return ((shifted.0[3] as i64) >> bit) as i32;
        }
        let pair = u128::from(shifted.0[limb]) | u128::from(*shifted.0.get(limb + 1).unwrap_or(&0)) << 64;
        ((pair >> bit) as i32 & (2 * self.radix.half() - 1)) - self.radix.half()
    }
}

#[cfg(test)]
mod tests {
    use ark_ff::{AdditiveGroup, Field};
    use proptest::prelude::*;

    use super::*;

    fn radices(bits: u32) -> impl Iterator<Item = Radix> {
        (1..=MAX_BITS).map(move |width| Radix { bits: width, windows: (bits + 1).div_ceil(width) })
    }

    /// sum_w digit(w) 2^(cw), with every digit in range.
    fn value(radix: Radix, digit: impl Fn(u32) -> i32) -> Fr {
        (0..radix.windows).rev().fold(Fr::ZERO, |value, window| {
            assert!(digit(window).unsigned_abs() as usize <= radix.buckets(), "{radix:?} {window} {}", digit(window));
            value * Fr::from(1u64 << radix.bits) + Fr::from(digit(window))
        })
    }

    fn check(scalar: Fr) {
        for radix in radices(253) {
            let offset = Offset::new(radix);
            let shifted = offset.shift(scalar.into_bigint());
            assert_eq!(value(radix, |window| offset.digit(window, &shifted)), scalar, "{radix:?}");
        }
    }

    fn check_small(scalar: i64) {
        let magnitude = scalar.unsigned_abs();
        for radix in radices(u64::BITS - magnitude.saturating_sub(1).leading_zeros()) {
            let offset = radix.small_offset();
            assert_eq!(value(radix, |window| radix.small_digit(offset, window, scalar)), Fr::from(scalar), "{radix:?}");
        }
    }

    #[test]
    fn edges_have_digits() {
        let half = Fr::from(2).inverse().unwrap();
        [Fr::ZERO, Fr::ONE, -Fr::ONE, half, half - Fr::ONE, -half].into_iter().for_each(check);
        for power in 0..63 {
            [1i64 << power, (1 << power) - 1, (1 << power) + 1].into_iter().for_each(|value| {
                check_small(value);
                check_small(-value);
            });
        }
        [0, i64::MAX, i64::MIN, i64::MIN + 1].into_iter().for_each(check_small);
    }

    proptest! {
        #[test]
        fn scalars_have_digits(bytes: [u8; 32]) {
            check(Fr::from_le_bytes_mod_order(&bytes));
        }

        #[test]
        fn small_scalars_have_digits(scalar: i64, shift in 0..64) {
            check_small(scalar >> shift);
        }
    }
}
