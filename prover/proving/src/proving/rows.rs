//! Commitments in rows: hiding KZG commitments (Kate, Zaverucha, Goldberg, ASIACRYPT 2010) to `2^b` values each.
//! Rows of weights have a `b` of their own.
//!
//! ```text
//! C = sum over j < 2^b of row[j] [tau^j] + blind [tau^(2^b)]
//! ```
//!
//! One row of each proof has more blinding coefficients above that one, its [`Mask`].

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use hallmark_circuits::{
    error::KeyError,
    key::VerifyingKey,
    model::{Architecture, Batch, Weights},
    tables::commit_tables,
    trusted::batch_key,
    verifier::statement::Statement,
};
use rand::CryptoRng;

use super::{ProveError, witness::place_weights};
use crate::msm::{msm, msm_grouped, msm_small, msm_sparse};
use crate::random::random_scalar;
use crate::srs::{BLINDING, Srs};

/// A model with commitments to its weights. It is the operator's secret: it holds weights and blinds.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedModel {
    /// The public part.
    pub key: VerifyingKey,
    /// The weights.
    pub weights: Weights,
    /// What hides each row of the weights.
    pub blinds: Vec<Fr>,
}

impl CommittedModel {
    /// The batch of this model: its architecture for so many samples, with the same weights under the same commitments.
    ///
    /// # Errors
    /// If the batch's architecture is refused, or the powers are of another setup or too few.
    pub fn batch(&self, batch: Batch, srs: &Srs) -> Result<Self, KeyError> {
        let key = batch_key(&self.key, batch, srs.powers())?;
        Ok(Self { key, weights: self.weights.clone(), blinds: self.blinds.clone() })
    }
}

/// Commits to a model's weights with fresh blinds.
///
/// # Errors
/// - [`ProveError::Model`] if the architecture is refused.
/// - [`ProveError::Key`] if there are fewer powers than a row takes.
pub fn commit(
    architecture: Architecture,
    weights: Weights,
    srs: &Srs,
    rng: &mut impl CryptoRng,
) -> Result<CommittedModel, ProveError> {
    let statement = Statement::new(&architecture)?;
    let entry_outputs = commit_tables(&statement, srs.powers())?;
    let rows = Rows::new(srs.g1(), statement.layout.weight_row_bits);
    let (weight_rows, blinds) =
        rows.commit_small(statement.layout.weight_rows(), &place_weights(&statement, &weights), rng);
    let setup = srs.opening_key().clone();
    let weight_rows = CurveGroup::normalize_batch(&weight_rows);
    let key = VerifyingKey { architecture, setup, entry_outputs, weights: weight_rows, batches: Vec::new() };
    Ok(CommittedModel { key, weights, blinds })
}

/// The bases of a row.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'b> {
    bases: &'b [G1Affine],
    row_bits: usize,
}

impl<'b> Rows<'b> {
    /// The powers that a row of `2^row_bits` values and its blinding coefficients need.
    #[must_use]
    pub fn new(powers: &'b [G1Affine], row_bits: usize) -> Self {
        Self { bases: &powers[..(1 << row_bits) + BLINDING], row_bits }
    }

    /// The bases.
    pub fn bases(&self) -> &'b [G1Affine] {
        self.bases
    }

    /// Commits to small values, row by row, with fresh blinds. What lies beyond the rows is zero.
    pub fn commit_small(&self, rows: usize, values: &[i64], rng: &mut impl CryptoRng) -> (Vec<G1Projective>, Vec<Fr>) {
        values.chunks(1 << self.row_bits).take(rows).map(|row| self.blind(msm_small(self.bases, row), rng)).unzip()
    }

    /// What a value of one at each of the places that `occupied` leaves out commits to, row by row, without blinds.
    #[must_use]
    pub fn commit_padding(&self, rows: usize, occupied: &[u32]) -> Vec<G1Projective> {
        let mut values = vec![1; rows << self.row_bits];
        for &place in occupied {
            values[place as usize] = 0;
        }
        values.chunks(1 << self.row_bits).map(|row| msm_small(self.bases, row)).collect()
    }

    /// Commits to the values at `entries`, which are in order, and zeros elsewhere.
    pub fn commit_sparse(
        &self,
        rows: usize,
        entries: &[(usize, Fr)],
        rng: &mut impl CryptoRng,
    ) -> (Vec<G1Projective>, Vec<Fr>) {
        let mut rest = entries;
        (0..rows)
            .map(|row| {
                let (here, after) = rest.split_at(rest.partition_point(|entry| entry.0 >> self.row_bits == row));
                rest = after;
                let start = row << self.row_bits;
                let here: Vec<_> = here.iter().map(|&(index, value)| (index - start, value)).collect();
                self.blind(msm_sparse(self.bases, &here), rng)
            })
            .unzip()
    }

    /// Commits to the sum of the values of the members (place, index of the value) of each place, on top of `constants`.
    pub fn commit_grouped(
        &self,
        constants: Vec<G1Projective>,
        members: &[(u32, u32)],
        values: &[Fr],
        rng: &mut impl CryptoRng,
    ) -> (Vec<G1Projective>, Vec<Fr>) {
        let mut rows = vec![Vec::new(); constants.len()];
        for &(place, value) in members {
            let row = place as usize >> self.row_bits;
            rows[row].push((place - ((row as u32) << self.row_bits), value));
        }
        let sums = constants.into_iter().zip(rows);
        sums.map(|(constant, row)| self.blind(constant + msm_grouped(self.bases, &row, values), rng)).unzip()
    }

    /// Draws a mask, and commits to it.
    pub fn commit_mask(&self, rng: &mut impl CryptoRng) -> (Mask, G1Projective) {
        let mask = Mask(std::array::from_fn(|_| random_scalar(rng)));
        let first = self.bases.len() - mask.0.len();
        (mask, msm(&self.bases[first..], &mask.0))
    }

    fn blind(&self, commitment: G1Projective, rng: &mut impl CryptoRng) -> (G1Projective, Fr) {
        let blind = random_scalar(rng);
        (commitment + self.bases[1 << self.row_bits] * blind, blind)
    }
}

/// The blinding coefficients of a row after its first.
///
/// What a settlement shows of an opening are six numbers that are linear in the opened polynomial's coefficients, besides
/// those that follow from them. Two blocks of the opening's division cover five. The sixth is the commitment to the cross
/// terms, which nothing above a row's values can cover: it is hidden by the point's own coordinates, which are not shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mask(pub [Fr; BLINDING - 1]);
