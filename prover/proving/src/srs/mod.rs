//! The structured reference string: powers of a secret tau in G1, for the row commitments.
//!
//! A row holds 2^b values and up to 15 blinding coefficients above them, so that a string of size b has the 2^b + 15
//! powers `[1]_1`, `[tau]_1`, ..., `[tau^(2^b + 14)]_1`. Whoever knows tau can open a commitment to anything: take it from a
//! ceremony with [`Srs::import_ptau`], and keep [`Srs::insecure`] for development.

mod ceremony;
mod error;
mod file;
mod points;
mod ptau;

use std::{fs::File, ops::Deref, path::Path};

use ark_bn254::{Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, scalar_mul::ScalarMul};
use ark_ff::Field;
use hallmark_circuits::{
    facts::{Facts, NoFacts},
    powers::Powers,
};
use rand::Rng;

pub use self::ceremony::{CEREMONIES, Ceremony};
pub use self::error::{PtauError, SrsError};
pub use self::file::VERSION;
use crate::file::{Fault, FileError, open as open_file};
use crate::random::random_scalar;
pub use hallmark_circuits::powers::BLINDING;

/// The largest size: that of the largest public ceremony over BN254.
pub const MAX_LOG_SIZE: u32 = 28;

/// The powers of tau: 2^log_size + 15 of them, which were checked when they were read or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srs {
    powers: Powers,
}

impl Deref for Srs {
    type Target = Powers;

    fn deref(&self) -> &Powers {
        &self.powers
    }
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
        Self::check(g1, tau_g2, true, &NoFacts).expect("a random tau is neither 0 nor 1")
    }

    /// Takes points as the powers of one tau, after [`Powers::new_once`] has checked that they are.
    #[tracing::instrument(name = "check_powers", skip_all)]
    fn check(g1: Vec<G1Affine>, tau_g2: G2Affine, insecure: bool, facts: &dyn Facts) -> Result<Self, SrsError> {
        Ok(Self { powers: Powers::new_once(g1, tau_g2, insecure, facts)? })
    }

    /// The powers.
    #[must_use]
    pub const fn powers(&self) -> &Powers {
        &self.powers
    }

    /// Whether somebody may know tau.
    #[must_use]
    pub fn is_insecure(&self) -> bool {
        self.powers.opening_key().insecure
    }
}

/// A regular file of powers, and its length.
fn open(path: &Path) -> Result<(File, u64), SrsError> {
    open_file(path).map_err(|error| match error {
        FileError { path, fault: Fault::Io(source) } => SrsError::Io { path, source },
        error => SrsError::File(error),
    })
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
        }
    }

    #[test]
    fn key_does_not_depend_on_the_size() {
        assert_eq!(srs(1).opening_key(), srs(5).opening_key());
    }
}
