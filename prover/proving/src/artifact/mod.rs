//! Models, keys and proofs as files: the codecs of [`hallmark_circuits::codec`] in the container of [`crate::file`].
//!
//! The container's payload is one string of bytes, whose contents the codec's own files describe.

mod error;
mod model;
mod weights;

use std::path::Path;

use hallmark_circuits::{
    codec::{self, ProofKind, Receipt},
    key::VerifyingKey,
    verifier::statement::Statement,
};

use crate::file::{self, Kind};

pub use error::ArtifactError;
pub use model::{Commitment, Model};

/// The most bytes of a model's file.
pub const MAX_MODEL_BYTES: u64 = 1 << 30;
/// The most bytes of a key's file.
pub const MAX_KEY_BYTES: u64 = 64 << 20;

/// What a file may have beyond a proof's own bytes: the container, and room for a key or a small model, so that files in
/// the wrong order are told by their kind and not by their size.
const SPARE_BYTES: u64 = 4 << 20;

/// Reads a model.
#[tracing::instrument(skip_all)]
pub fn read_model(path: &Path) -> Result<Model, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Model, MAX_MODEL_BYTES)?;
    Model::from_bytes(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a model, readable by its owner alone.
pub fn write_model(path: &Path, model: &Model) -> Result<(), ArtifactError> {
    Ok(file::write_atomically(path, Kind::Model, &model.to_bytes())?)
}

/// Reads a verifying key.
#[tracing::instrument(skip_all)]
pub fn read_key(path: &Path) -> Result<VerifyingKey, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Key, MAX_KEY_BYTES)?;
    codec::read_key(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a verifying key.
pub fn write_key(path: &Path, key: &VerifyingKey) -> Result<(), ArtifactError> {
    Ok(file::write_atomically(path, Kind::Key, &codec::write_key(key))?)
}

/// Reads a proof of a statement. One of another length is refused, and a much longer file before it takes memory.
#[tracing::instrument(skip_all)]
pub fn read_receipt(path: &Path, statement: &Statement<'_>) -> Result<Receipt, ArtifactError> {
    let longest = ProofKind::ALL.map(|kind| Receipt::length(statement, kind)).into_iter().max().unwrap_or_default();
    let limit = longest as u64 + SPARE_BYTES;
    let bytes: Vec<u8> = file::read(path, Kind::Proof, limit)?;
    Receipt::from_bytes(statement, &bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a proof, and tells how many bytes its file has.
pub fn write_receipt(path: &Path, receipt: &Receipt) -> Result<u64, ArtifactError> {
    let bytes = file::encode(Kind::Proof, &receipt.to_bytes()).map_err(|fault| file::FileError::new(path, fault))?;
    file::store(path, &bytes, Kind::Proof.access())?;
    Ok(bytes.len() as u64)
}
