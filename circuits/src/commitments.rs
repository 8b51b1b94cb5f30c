//! The group elements of a proof, and the digests that stand for them in the transcript.

use ark_bn254::{Fr, G1Affine};
use ark_ff::PrimeField;
use sha3::{Digest, Keccak256};

use crate::{
    encoding::{g1_to_bytes, word},
    error::Reject,
    layout::Layout,
    relations::packing::PublicTensor,
};

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
    /// To the helpers of the cells.
    pub helpers: Vec<T>,
    /// To the helpers of the entries.
    pub entry_helpers: Vec<T>,
    /// To the opening's fold and to the cross terms of its inner product.
    pub fold: [T; 2],
    /// To the quotient of the opening's division.
    pub division: T,
    /// To the opening's batched quotient.
    pub batch: T,
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
            &self.helpers,
            &self.entry_helpers,
            &self.fold,
            std::slice::from_ref(&self.division),
            std::slice::from_ref(&self.batch),
            std::slice::from_ref(&self.last),
        ]
    }
}

impl Commitments {
    /// The parts in the order in which they are sent, with the number of points that a layout fixes for each.
    #[must_use]
    pub fn shape(layout: &Layout) -> [(&'static str, usize); 10] {
        let cells = layout.cell_rows();
        let entries = layout.entry_rows();
        [
            ("quotients", cells),
            ("remainders", cells),
            ("outputs", cells),
            ("multiplicities", entries),
            ("helpers", cells),
            ("entry helpers", entries),
            ("the opening's fold and its cross terms", 2),
            ("the opening's division", 1),
            ("the opening's batch", 1),
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
        let [quotients, remainders, outputs, multiplicities, helpers, entry_helpers, fold, division, batch, last] =
            <[Vec<G1Affine>; 10]>::try_from(parts).ok()?;
        let fold = fold.try_into().ok()?;
        let (division, batch, last) = (*division.first()?, *batch.first()?, *last.first()?);
        let commitments = Self {
            quotients,
            remainders,
            outputs,
            multiplicities,
            helpers,
            entry_helpers,
            fold,
            division,
            batch,
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
        seal(b"hallmark helpers 2", &[], &[&self.helpers, &self.entry_helpers])
    }

    /// Absorbed third: the commitments to the opening's fold and to its cross terms.
    #[must_use]
    pub fn seal_fold(&self) -> Fr {
        seal(b"hallmark fold 2", &[], &[&self.fold])
    }

    /// Absorbed fourth: the commitment to the quotient of the opening's division.
    #[must_use]
    pub fn seal_division(&self) -> Fr {
        seal(b"hallmark division 2", &[], &[std::slice::from_ref(&self.division)])
    }

    /// Absorbed last: the commitment to the opening's batched quotient.
    #[must_use]
    pub fn seal_batch(&self) -> Fr {
        seal(b"hallmark batch 2", &[], &[std::slice::from_ref(&self.batch)])
    }
}

/// What is public in an inference besides its commitments.
#[derive(Clone, Debug)]
pub struct Public {
    /// The digest of the verifying key: architecture, setup, tables and weights. It fixes the lengths of what follows.
    pub key: [u8; 32],
    /// What a settlement binds the proof to; zeros for a proof that settles nothing.
    pub context: [u8; 32],
    /// The input as bytes.
    pub input: Vec<u8>,
    /// The output as bytes.
    pub output: Vec<u8>,
}

impl Public {
    /// Encodes the public integers of an inference.
    #[must_use]
    pub fn new(tensors: &[PublicTensor<'_>; 2], key: [u8; 32], context: [u8; 32], values: [&[i64]; 2]) -> Self {
        Self { key, context, input: tensors[0].to_bytes(values[0]), output: tensors[1].to_bytes(values[1]) }
    }

    /// Absorbed first: all that is public, and the first commitments.
    #[must_use]
    pub fn seal(&self, commitments: &Commitments) -> Fr {
        let parts = commitments.parts();
        seal(b"hallmark inference 2", &[&self.key, &self.context, &self.input, &self.output], &parts[..4])
    }
}

/// `keccak256(domain, bytes, points) mod 2^248`, so that it is a field element without reduction. The domain is a word of
/// 32 bytes, filled up with zeros.
fn seal(domain: &[u8], bytes: &[&[u8]], points: &[&[G1Affine]]) -> Fr {
    let mut hasher = Keccak256::new();
    hasher.update(word(domain));
    for bytes in bytes {
        hasher.update(bytes);
    }
    for point in points.iter().copied().flatten() {
        hasher.update(g1_to_bytes(point));
    }
    Fr::from_be_bytes_mod_order(&hasher.finalize()[1..])
}
