//! Models, keys and proofs as files: the codecs of [`hallmark_circuits::codec`] in the container of [`crate::file`].
//!
//! The container's payload is one string of bytes, whose contents the codec's own files describe.

mod data_set;
mod error;
mod model;
mod weights;

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use hallmark_circuits::{
    codec::{self, MAX_KEY_BYTES, ProofKind, Reader, Receipt, ReceiptHead, ScoreRecord},
    key::VerifyingKey,
    set_key::SetKey,
    verifier::statement::Statement,
};

use crate::file::{self, Form, Kind, Stored, Target};
use crate::proving::CommittedSet;

pub use error::ArtifactError;
pub use model::{Commitment, Model};

/// The most bytes of a model's file.
pub const MAX_MODEL_BYTES: u64 = 1 << 30;

/// What a file may have beyond a proof's own bytes: the container, and room for a key or a small model, so that files in
/// the wrong order are told by their kind and not by their size.
const SPARE_BYTES: u64 = 4 << 20;

/// The form of a model's file. It takes the place of a model that was never committed to, and of no other.
pub const MODEL: Form = Form { replaces: is_uncommitted, ..Form::of(Kind::Model) };

/// Whether a file holds a model without blinds. A model that can't be read may hold some.
fn is_uncommitted(file: &File) -> io::Result<bool> {
    let mut bytes = Vec::new();
    file.take(MAX_MODEL_BYTES).read_to_end(&mut bytes)?;
    let model = file::decode::<Vec<u8>>(&bytes, Kind::Model).ok().and_then(|bytes| Model::from_bytes(&bytes).ok());
    Ok(model.is_some_and(|model| model.commitment.is_none()))
}

/// Reads a model.
///
/// # Errors
/// - [`ArtifactError::File`] if the file can't be read, is damaged or of another kind.
/// - [`ArtifactError::Codec`] if what it holds is no model.
#[tracing::instrument(skip_all)]
pub fn read_model(path: &Path) -> Result<Model, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Model, MAX_MODEL_BYTES)?;
    Model::from_bytes(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a model, readable by its owner alone. A committed one that is there is replaced only where the target says so, and
/// is kept beside it.
///
/// # Errors
///
/// If the file can't be written, or holds what could be missed.
pub fn write_model<'a>(target: impl Into<Target<'a>>, model: &Model) -> Result<Stored, ArtifactError> {
    Ok(file::write_form(target, Kind::Model, &MODEL, &model.to_bytes())?)
}

/// Reads a verifying key.
///
/// # Soundness
/// A key is what its maker says. Derive what proofs are held against from it, and compare the digest of that.
///
/// # Errors
/// - [`ArtifactError::File`] if the file can't be read, is damaged or of another kind.
/// - [`ArtifactError::Codec`] if what it holds is no key.
#[tracing::instrument(skip_all)]
pub fn read_key(path: &Path) -> Result<VerifyingKey, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Key, MAX_KEY_BYTES)?;
    codec::read_key(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a verifying key.
///
/// # Errors
/// [`ArtifactError::File`] if the file can't be written, or holds what could be missed.
pub fn write_key<'a>(target: impl Into<Target<'a>>, key: &VerifyingKey) -> Result<Stored, ArtifactError> {
    Ok(file::write_atomically(target, Kind::Key, &codec::write_key(key))?)
}

/// The most bytes of the file of a statement's proof.
#[must_use]
pub fn longest_receipt(statement: &Statement<'_>) -> u64 {
    let longest = ProofKind::ALL.map(|kind| Receipt::length(statement, kind)).into_iter().max().unwrap_or_default();
    longest as u64 + SPARE_BYTES
}

