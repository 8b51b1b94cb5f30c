//! Powers of tau that a pairing has checked to be the powers of one tau.
//!
//! Commitments to tables and the key of a circuit are derived from a structured reference string. A derived point is a linear
//! form in the powers. So an attacker who chooses some powers freely chooses the derived points. Therefore only [`Powers::new`]
//! and [`Powers::new_once`] make [`Powers`]. They keep no point that no check has found to be a power.

use ark_bn254::{Bn254, Fr, G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM, pairing::Pairing};
use ark_ff::{Field, PrimeField, Zero};
use sha3::{Digest, Keccak256};
use thiserror::Error;

use crate::{
    digest::Digest as Hash,
    encoding::g1_to_bytes,
    facts::{Facts, NoFacts, check_once},
    srs::{OpeningKey, OpeningKeyError},
};

/// The number of powers above a row's values, for its blinding coefficients.
pub const BLINDING: usize = 15;

/// The text that separates the hash of the check's challenge from other hashes.
const CHECK_DOMAIN: &[u8] = b"hallmark powers 1";

/// Successive powers of tau in G1, `[1]_1`, `[tau]_1`, `[tau^2]_1` and so on, with the opening key of the same tau.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Powers {
    g1: Vec<G1Affine>,
    key: OpeningKey,
}

/// Why points are not the powers of one tau.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PowersError {
    /// There are fewer than a row of one value takes.
    #[error("the SRS has {found} powers where at least {} are needed; get a longer one", BLINDING + 1)]
    TooFew {
        /// How many there are.
        found: usize,
    },
    /// The first point is another one than the generator.
    #[error("the SRS does not start with BN254's standard generators; use one made over them")]
    Generator,
    /// A point is neutral or off its curve.
    #[error("power {index} of the SRS is not a valid point of G1; get the file again from its source")]
    Point {
        /// The power of tau.
        index: usize,
    },
    /// The opening key is not one.
    #[error(transparent)]
    Key(#[from] OpeningKeyError),
    /// The points are not successive powers of one tau.
    #[error("the SRS does not hold successive powers of one tau; get it again from its source")]
    Successive,
}

impl Powers {
    /// Checks that the points are the powers of the tau behind `tau_g2`, and takes them.
    ///
    /// Draws a challenge rho from all n points, and checks
    ///
    /// ```text
    /// e(sum over i < n - 1 of rho^i P_(i+1), [1]_2) = e(sum over i < n - 1 of rho^i P_i, [tau]_2)
    /// ```
    ///
    /// For any other points, the two sides differ by a nonzero polynomial in rho of degree below n. So each choice of points
    /// passes with probability at most n / 2^253 (Schwartz and Zippel, with the hash as a random oracle).
    ///
    /// # Errors
    /// Fails if there are fewer than 16 points, a point is invalid, or the first is not the generator. Fails also if the two
    /// groups have different taus, or a power is wrong.
    pub fn new(g1: Vec<G1Affine>, tau_g2: G2Affine, insecure: bool) -> Result<Self, PowersError> {
        Self::new_once(g1, tau_g2, insecure, &NoFacts)
    }

    /// As [`Self::new`], but the pairing is left out for points that it has found to be powers before.
    ///
    /// # Soundness
    /// The fact is a hash of the opening key and of every point: for other points, somebody would have to find a collision of
    /// keccak256.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn new_once(
        g1: Vec<G1Affine>,
        tau_g2: G2Affine,
        insecure: bool,
        facts: &dyn Facts,
    ) -> Result<Self, PowersError> {
        let &[one, tau_g1, ..] = g1.as_slice() else { return Err(PowersError::TooFew { found: g1.len() }) };
        if g1.len() <= BLINDING {
            return Err(PowersError::TooFew { found: g1.len() });
        }
        if one != G1Affine::generator() {
            return Err(PowersError::Generator);
        }
        // The curve's cofactor is 1: a point on the curve is in the group.
        if let Some(index) = g1.iter().position(|point| point.is_zero() || !point.is_on_curve()) {
            return Err(PowersError::Point { index });
        }
        let key = OpeningKey::new(tau_g1, tau_g2, insecure)?;
        let hash = hash(&g1, &key);
        if check_once(facts, hash, || are_successive(&g1, &key, hash)) {
            Ok(Self { g1, key })
        } else {
            Err(PowersError::Successive)
        }
    }

    /// The powers, from `[1]_1` on.
    pub fn g1(&self) -> &[G1Affine] {
        &self.g1
    }

    /// The part of the string that a verifier needs.
    #[must_use]
    pub fn opening_key(&self) -> &OpeningKey {
        &self.key
    }

    /// The base-two logarithm of the longest row: with its blinding coefficients it has 2^b + [`BLINDING`] powers.
    #[must_use]
    pub fn log_size(&self) -> u32 {
        (self.g1.len() - BLINDING).ilog2()
    }
}

/// One sum serves both sides, since the powers of rho are successive too:
///
/// ```text
/// sum over i < n - 1 of rho^i P_i = P_0 + rho (sum over i < n - 1 of rho^i P_(i+1)) - rho^(n-1) P_(n-1)
/// ```
fn are_successive(g1: &[G1Affine], key: &OpeningKey, hash: Hash) -> bool {
    let (Some((first, rest)), Some(last)) = (g1.split_first(), g1.last()) else { return false };
    let rho = Fr::from_be_bytes_mod_order(&hash.0);
    let rhos: Vec<Fr> = std::iter::successors(Some(Fr::ONE), |power| Some(*power * rho)).take(rest.len()).collect();
    let shifted = G1Projective::msm_unchecked(rest, &rhos);
    let beyond = rhos.last().copied().unwrap_or_default() * rho;
    let unshifted = shifted * rho + first - *last * beyond;
    let sides = [shifted.into_affine(), (-unshifted).into_affine()];
    Bn254::multi_pairing(sides, [key.g2, key.tau_g2]).is_zero()
}

