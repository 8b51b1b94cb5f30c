//! A data set that somebody committed to, and the keys of a model's scores on it.

use std::ops::Range;

use ark_bn254::G1Affine;

use crate::{
    digest::Digest,
    encoding::{g1_to_bytes, integer_word, word},
    error::KeyError,
    key::VerifyingKey,
    layout::Layout,
    model::{Architecture, DataSet, Score},
    powers::Powers,
    srs::OpeningKey,
    tables::commit_tables,
    verifier::statement::Statement,
};

/// What a verifier needs to know of a data set. It holds no samples, only hiding commitments to them.
#[derive(Clone, Debug, PartialEq)]
pub struct SetKey {
    /// What the set's integers mean.
    pub form: DataSet,
    /// The setup under which the commitments were made.
    pub setup: OpeningKey,
    /// Commitments are made in rows of `2^row_bits` values. A model that is asked has weights in rows of the same length.
    pub row_bits: u32,
    /// The commitments of each chunk, a row each. A chunk has as many samples as one proof is about.
    pub chunks: Vec<Vec<G1Affine>>,
}

impl SetKey {
    /// The digest that names the set, and binds its samples and labels:
    ///
    /// ```text
    /// keccak256("hallmark data set 1", form digest, setup digest, row bits, keccak256(rows) of each chunk)
    /// ```
    ///
    /// in words of 32 bytes. So a contract that has the other words finds a chunk in the key of a score.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let row_bits = integer_word(u64::from(self.row_bits));
        let words = [word(b"hallmark data set 1"), self.form.digest().0, self.setup.digest.0, row_bits];
        let chunks = self.chunks.iter().map(|rows| chunk_digest(rows).0);
        Digest::keccak(words.into_iter().chain(chunks).collect::<Vec<_>>().as_flattened())
    }
}

/// The digest of the commitments of a chunk.
#[must_use]
pub fn chunk_digest(rows: &[G1Affine]) -> Digest {
    Digest::keccak(&rows.iter().flat_map(g1_to_bytes).collect::<Vec<u8>>())
}

/// The key of a model's score on a chunk of a set. The commitments to weights are the model's and the chunk's. Between them may be rows
/// of zeros, which are hidden by a blind of 1. All else follows from the two forms, the score and the setup.
///
/// # Errors
/// [`KeyError`] if one does not fit the other, they were made under another setup, or there are too few powers.
pub fn scored_key(
    model: &VerifyingKey,
    set: &SetKey,
    chunk: usize,
    score: Score,
    powers: &Powers,
) -> Result<VerifyingKey, KeyError> {
    let count = set.chunks.len();
    let chunk = set.chunks.get(chunk).ok_or(KeyError::Chunk { found: chunk, count })?;
    let setup = powers.opening_key().clone();
    for expected in [model.setup.digest, set.setup.digest] {
        if expected != setup.digest {
            return Err(KeyError::Setup { expected, found: setup.digest });
        }
    }
    let architecture = scored(&model.architecture, set, score)?;
    let entry_outputs = commit_tables(&Statement::new(&architecture)?, powers)?;
    let row_bits = set.row_bits;
    let blind = powers.g1().get(1 << row_bits).copied();
    let blind = blind.ok_or(KeyError::Powers { needed: row_bits, found: powers.log_size() })?;
    let weights =
        score_rows(&model.architecture, &architecture, &model.weights, chunk, blind).ok_or(KeyError::SetShape)?;
    Ok(VerifyingKey { architecture, setup, entry_outputs, weights, batches: Vec::new() })
}

fn scored(model: &Architecture, set: &SetKey, score: Score) -> Result<Architecture, KeyError> {
    if model.weight_row_bits != set.row_bits {
        return Err(KeyError::SetRows { expected: model.weight_row_bits, found: set.row_bits });
    }
    Ok(model.scored(&set.form, score)?)
}

/// Puts together what belongs to the rows of a score's weights, commitments or blinds: the model's and the set's in their places,
/// and `zero` for each row between them. Nothing if there are more or fewer.
#[must_use]
pub fn score_rows<T: Clone>(
    model: &Architecture,
    scored: &Architecture,
    own: &[T],
    set: &[T],
    zero: T,
) -> Option<Vec<T>> {
    let [alone, layout] = [model, scored].map(|model| Layout::new(model).ok());
    let (alone, layout) = alone.zip(layout)?;
    let (of_set, of_model) = layout.parts.split_last()?;
    let mut rows = vec![zero; layout.weight_rows()];
    let mut put = |place: &Range<usize>, from: &[T]| {
        let rows = rows.get_mut(place.clone()).filter(|rows| rows.len() == from.len())?;
        rows.clone_from_slice(from);
        Some(())
    };
    if own.len() != alone.weight_rows() || alone.parts.len() != of_model.len() {
        return None;
    }
    for (from, to) in alone.parts.iter().zip(of_model) {
        put(to, own.get(from.clone())?)?;
    }
    put(of_set, set)?;
    Some(rows)
}
