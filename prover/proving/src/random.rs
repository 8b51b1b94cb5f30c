//! Random field elements.

use ark_bn254::Fr;
use ark_ff::PrimeField;
use rand::Rng;

/// A scalar from 64 random bytes modulo r: within 2^-257 of uniform. Secrets need a cryptographic `rng`.
pub fn random_scalar(rng: &mut (impl Rng + ?Sized)) -> Fr {
    let mut bytes = [0; 64];
    rng.fill_bytes(&mut bytes);
    Fr::from_le_bytes_mod_order(&bytes)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn scalars_follow_the_generator() {
        let (mut left, mut right) = (ChaCha20Rng::seed_from_u64(1), ChaCha20Rng::seed_from_u64(1));
        let first = random_scalar(&mut left);
        assert_eq!(first, random_scalar(&mut right));
        assert_ne!(first, random_scalar(&mut left));
    }

    #[test]
    fn scalars_fill_the_field() {
        // Both the lowest and the highest bit that a scalar can have are set about as often as not.
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let scalars: Vec<_> = (0..256).map(|_| random_scalar(&mut rng).into_bigint().0).collect();
        let low = scalars.iter().filter(|limbs| limbs[0] & 1 == 1).count();
        let high = scalars.iter().filter(|limbs| limbs[3] >> 60 & 1 == 1).count();
        assert!((80..176).contains(&low) && (80..176).contains(&high), "{low} {high}");
    }
}
