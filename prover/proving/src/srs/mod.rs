//! The structured reference string: powers of a secret tau in G1, for the row commitments.
//!
//! A row holds 2^b values and up to 15 blinding coefficients above them, so that a string of size b has the 2^b + 15
//! powers `[1]_1`, `[tau]_1`, ..., `[tau^(2^b + 14)]_1`. Whoever knows tau can open a commitment to anything: take it from a
//! ceremony with [`Srs::import_ptau`], and keep [`Srs::insecure`] for development.

mod error;
mod file;
mod points;
mod ptau;

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing, scalar_mul::ScalarMul};
use ark_ff::{Field, Zero};
use hallmark_circuits::srs::OpeningKey;
use rand::Rng;

pub use self::error::{PtauError, SrsError};
use crate::msm::msm;
use crate::random::random_scalar;

/// The largest size: that of the largest public ceremony over BN254.
pub const MAX_LOG_SIZE: u32 = 28;

/// The powers above a row's values, for its blinding coefficients.
pub const BLINDING: usize = 15;

/// The powers of tau.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srs {
    /// `[tau^i]_1` for i = 0, ..., 2^log_size + 14: valid points, none of them neutral.
    g1: Vec<G1Affine>,
    key: OpeningKey,
    log_size: u32,
}

impl Srs {
    /// The powers of a tau drawn from `rng`, for development: this process knew tau.
    ///
    /// # Panics
    /// If `log_size` is above [`MAX_LOG_SIZE`], or if `rng` yields the trivial tau 0 or 1.
    pub fn insecure(log_size: u32, rng: &mut impl Rng) -> Self {
        assert!(log_size <= MAX_LOG_SIZE, "an SRS of size {log_size} is above the limit {MAX_LOG_SIZE}");
        let tau = random_scalar(rng);
        let g1 = G1Projective::from(G1Affine::generator()).batch_mul(&powers(tau, power_count(log_size)));
        let tau_g2 = (G2Affine::generator() * tau).into_affine();
        Self::new(g1, tau_g2, log_size, true).expect("a random tau is neither 0 nor 1")
    }

    /// Puts together points that are known to be valid, and checks what [`OpeningKey::new`] checks.
    fn new(g1: Vec<G1Affine>, tau_g2: G2Affine, log_size: u32, insecure: bool) -> Result<Self, SrsError> {
        let &[one, tau_g1, ..] = g1.as_slice() else { return Err(SrsError::Generator) };
        if one != G1Affine::generator() {
            return Err(SrsError::Generator);
        }
        let key = OpeningKey::new(tau_g1, tau_g2, insecure)?;
        Ok(Self { g1, key, log_size })
    }

    /// `[tau^i]_1` for i = 0, ..., 2^log_size + 14.
    pub fn g1(&self) -> &[G1Affine] {
        &self.g1
    }

    /// What a verifier needs.
    pub fn opening_key(&self) -> &OpeningKey {
        &self.key
    }

    /// The binary logarithm of the number of values in the longest row.
    pub fn log_size(&self) -> u32 {
        self.log_size
    }

    /// Whether somebody may know tau.
    pub fn is_insecure(&self) -> bool {
        self.key.insecure
    }

    /// Checks that the points are the successive powers of the opening key's tau.
    ///
    /// With rho random, `e(sum_i rho^i P_(i+1), [1]_2) = e(sum_i rho^i P_i, [tau]_2)` fails for any other points but
    /// with probability 2^log_size / r (Schwartz-Zippel). That points are valid, that P_0 is the generator and that
    /// P_1 and `[tau]_2` agree holds for every `Srs`.
    #[tracing::instrument(skip_all, fields(log_size = self.log_size))]
    pub fn check(&self) -> Result<(), SrsError> {
        let rhos = powers(random_scalar(&mut rand::rng()), self.g1.len() - 1);
        let shifted = msm(&self.g1[1..], &rhos);
        let unshifted = msm(&self.g1[..rhos.len()], &rhos);
        let difference = Bn254::multi_pairing([shifted, -unshifted], [self.key.g2, self.key.tau_g2]);
        if difference.is_zero() { Ok(()) } else { Err(SrsError::Powers) }
    }
}

/// 2^log_size + 15.
fn power_count(log_size: u32) -> usize {
    (1 << log_size) + BLINDING
}

/// 1, x, ..., x^(count - 1).
fn powers(x: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(*power * x)).take(count).collect()
}

#[cfg(test)]
mod tests {
    use hallmark_circuits::srs::OpeningKeyError;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn srs(log_size: u32) -> Srs {
        Srs::insecure(log_size, &mut ChaCha20Rng::seed_from_u64(1))
    }

    #[test]
    fn insecure_srs_holds_the_powers() {
        let tau = random_scalar(&mut ChaCha20Rng::seed_from_u64(1));
        for log_size in [0, 1, 4] {
            let srs = srs(log_size);
            assert_eq!(srs.g1().len(), (1 << log_size) + BLINDING);
            let mut power = Fr::ONE;
            for point in srs.g1() {
                assert_eq!(*point, (G1Affine::generator() * power).into_affine());
                power *= tau;
            }
            assert_eq!(srs.opening_key().tau_g2, (G2Affine::generator() * tau).into_affine());
            assert!(srs.is_insecure());
            assert_eq!(srs.log_size(), log_size);
            srs.check().unwrap();
        }
    }

    #[test]
    fn key_does_not_depend_on_the_size() {
        assert_eq!(srs(1).opening_key(), srs(5).opening_key());
    }

    #[test]
    fn wrong_power_is_found() {
        for index in [2, 7, 16] {
            let mut srs = srs(4);
            srs.g1[index] = (srs.g1[index] + G1Affine::generator()).into_affine();
            assert!(matches!(srs.check(), Err(SrsError::Powers)));
        }
    }

    #[test]
    fn swapped_powers_are_found() {
        let mut srs = srs(4);
        srs.g1.swap(5, 6);
        assert!(matches!(srs.check(), Err(SrsError::Powers)));
    }

    #[test]
    fn other_generator_is_refused() {
        let srs = srs(2);
        let shifted = srs.g1[1..].to_vec();
        assert!(matches!(Srs::new(shifted, srs.key.tau_g2, 1, true), Err(SrsError::Generator)));
        assert!(matches!(Srs::new(vec![], srs.key.tau_g2, 1, true), Err(SrsError::Generator)));
    }

    #[test]
    fn trivial_tau_is_refused() {
        let g1 = vec![G1Affine::generator(); 3];
        let trivial = Srs::new(g1, G2Affine::generator(), 1, true);
        assert!(matches!(trivial, Err(SrsError::Key(OpeningKeyError::Trivial))));
    }
}
