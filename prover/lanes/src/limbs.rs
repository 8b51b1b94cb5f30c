//! Limbs of 52 bits, as the multiplier takes them.

use ark_ff::MontConfig;

/// The bits of a limb.
pub(crate) const BITS: u32 = 52;
/// All bits of a limb.
pub(crate) const MASK: u64 = (1 << BITS) - 1;
/// The limbs of an element.
pub(crate) const COUNT: usize = 5;

/// The numbers that arithmetic modulo a prime needs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulus {
    /// The prime's limbs.
    pub(crate) limbs: [u64; COUNT],
    /// `-1 / prime` modulo a limb.
    pub(crate) inverse: u64,
}

impl Modulus {
    /// The numbers for a field.
    pub(crate) const fn of<C: MontConfig<4>>() -> Self {
        let modulus = C::MODULUS.0;
        // Sixteen times the prime is below 2^258: products need no more than one subtraction.
        assert!(modulus[3] >> 62 == 0, "the prime has more than 254 bits");
        Self { limbs: split(modulus), inverse: C::INV & MASK }
    }
}

/// 256 bits as limbs.
pub(crate) const fn split(words: [u64; 4]) -> [u64; COUNT] {
    let [a, b, c, d] = words;
    [a & MASK, (a >> 52 | b << 12) & MASK, (b >> 40 | c << 24) & MASK, (c >> 28 | d << 36) & MASK, d >> 16]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limbs_are_the_bits_in_order() {
        assert_eq!(split([u64::MAX; 4]), [MASK, MASK, MASK, MASK, (1 << 48) - 1]);
        for bit in 0..256 {
            let mut words = [0; 4];
            words[bit / 64] = 1 << (bit % 64);
            let mut limbs = [0; COUNT];
            limbs[bit / 52] = 1 << (bit % 52);
            assert_eq!(split(words), limbs, "bit {bit}");
        }
    }
}
