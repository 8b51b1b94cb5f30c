//! The group elements of a proof, and the digests that stand for them in the transcript.

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use sha3::{Digest, Keccak256};

use crate::{
    columns::{COLUMNS, Origin, PerColumn},
    encoding::{g1_to_bytes, word},
    error::Reject,
    layout::Layout,
    message::Sealed,
    relations::packing::PublicTensor,
};

/// Every group element that a proof has, or something of each: the scalar that it is multiplied with, say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commitments<T = G1Affine> {
    /// To the columns, a row each. A column of the key has none here.
    pub columns: PerColumn<Vec<T>>,
    /// Those of the opening.
    pub opening: OpeningPoints<T>,
}

/// The group elements of the opening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpeningPoints<T = G1Affine> {
    /// To the fold and to the cross terms of its inner product.
    pub fold: [T; 2],
    /// To the quotient of the division.
    pub division: T,
    /// To the batched quotient.
    pub batch: T,
    /// To the last quotient.
    pub last: T,
}

/// A run of points in a proof: its name, the digest that it is in, and the points.
pub struct Part<'c, T> {
    /// The name, for people.
    pub name: &'static str,
    /// The digest. The last quotient is in none: no challenge is drawn after it.
    pub sealed: Option<Sealed>,
    /// The points.
    pub points: &'c [T],
}

impl<T> OpeningPoints<T> {
    /// The points in the order in which they are sent.
    pub fn points(&self) -> impl Iterator<Item = &T> {
        self.parts().into_iter().flat_map(|part| part.points)
    }

    /// The parts in the order in which they are sent.
    fn parts(&self) -> [Part<'_, T>; 4] {
        use std::slice::from_ref;
        [
            Part { name: "the opening's fold and its cross terms", sealed: Some(Sealed::Fold), points: &self.fold },
            Part { name: "the opening's division", sealed: Some(Sealed::Division), points: from_ref(&self.division) },
            Part { name: "the opening's batch", sealed: Some(Sealed::Batch), points: from_ref(&self.batch) },
            Part { name: "the opening's last quotient", sealed: None, points: from_ref(&self.last) },
        ]
    }
}

impl<T> Commitments<T> {
    /// The parts in the order in which they are sent.
    pub fn parts(&self) -> impl Iterator<Item = Part<'_, T>> {
        let columns = self.columns.iter().filter_map(|(declaration, points)| match declaration.origin {
            Origin::Proof(sealed) => Some(Part { name: declaration.name, sealed: Some(sealed), points }),
            Origin::Key => None,
        });
        columns.chain(self.opening.parts())
    }

    /// All points in the order in which they are sent.
    pub fn points(&self) -> impl Iterator<Item = &T> {
        self.parts().flat_map(|part| part.points)
    }
}

impl Commitments {
    /// The parts in the order in which they are sent, with the number of points that a layout fixes for each.
    #[must_use]
    pub fn shape(layout: &Layout) -> Vec<(&'static str, usize)> {
        let columns = COLUMNS.iter().filter(|declaration| declaration.origin != Origin::Key);
        let columns = columns.map(|declaration| (declaration.name, declaration.rows_in_proof(layout)));
        let opening = OpeningPoints::<G1Affine>::default();
        columns.chain(opening.parts().iter().map(|part| (part.name, part.points.len()))).collect()
    }

    /// The number of points that a layout fixes.
    #[must_use]
    pub fn count(layout: &Layout) -> usize {
        Self::shape(layout).iter().map(|part| part.1).sum()
    }

    /// Takes points in the order in which they are sent, as many as a layout fixes.
    #[must_use]
    pub fn from_points(layout: &Layout, points: &[G1Affine]) -> Option<Self> {
        let mut rest = points;
        // Where there are too few, nothing is left for the opening.
        let columns = PerColumn::from_fn(|declaration| {
            let (head, tail) = rest.split_at_checked(declaration.rows_in_proof(layout)).unwrap_or_default();
            rest = tail;
            head.to_vec()
        });
        let [fold, cross, division, batch, last] = rest.try_into().ok()?;
        Some(Self { columns, opening: OpeningPoints { fold: [fold, cross], division, batch, last } })
    }

    /// Refuses another number of points than a layout fixes, and the neutral element.
    ///
    /// Every point of an honest proof is random. A contract refuses the neutral element too, so that a proof which verifies
    /// can be settled.
    pub fn check(&self, layout: &Layout) -> Result<(), Reject> {
        for (declaration, points) in self.columns.iter() {
            let (part, expected, found) = (declaration.name, declaration.rows_in_proof(layout), points.len());
            if found != expected {
                return Err(Reject::Commitments { part, expected, found });
            }
        }
        for Part { name: part, points, .. } in self.parts() {
            if let Some(index) = points.iter().position(AffineRepr::is_zero) {
                return Err(Reject::Neutral { part, index });
            }
        }
        Ok(())
    }

    /// The digest of what is committed to before the challenges that follow it. All that is public is absorbed first, in the
    /// digest of [`Public::seal`].
    #[must_use]
    pub fn seal(&self, sealed: Sealed) -> Fr {
        self.seal_after(sealed, &[])
    }

    /// `keccak256(domain, bytes, points) mod 2^248`, so that it is a field element without reduction. The domain is a word
    /// of 32 bytes, filled up with zeros.
    fn seal_after(&self, sealed: Sealed, bytes: &[&[u8]]) -> Fr {
        let mut hasher = Keccak256::new();
        hasher.update(word(sealed.domain()));
        bytes.iter().for_each(|bytes| hasher.update(bytes));
        for part in self.parts().filter(|part| part.sealed == Some(sealed)) {
            part.points.iter().for_each(|point| hasher.update(g1_to_bytes(point)));
        }
        let [_, low @ ..] = <[u8; 32]>::from(hasher.finalize());
        Fr::from_be_bytes_mod_order(&low)
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
        let ([input, output], [input_values, output_values]) = (tensors, values);
        Self { key, context, input: input.to_bytes(input_values), output: output.to_bytes(output_values) }
    }

    /// Absorbed first: all that is public, and the first commitments.
    #[must_use]
    pub fn seal(&self, commitments: &Commitments) -> Fr {
        commitments.seal_after(Sealed::Commitments, &[&self.key, &self.context, &self.input, &self.output])
    }
}
