//! The group elements of a proof, and the digests that stand for them in the transcript.

use ark_bn254::{Fr, G1Affine};
use ark_ff::PrimeField;
use sha3::{Digest, Keccak256};

use crate::{encoding::g1_to_bytes, error::Reject, layout::Layout};

/// Every group element that a proof has, or something of each: the scalar that it is multiplied with, say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitments<T = G1Affine> {
    /// To the quotients of all rescalings, a row each.
    pub quotients: Vec<T>,
    /// To the remainders.
    pub remainders: Vec<T>,
    /// To the outputs.
    pub outputs: Vec<T>,
    /// To how often each table entry is looked up.
    pub multiplicities: Vec<T>,
    /// To the mask of the opening: one row.
    pub mask: Vec<T>,
    /// To the helpers of the cells.
    pub helpers: Vec<T>,
    /// To the helpers of the entries.
    pub entry_helpers: Vec<T>,
    /// To the folds of the opening, one for each variable of a row.
    pub folds: Vec<T>,
    /// To the first quotient of the opening.
    pub quotient: T,
    /// To the last quotient of the opening.
    pub last: T,
}

impl<T> Commitments<T> {
    /// The parts in the order in which they are sent.
    pub fn parts(&self) -> [&[T]; 10] {
        [
            &self.quotients,
            &self.remainders,
            &self.outputs,
            &self.multiplicities,
            &self.mask,
            &self.helpers,
            &self.entry_helpers,
            &self.folds,
            std::slice::from_ref(&self.quotient),
            std::slice::from_ref(&self.last),
        ]
    }
}

impl Commitments {
    /// The parts in the order in which they are sent, with the number of points that a layout fixes for each.
    #[must_use]
    pub fn shape(layout: &Layout) -> [(&'static str, usize); 10] {
        let cells = layout.rows(layout.cell_bits);
        let entries = layout.rows(layout.entry_bits);
        [
            ("quotients", cells),
            ("remainders", cells),
            ("outputs", cells),
            ("multiplicities", entries),
            ("mask", 1),
            ("helpers", cells),
            ("entry helpers", entries),
            ("folds", layout.row_bits),
            ("the opening's quotient", 1),
            ("the opening's last quotient", 1),
        ]
    }

    /// Takes points in the order in which they are sent, as many as a layout fixes.
    #[must_use]
    pub fn from_points(layout: &Layout, points: &[G1Affine]) -> Option<Self> {
        let mut rest = points;
        let mut take = |count| {
            let (head, tail) = rest.split_at_checked(count)?;
            rest = tail;
            Some(head.to_vec())
        };
        let mut parts = Vec::new();
        for (_, count) in Self::shape(layout) {
            parts.push(take(count)?);
        }
        let [quotients, remainders, outputs, multiplicities, mask, helpers, entry_helpers, folds, quotient, last] =
            <[Vec<G1Affine>; 10]>::try_from(parts).ok()?;
        let (quotient, last) = (*quotient.first()?, *last.first()?);
        let commitments = Self {
            quotients,
            remainders,
            outputs,
            multiplicities,
            mask,
            helpers,
            entry_helpers,
            folds,
            quotient,
            last,
        };
        rest.is_empty().then_some(commitments)
    }

    /// Refuses another number of points than a layout fixes.
    pub fn check_shape(&self, layout: &Layout) -> Result<(), Reject> {
        for ((part, expected), points) in Self::shape(layout).into_iter().zip(self.parts()) {
            if points.len() != expected {
                return Err(Reject::Commitments { part, expected, found: points.len() });
            }
        }
        Ok(())
    }

    /// Absorbed second: the commitments to the helpers.
    #[must_use]
    pub fn seal_helpers(&self) -> Fr {
        seal("hallmark helpers 1", &[], &[&self.helpers, &self.entry_helpers])
    }

    /// Absorbed third: the commitments to the folds.
    #[must_use]
    pub fn seal_folds(&self) -> Fr {
        seal("hallmark folds 1", &[], &[&self.folds])
    }

    /// Absorbed last: the commitment to the opening's first quotient.
    #[must_use]
    pub fn seal_quotient(&self) -> Fr {
        seal("hallmark quotient 1", &[], &[std::slice::from_ref(&self.quotient)])
    }
}

/// What is public in an inference besides its commitments.
#[derive(Clone, Copy, Debug)]
pub struct Public<'p> {
    /// The digest of the verifying key: architecture, setup, tables and weights.
    pub key: [u8; 32],
    /// What a settlement binds the proof to; zeros for a proof that settles nothing.
    pub context: [u8; 32],
    /// The input's integers, row-major.
    pub input: &'p [i64],
    /// The output's integers, row-major.
    pub output: &'p [i64],
}

impl Public<'_> {
    /// Absorbed first: all that is public, and the first commitments.
    #[must_use]
    pub fn seal(&self, commitments: &Commitments) -> Fr {
        let values: Vec<u8> = self.input.iter().chain(self.output).flat_map(|value| value.to_be_bytes()).collect();
        let lengths = [self.input.len() as u64, self.output.len() as u64].map(u64::to_be_bytes).concat();
        let parts = commitments.parts();
        seal("hallmark inference 1", &[&self.key, &self.context, &lengths, &values], &parts[..5])
    }
}

/// `keccak256(domain, bytes, points) mod 2^248`, so that it is a field element without reduction.
fn seal(domain: &str, bytes: &[&[u8]], points: &[&[G1Affine]]) -> Fr {
    let mut hasher = Keccak256::new();
    hasher.update(domain.as_bytes());
    for bytes in bytes {
        hasher.update(bytes);
    }
    for point in points.iter().copied().flatten() {
        hasher.update(g1_to_bytes(point));
    }
    Fr::from_be_bytes_mod_order(&hasher.finalize()[1..])
}
