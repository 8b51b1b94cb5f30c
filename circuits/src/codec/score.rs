//! A score's proofs as bytes, one for each chunk of its data set.
//!
//! ```text
//! length, score   postcard: the metric, and the row bits
//! weight digest   32 bytes, of the model
//! set digest      32 bytes
//! proofs          8 bytes, their number; then of each its length and its receipt. A length of 0 is a proof that is yet to be made
//! ```
//!
//! Each receipt is that of the chunk's own architecture: see [`scored_key`](crate::set_key::scored_key).

use super::{CodecError, Reader};
use crate::{
    digest::Digest,
    model::{MAX_CHUNKS, ModelError, Score},
};

/// The most bytes of an encoded score.
const MAX_SCORE_BYTES: usize = 64;

/// What a score is of, and the proofs that there are of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScoreRecord {
    /// What was asked.
    pub score: Score,
    /// The weight digest of the model.
    pub model: Digest,
    /// The digest of the data set.
    pub set: Digest,
    /// The receipt of each chunk; empty where there is none yet.
    pub receipts: Vec<Vec<u8>>,
}

impl ScoreRecord {
    /// A score of which nothing is proved yet.
    #[must_use]
    pub fn new(score: Score, model: Digest, set: Digest, chunks: usize) -> Self {
        Self { score, model, set, receipts: vec![Vec::new(); chunks] }
    }

    /// The chunks that have no proof yet.
    pub fn missing(&self) -> impl Iterator<Item = usize> {
        self.receipts.iter().enumerate().filter(|(_, receipt)| receipt.is_empty()).map(|(chunk, _)| chunk)
    }

    /// Adds the receipt of a chunk.
    pub fn put(&mut self, chunk: usize, receipt: Vec<u8>) {
        if let Some(place) = self.receipts.get_mut(chunk) {
            *place = receipt;
        }
    }

    /// The bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Nothing in a score has an unknown length, which is all that postcard can't encode.
        write_sized(&mut bytes, &postcard::to_stdvec(&self.score).unwrap_or_default());
        bytes.extend(self.model.0);
        bytes.extend(self.set.0);
        bytes.extend(u64::try_from(self.receipts.len()).unwrap_or(u64::MAX).to_be_bytes());
        self.receipts.iter().for_each(|receipt| write_sized(&mut bytes, receipt));
        bytes
    }

    /// Reads what [`Self::to_bytes`] gives.
    ///
    /// # Errors
    /// [`CodecError`] says where the bytes are no score.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut reader = Reader::new(bytes);
        let score = read_score(&mut reader)?;
        let [model, set] = [reader.array("the weight digest")?, reader.array("the data set's digest")?].map(Digest);
        let count = usize::try_from(reader.number("the number of proofs")?).unwrap_or(usize::MAX);
        if !(1..=MAX_CHUNKS).contains(&count) {
            return Err(ModelError::Count { what: "chunks of a data set", found: count, limit: MAX_CHUNKS }.into());
        }
        let mut receipts = Vec::with_capacity(count);
        for _ in 0..count {
            receipts.push(read_sized(&mut reader, "the proof of a chunk")?.to_vec());
        }
        reader.finish()?;
        Ok(Self { score, model, set, receipts })
    }
}

fn read_score(reader: &mut Reader<'_>) -> Result<Score, CodecError> {
    const PART: &str = "the metric";
    let encoding = read_sized(reader, PART)?;
    if encoding.len() > MAX_SCORE_BYTES {
        return Err(CodecError::NotCanonical { part: PART });
    }
    let score: Score = postcard::from_bytes(encoding).map_err(CodecError::Architecture)?;
    if postcard::to_stdvec(&score).is_ok_and(|bytes| bytes == encoding) {
        return Ok(score);
    }
    Err(CodecError::NotCanonical { part: PART })
}

fn write_sized(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
    bytes.extend(part);
}

fn read_sized<'b>(reader: &mut Reader<'b>, part: &'static str) -> Result<&'b [u8], CodecError> {
    let length = usize::try_from(reader.number(part)?).map_err(|_| CodecError::Truncated { part })?;
    reader.slice(part, length)
}