/// Reads the head of a proof, which says what statement it is of. `limit` is the most bytes that the file of any of these has.
///
/// # Soundness
/// Nothing in it is true before a verifier has accepted the proof.
///
/// # Errors
/// - [`ArtifactError::File`] if the file can't be read, is damaged or of another kind.
/// - [`ArtifactError::Codec`] if it has no head.
#[tracing::instrument(skip_all)]
pub fn read_receipt_head(path: &Path, limit: u64) -> Result<ReceiptHead, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Proof, limit)?;
    ReceiptHead::from_bytes(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Reads a proof of a statement. One of another length is refused, and a much longer file before it takes memory.
///
/// # Soundness
/// Nothing in a receipt is true before a verifier has accepted its proof.
///
/// # Errors
/// - [`ArtifactError::File`] if the file can't be read, is damaged or of another kind.
/// - [`ArtifactError::Codec`] if what it holds is no proof of the statement.
#[tracing::instrument(skip_all)]
pub fn read_receipt(path: &Path, statement: &Statement<'_>) -> Result<Receipt, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Proof, longest_receipt(statement))?;
    Receipt::from_bytes(statement, &bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a proof.
///
/// # Errors
///
/// If the file can't be written, or holds what could be missed.
pub fn write_receipt<'a>(target: impl Into<Target<'a>>, receipt: &Receipt) -> Result<Stored, ArtifactError> {
    Ok(file::write_atomically(target, Kind::Proof, &receipt.to_bytes())?)
}

/// Reads a data set.
///
/// # Errors
/// - [`ArtifactError::File`] if the file can't be read, is damaged or of another kind.
/// - [`ArtifactError::Codec`] if what it holds is no data set.
#[tracing::instrument(skip_all)]
pub fn read_data_set(path: &Path) -> Result<CommittedSet, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::DataSet, MAX_MODEL_BYTES)?;
    data_set::from_bytes(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a data set, readable by its owner alone. It replaces none.
///
/// # Errors
/// [`ArtifactError::File`] if the file can't be written, or holds what could be missed.
pub fn write_data_set<'a>(target: impl Into<Target<'a>>, set: &CommittedSet) -> Result<Stored, ArtifactError> {
    Ok(file::write_atomically(target, Kind::DataSet, &data_set::to_bytes(set))?)
}

/// Reads the key of a data set.
///
/// # Soundness
/// A key is what its maker says. Its digest says which set it is.
///
/// # Errors
/// - [`ArtifactError::File`] if the file can't be read, is damaged or of another kind.
/// - [`ArtifactError::Codec`] if what it holds is no key.
#[tracing::instrument(skip_all)]
pub fn read_set_key(path: &Path) -> Result<SetKey, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::SetKey, MAX_KEY_BYTES)?;
    let mut reader = Reader::new(&bytes);
    let key = codec::read_set_key(&mut reader).and_then(|key| reader.finish().map(|()| key));
    key.map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes the key of a data set.
///
/// # Errors
/// [`ArtifactError::File`] if the file can't be written, or holds what could be missed.
pub fn write_set_key<'a>(target: impl Into<Target<'a>>, key: &SetKey) -> Result<Stored, ArtifactError> {
    Ok(file::write_atomically(target, Kind::SetKey, &codec::write_set_key(key))?)
}

/// Reads the proofs of a score.
///
/// # Soundness
/// Nothing in it is true before a verifier has accepted all of its proofs.
///
/// # Errors
/// - [`ArtifactError::File`] if the file can't be read, is damaged or of another kind.
/// - [`ArtifactError::Codec`] if what it holds is no score.
#[tracing::instrument(skip_all)]
pub fn read_score(path: &Path) -> Result<ScoreRecord, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Score, MAX_KEY_BYTES)?;
    ScoreRecord::from_bytes(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes the proofs of a score.
///
/// # Errors
/// [`ArtifactError::File`] if the file can't be written, or holds what could be missed.
pub fn write_score<'a>(target: impl Into<Target<'a>>, score: &ScoreRecord) -> Result<Stored, ArtifactError> {
    Ok(file::write_atomically(target, Kind::Score, &score.to_bytes())?)
}
