//! Group elements as bytes, in the words of the Ethereum precompiles (EIP-196 and EIP-197). So a computer and a contract hash
//! the same bytes.
//!
//! A base-field element is 32 bytes, big-endian and below the modulus. A point of G1 is `x, y`; a point of G2 is
//! `x.c1, x.c0, y.c1, y.c0` (the imaginary part first); the neutral element is all zeros. Every element has one
//! encoding, and decoding accepts only that one.

use ark_bn254::{Fq, Fq2, Fr, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};

/// The bytes of a base-field element.
pub const FQ_BYTES: usize = 32;
/// The bytes of a scalar.
pub const FR_BYTES: usize = 32;
/// The bytes of a point of G1.
pub const G1_BYTES: usize = 2 * FQ_BYTES;
/// The bytes of a point of G2.
pub const G2_BYTES: usize = 4 * FQ_BYTES;

/// The encoding of a scalar: 32 bytes, big-endian.
pub fn fr_to_bytes(scalar: &Fr) -> [u8; FR_BYTES] {
    let mut bytes = [0; FR_BYTES];
    write_words(&mut bytes, std::slice::from_ref(scalar));
    bytes
}

/// The scalar with this encoding; `None` if it is not reduced.
pub fn fr_from_bytes(bytes: &[u8; FR_BYTES]) -> Option<Fr> {
    read_word(bytes)
}

/// The encoding of a point of G1.
pub fn g1_to_bytes(point: &G1Affine) -> [u8; G1_BYTES] {
    let mut bytes = [0; G1_BYTES];
    if let Some((x, y)) = point.xy() {
        write_words(&mut bytes, &[x, y]);
    }
    bytes
}

/// The point of G1 with this encoding; `None` if a coordinate is not reduced or the point is off the curve.
pub fn g1_from_bytes(bytes: &[u8; G1_BYTES]) -> Option<G1Affine> {
    let [x, y] = read_words(bytes)?;
    // The curve's cofactor is 1: a point on the curve is in the group.
    Some(G1Affine::new_unchecked(x, y)).filter(|point| point.is_on_curve())
}

/// The encoding of a point of G2.
pub fn g2_to_bytes(point: &G2Affine) -> [u8; G2_BYTES] {
    let mut bytes = [0; G2_BYTES];
    if let Some((x, y)) = point.xy() {
        write_words(&mut bytes, &[x.c1, x.c0, y.c1, y.c0]);
    }
    bytes
}

/// Returns the point of G2 with this encoding. Returns `None` if a coordinate is not reduced, or the point is off the curve or
/// outside the subgroup of order r.
pub fn g2_from_bytes(bytes: &[u8; G2_BYTES]) -> Option<G2Affine> {
    let [x1, x0, y1, y0] = read_words(bytes)?;
    let point = G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1));
    (point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve()).then_some(point)
}

/// Characters as a word of 32 bytes: at its beginning, filled up with zeros; what does not fit is cut off.
pub fn word(characters: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word.iter_mut().zip(characters).for_each(|(byte, character)| *byte = *character);
    word
}

/// An integer as a word of 32 bytes, big-endian.
pub fn integer_word(integer: u64) -> [u8; 32] {
    let mut word = [0; 32];
    word[24..].copy_from_slice(&integer.to_be_bytes());
    word
}

fn write_words<F: PrimeField<BigInt = BigInt<4>>>(bytes: &mut [u8], words: &[F]) {
    for (slot, word) in
        bytes.chunks_exact_mut(8).zip(words.iter().flat_map(|word| word.into_bigint().0.into_iter().rev()))
    {
        slot.copy_from_slice(&word.to_be_bytes());
    }
}

fn read_words<const N: usize>(bytes: &[u8]) -> Option<[Fq; N]> {
    let mut words = [Fq::default(); N];
    for (word, slot) in words.iter_mut().zip(bytes.chunks_exact(FQ_BYTES)) {
        *word = read_word(slot)?;
    }
    Some(words)
}

fn read_word<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8]) -> Option<F> {
    let mut limbs = [0; 4];
    for (limb, slot) in limbs.iter_mut().rev().zip(bytes.chunks_exact(8)) {
        *limb = slot.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
    }
    F::from_bigint(BigInt(limbs))
}

#[cfg(test)]
mod tests {
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::{BigInteger, MontFp};

    use super::*;

    #[test]
    fn generator_of_g2_is_eip197() {
        // EIP-197 lists P2 as (11559732...781 * i + 10857046...634, 4082367...531 * i + 8495653...930).
        let expected: [Fq; 4] = [
            MontFp!("11559732032986387107991004021392285783925812861821192530917403151452391805634"),
            MontFp!("10857046999023057135944570762232829481370756359578518086990519993285655852781"),
            MontFp!("4082367875863433681332203403145435568316851327593401208105741076214120093531"),
            MontFp!("8495653923123431417604973247489272438418190587263600148770280649306958101930"),
        ];
        let bytes: Vec<u8> = expected.iter().flat_map(|word| word.into_bigint().to_bytes_be()).collect();
        assert_eq!(g2_to_bytes(&G2Affine::generator()).as_slice(), bytes);
    }

    #[test]
    fn generator_of_g1_is_one_two() {
        let bytes = g1_to_bytes(&G1Affine::generator());
        assert_eq!((bytes[31], bytes[63]), (1, 2));
        assert_eq!(bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>(), 3);
    }

    #[test]
    fn points_survive() {
        for scalar in [0u64, 1, 2, 77, u64::MAX] {
            let g1 = (G1Affine::generator() * Fr::from(scalar)).into_affine();
            let g2 = (G2Affine::generator() * Fr::from(scalar)).into_affine();
            assert_eq!(g1_from_bytes(&g1_to_bytes(&g1)), Some(g1));
            assert_eq!(g2_from_bytes(&g2_to_bytes(&g2)), Some(g2));
        }
    }

    #[test]
    fn unreduced_coordinate_is_refused() {
        let mut bytes = [0; G1_BYTES];
        // (1 + p, 2) is congruent to the generator.
        let mut x = Fq::MODULUS;
        x.add_with_carry(&BigInt::from(1u64));
        bytes[..FQ_BYTES].copy_from_slice(&x.to_bytes_be());
        bytes[63] = 2;
        assert_eq!(g1_from_bytes(&bytes), None);
    }

    #[test]
    fn points_off_the_curve_are_refused() {
        let mut g1 = g1_to_bytes(&G1Affine::generator());
        g1[63] = 3;
        assert_eq!(g1_from_bytes(&g1), None);
        let mut g2 = g2_to_bytes(&G2Affine::generator());
        g2[127] ^= 1;
        assert_eq!(g2_from_bytes(&g2), None);
    }

    #[test]
    fn point_outside_the_subgroup_is_refused() {
        // The twist has a cofactor above 1, so that almost every point with a small x is outside the subgroup.
        let point = (1u64..)
            .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::from(x), true))
            .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
            .unwrap();
        assert_eq!(g2_from_bytes(&g2_to_bytes(&point)), None);
    }
}