/// `keccak256("hallmark powers 1", digest of the opening key, powers)`: modulo r the check's challenge, and what it finds is remembered
/// under.
fn hash(g1: &[G1Affine], key: &OpeningKey) -> Hash {
    let mut hasher = Keccak256::new_with_prefix(CHECK_DOMAIN);
    hasher.update(key.digest);
    g1.iter().for_each(|point| hasher.update(g1_to_bytes(point)));
    Hash(hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use ark_bn254::Fq;

    use super::*;
    use crate::facts::tests::List;

    const COUNT: usize = 40;

    fn points(tau: u64) -> (Vec<G1Affine>, G2Affine) {
        let tau = Fr::from(tau);
        let powers = std::iter::successors(Some(Fr::ONE), |power| Some(*power * tau)).take(COUNT);
        let g1 = powers.map(|power| (G1Affine::generator() * power).into_affine()).collect();
        (g1, (G2Affine::generator() * tau).into_affine())
    }

    /// The result for changed powers.
    fn after(change: impl FnOnce(&mut Vec<G1Affine>)) -> Result<Powers, PowersError> {
        let (mut g1, tau_g2) = points(7);
        change(&mut g1);
        Powers::new(g1, tau_g2, true)
    }

    #[test]
    fn the_powers_of_one_tau_are_taken_whole() {
        let powers = after(|_| {}).unwrap();
        assert_eq!((powers.g1(), powers.log_size()), (points(7).0.as_slice(), 4));
        assert_eq!(powers.opening_key().tau_g2, points(7).1);
        let shorter = after(|g1| g1.truncate(16)).unwrap();
        assert_eq!((shorter.log_size(), shorter.opening_key()), (0, powers.opening_key()));
        for found in 0..16 {
            assert_eq!(after(|g1| g1.truncate(found)), Err(PowersError::TooFew { found }));
        }
    }

    /// Whoever could change any of it without another challenge could choose powers for a known one.
    #[test]
    fn the_hash_covers_the_opening_key_and_every_power() {
        let (g1, tau_g2) = points(7);
        let key = OpeningKey::new(g1[1], tau_g2, true).unwrap();
        let points: Vec<u8> = g1.iter().flat_map(g1_to_bytes).collect();
        let bytes = [b"hallmark powers 1".as_slice(), key.digest.as_ref(), &points].concat();
        assert_eq!(hash(&g1, &key), Hash::keccak(&bytes));
    }

    #[test]
    fn powers_that_were_checked_are_taken_again_and_no_others() {
        let (facts, (g1, tau_g2)) = (List::default(), points(7));
        let powers = Powers::new_once(g1.clone(), tau_g2, true, &facts).unwrap();
        let fact = hash(&g1, powers.opening_key());
        assert_eq!(*facts.0.borrow(), [fact]);
        let mut wrong = g1.clone();
        wrong.swap(5, 6);
        assert_eq!(Powers::new_once(wrong.clone(), tau_g2, true, &facts), Err(PowersError::Successive));
        assert_eq!(*facts.0.borrow(), [fact], "what was refused is not remembered");
        // Only the pairing is left out: these points are none of one tau.
        facts.remember(hash(&wrong, powers.opening_key()));
        assert!(Powers::new_once(wrong, tau_g2, true, &facts).is_ok());
        let mut invalid = g1;
        invalid[9] = G1Affine::identity();
        facts.remember(hash(&invalid, powers.opening_key()));
        assert_eq!(Powers::new_once(invalid, tau_g2, true, &facts), Err(PowersError::Point { index: 9 }));
    }

    #[test]
    fn any_wrong_power_is_found() {
        for index in 2..COUNT {
            let shift = |g1: &mut Vec<G1Affine>| g1[index] = (g1[index] + G1Affine::generator()).into_affine();
            assert_eq!(after(shift), Err(PowersError::Successive), "{index}");
        }
        assert_eq!(after(|g1| g1.swap(5, 6)), Err(PowersError::Successive));
        assert_eq!(after(|g1| g1[9..].rotate_left(1)), Err(PowersError::Successive));
    }

    #[test]
    fn errors_that_cancel_in_a_plain_sum_are_found() {
        let cancel = |g1: &mut Vec<G1Affine>| {
            g1[8] = (g1[8] + G1Affine::generator()).into_affine();
            g1[9] = (g1[9] - G1Affine::generator()).into_affine();
        };
        assert_eq!(after(cancel), Err(PowersError::Successive));
    }

    #[test]
    fn invalid_points_and_generators_are_refused() {
        let off_curve = G1Affine::new_unchecked(Fq::from(1), Fq::from(3));
        for (index, point) in [(1, G1Affine::identity()), (3, G1Affine::identity()), (COUNT - 1, off_curve)] {
            assert_eq!(after(|g1| g1[index] = point), Err(PowersError::Point { index }));
        }
        assert_eq!(after(|g1| g1.rotate_left(1)), Err(PowersError::Generator));
        let other = Powers::new(points(7).0, points(8).1, true);
        assert_eq!(other, Err(PowersError::Key(OpeningKeyError::Inconsistent)));
        let trivial = Powers::new(vec![G1Affine::generator(); 16], G2Affine::generator(), true);
        assert_eq!(trivial, Err(PowersError::Key(OpeningKeyError::Trivial)));
    }
}
