//! The part of the structured reference string that a verifier needs.
//!
//! The string is that of Kate, Zaverucha and Goldberg (KZG, ASIACRYPT 2010): `[tau^i]_1` for the prover and `[1]_1`,
//! `[1]_2`, `[tau]_2` for the verifier. A verifying key carries the digest of the latter, so that a proof made with
//! another tau is refused by name and not by a pairing that fails.

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::{AffineRepr, pairing::Pairing};
use sha3::{Digest as _, Keccak256};
use thiserror::Error;

use crate::{
    digest::Digest,
    encoding::{g1_to_bytes, g2_to_bytes},
};

/// What separates this digest from every other keccak digest of the project.
const DIGEST_DOMAIN: &[u8] = b"hallmark opening key v1";

/// The verifier's points, whose agreement is checked when they are put together.
///
/// Only [`OpeningKey::new`] makes one: the generators are the standard ones, `tau_g1 = [tau]_1` and `tau_g2 = [tau]_2`
/// for one tau other than 0 and 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpeningKey {
    /// The standard generator of G1.
    pub g1: G1Affine,
    /// `[tau]_1`.
    pub tau_g1: G1Affine,
    /// The standard generator of G2.
    pub g2: G2Affine,
    /// `[tau]_2`.
    pub tau_g2: G2Affine,
    /// Whether somebody may know tau: such a key is for development, and proofs under it prove nothing.
    pub insecure: bool,
    /// `keccak256("hallmark opening key v1" || flag || [1]_1 || [tau]_1 || [1]_2 || [tau]_2)`: the flag is one byte, 1
    /// where the key is insecure, and the points are in the encoding of [`crate::encoding`]. It does not depend on the
    /// number of powers.
    pub digest: Digest,
}

/// Why points are not an opening key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OpeningKeyError {
    /// A point is the neutral element, off its curve or outside its subgroup.
    #[error("the point {0} of the opening key is not a valid group element; get the file again from its source")]
    Point(&'static str),
    /// Tau is 1: no one has contributed to this ceremony.
    #[error("tau is 1, so that no one has contributed to this ceremony; use the result of a finished one")]
    Trivial,
    /// The points of G1 and G2 stand for different values of tau.
    #[error("the opening key holds a different tau in each group; get the file again from its source")]
    Inconsistent,
}

impl OpeningKey {
    /// The key of the tau behind `tau_g1` and `tau_g2`, after the check `e([tau]_1, [1]_2) = e([1]_1, [tau]_2)`.
    ///
    /// # Soundness
    /// Who knows tau can prove anything. Nothing here tells whether somebody does: that is what `insecure` says.
    ///
    /// # Errors
    /// - [`OpeningKeyError::Point`] if a point is neutral, or not in its group.
    /// - [`OpeningKeyError::Trivial`] if tau is 1, and [`OpeningKeyError::Inconsistent`] if the points have different taus.
    pub fn new(tau_g1: G1Affine, tau_g2: G2Affine, insecure: bool) -> Result<Self, OpeningKeyError> {
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        check_point("tau_g1", tau_g1)?;
        check_point("tau_g2", tau_g2)?;
        if tau_g1 == g1 {
            return Err(OpeningKeyError::Trivial);
        }
        if Bn254::pairing(tau_g1, g2) != Bn254::pairing(g1, tau_g2) {
            return Err(OpeningKeyError::Inconsistent);
        }
        let digest = digest(&[g1, tau_g1], &[g2, tau_g2], insecure);
        Ok(Self { g1, tau_g1, g2, tau_g2, insecure, digest })
    }
}

/// Refuses the neutral element and whatever is not in the group of prime order.
fn check_point<P: AffineRepr>(name: &'static str, point: P) -> Result<(), OpeningKeyError> {
    if !point.is_zero() && point.check().is_ok() { Ok(()) } else { Err(OpeningKeyError::Point(name)) }
}

fn digest(g1: &[G1Affine], g2: &[G2Affine], insecure: bool) -> Digest {
    let mut hasher = Keccak256::new();
    hasher.update(DIGEST_DOMAIN);
    hasher.update([u8::from(insecure)]);
    g1.iter().for_each(|point| hasher.update(g1_to_bytes(point)));
    g2.iter().for_each(|point| hasher.update(g2_to_bytes(point)));
    Digest(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use ark_bn254::{Fq, Fq2, Fr};
    use ark_ec::CurveGroup;

    use super::*;

    fn points(tau: u64) -> (G1Affine, G2Affine) {
        let tau = Fr::from(tau);
        ((G1Affine::generator() * tau).into_affine(), (G2Affine::generator() * tau).into_affine())
    }

    #[test]
    fn consistent_points_are_a_key() {
        let (tau_g1, tau_g2) = points(7);
        let key = OpeningKey::new(tau_g1, tau_g2, true).unwrap();
        assert_eq!((key.tau_g1, key.tau_g2, key.insecure), (tau_g1, tau_g2, true));
    }

    #[test]
    fn digest_covers_tau_and_provenance() {
        let digest_of = |tau, insecure| {
            let (tau_g1, tau_g2) = points(tau);
            OpeningKey::new(tau_g1, tau_g2, insecure).unwrap().digest
        };
        assert_eq!(digest_of(7, true), digest_of(7, true));
        assert_ne!(digest_of(7, true), digest_of(7, false));
        assert_ne!(digest_of(7, true), digest_of(8, true));
    }

    #[test]
    fn different_taus_are_refused() {
        assert_eq!(OpeningKey::new(points(7).0, points(8).1, true), Err(OpeningKeyError::Inconsistent));
    }

    #[test]
    fn trivial_tau_is_refused() {
        let (tau_g1, tau_g2) = points(1);
        assert_eq!(OpeningKey::new(tau_g1, tau_g2, true), Err(OpeningKeyError::Trivial));
    }

    #[test]
    fn invalid_points_are_refused() {
        let (tau_g1, tau_g2) = points(7);
        let off_curve = G1Affine::new_unchecked(Fq::from(1), Fq::from(3));
        let off_twist = G2Affine::new_unchecked(Fq2::from(1), Fq2::from(3));
        let g1_error = Err(OpeningKeyError::Point("tau_g1"));
        let g2_error = Err(OpeningKeyError::Point("tau_g2"));
        assert_eq!(OpeningKey::new(G1Affine::identity(), tau_g2, true), g1_error);
        assert_eq!(OpeningKey::new(off_curve, tau_g2, true), g1_error);
        assert_eq!(OpeningKey::new(tau_g1, G2Affine::identity(), true), g2_error);
        assert_eq!(OpeningKey::new(tau_g1, off_twist, true), g2_error);
    }
}
