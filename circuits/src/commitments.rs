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

/// A section of the points in a proof: its name, the digest that it is in, and the points.
pub struct Section<'c, T> {
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
        self.sections().into_iter().flat_map(|section| section.points)
    }

    /// The sections in the order in which they are sent.
    fn sections(&self) -> [Section<'_, T>; 4] {
        use std::slice::from_ref;
        [
            Section { name: "the opening's fold and its cross terms", sealed: Some(Sealed::Fold), points: &self.fold },
            Section {
                name: "the opening's division",
                sealed: Some(Sealed::Division),
                points: from_ref(&self.division),
            },
            Section { name: "the opening's batch", sealed: Some(Sealed::Batch), points: from_ref(&self.batch) },
            Section { name: "the opening's last quotient", sealed: None, points: from_ref(&self.last) },
        ]
    }
}

impl<T> Commitments<T> {
    /// The sections in the order in which they are sent.
    pub fn sections(&self) -> impl Iterator<Item = Section<'_, T>> {
        let columns = self.columns.iter().filter_map(|(declaration, points)| match declaration.origin {
            Origin::Proof(sealed) => Some(Section { name: declaration.name, sealed: Some(sealed), points }),
            Origin::Key => None,
        });
        columns.chain(self.opening.sections())
    }

    /// All points in the order in which they are sent.
    pub fn points(&self) -> impl Iterator<Item = &T> {
        self.sections().flat_map(|section| section.points)
    }
}

impl Commitments {
    /// The sections in the order in which they are sent, with the number of points that a layout fixes for each.
    #[must_use]
    pub fn shape(layout: &Layout) -> Vec<(&'static str, usize)> {
        let columns = COLUMNS.iter().filter(|declaration| declaration.origin != Origin::Key);
        let columns = columns.map(|declaration| (declaration.name, declaration.rows_in_proof(layout)));
        let opening = OpeningPoints::<G1Affine>::default();
        columns.chain(opening.sections().iter().map(|section| (section.name, section.points.len()))).collect()
    }

    /// The number of points that a layout fixes.
    #[must_use]
    pub fn count(layout: &Layout) -> usize {
        Self::shape(layout).iter().map(|section| section.1).sum()
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
    ///
    /// # Errors
    /// [`Reject::Commitments`] if a number of points is another, and [`Reject::Neutral`] if a point is the neutral element.
    pub fn check(&self, layout: &Layout) -> Result<(), Reject> {
        for (declaration, points) in self.columns.iter() {
            let (part, expected, found) = (declaration.name, declaration.rows_in_proof(layout), points.len());
            if found != expected {
                return Err(Reject::Commitments { part, expected, found });
            }
        }
        for Section { name: part, points, .. } in self.sections() {
            if let Some(index) = points.iter().position(AffineRepr::is_zero) {
                return Err(Reject::Neutral { part, index });
            }
        }
        Ok(())
    }

    /// The digest of what is committed to before the challenges that follow it. The domain is a word of 32 bytes, filled up
    /// with zeros. All that is public is absorbed first, in the digest of [`Claim::seal`](crate::claim::Claim::seal).
    #[must_use]
    pub fn seal(&self, sealed: Sealed) -> Fr {
        self.seal_after(sealed, [word(sealed.domain()).as_slice()])
    }

    /// `keccak256(head, points) mod 2^248`, so that it is a field element without reduction.
    pub(crate) fn seal_after<'h>(&self, sealed: Sealed, head: impl IntoIterator<Item = &'h [u8]>) -> Fr {
        let mut hasher = Keccak256::new();
        head.into_iter().for_each(|bytes| hasher.update(bytes));
        for section in self.sections().filter(|section| section.sealed == Some(sealed)) {
            section.points.iter().for_each(|point| hasher.update(g1_to_bytes(point)));
        }
        let [_, low @ ..] = <[u8; 32]>::from(hasher.finalize());
        Fr::from_be_bytes_mod_order(&low)
    }
}
