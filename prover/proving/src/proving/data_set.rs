//! Commitments to data sets, and models that are asked about them.

use ark_bn254::Fr;
use ark_ec::CurveGroup;
use ark_ff::Field;
use hallmark_circuits::{
    error::KeyError,
    model::{DataSet, Score, Weights, bits_of},
    set_key::{SetKey, score_rows, scored_key},
};
use rand::CryptoRng;

use super::{CommittedModel, ProveError, rows::Rows};
use crate::srs::Srs;

/// A data set with commitments to it. It is its owner's secret: it holds samples, labels and blinds.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedSet {
    /// The public part.
    pub key: SetKey,
    /// The private part of each chunk.
    pub chunks: Vec<Chunk>,
}

/// What opens the commitments to a chunk of a data set.
#[derive(Clone, Debug, PartialEq)]
pub struct Chunk {
    /// The integers of all rows, one row after another without padding.
    pub integers: Vec<i64>,
    /// What hides each committed row.
    pub blinds: Vec<Fr>,
}

/// Commits to a data set with fresh blinds, in rows of `2^row_bits` integers.
///
/// # Errors
/// - [`ProveError::Model`] if the form is refused.
/// - [`ProveError::SetLength`] if a chunk has more or fewer integers than the form says.
/// - [`ProveError::Key`] if there are fewer powers than a row takes.
pub fn commit_set(
    form: DataSet,
    chunks: Vec<Vec<i64>>,
    row_bits: u32,
    srs: &Srs,
    rng: &mut impl CryptoRng,
) -> Result<CommittedSet, ProveError> {
    form.validate()?;
    let expected = form.capacity() * form.row_width();
    if let Some(found) = chunks.iter().map(Vec::len).find(|found| *found != expected) {
        return Err(ProveError::SetLength { expected, found });
    }
    if row_bits > srs.log_size() {
        return Err(KeyError::Powers { needed: row_bits, found: srs.log_size() }.into());
    }
    let rows = Rows::new(srs.g1(), row_bits as usize);
    let commit = |integers: Vec<i64>| {
        let placed = place(&form, &integers, row_bits);
        let (points, blinds) = rows.commit_small(placed.len() >> row_bits, &placed, rng);
        (CurveGroup::normalize_batch(&points), Chunk { integers, blinds })
    };
    let (points, chunks) = chunks.into_iter().map(commit).unzip();
    let setup = srs.opening_key().clone();
    Ok(CommittedSet { key: SetKey { form, setup, row_bits, chunks: points }, chunks })
}

/// The integers in whole rows, with each axis padded to a power of two, as they stand among a model's weights.
fn place(form: &DataSet, integers: &[i64], row_bits: u32) -> Vec<i64> {
    let padded = 1 << bits_of(form.row_width());
    let mut placed = vec![0; (form.capacity() * padded).max(1 << row_bits)];
    for (place, row) in placed.chunks_mut(padded).zip(integers.chunks(form.row_width())) {
        place[..row.len()].copy_from_slice(row);
    }
    placed
}

impl CommittedModel {
    /// The model whose only answer is this model's score on a chunk of a data set, under the commitments of both.
    ///
    /// # Errors
    /// [`KeyError`] if one does not fit the other, they were made under another setup, or there are too few powers.
    pub fn scored(&self, set: &CommittedSet, chunk: usize, score: Score, srs: &Srs) -> Result<Self, KeyError> {
        let key = scored_key(&self.key, &set.key, chunk, score, srs.powers())?;
        let Chunk { integers, blinds } = set.chunks.get(chunk).ok_or(KeyError::SetShape)?;
        let tensors = self.weights.0.iter().cloned().chain([integers.clone()]);
        let blinds = score_rows(&self.key.architecture, &key.architecture, &self.blinds, blinds, Fr::ONE);
        Ok(Self { weights: Weights(tensors.collect()), blinds: blinds.ok_or(KeyError::SetShape)?, key })
    }
}
