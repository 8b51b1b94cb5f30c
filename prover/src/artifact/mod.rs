//! Models, keys and proofs as files: the codecs of [`hallmark_circuits::codec`] in the container of [`crate::file`].

mod error;
mod model;
mod weights;

use std::path::Path;

use hallmark_circuits::{
    codec::{PublishedKey, Receipt},
    verifier::statement::Statement,
};

use crate::file::{self, Kind};

pub use error::ArtifactError;
pub use model::{Commitment, Model};

/// The most bytes of a model's file.
pub const MAX_MODEL_BYTES: u64 = 1 << 30;
/// The most bytes of a key's file.
pub const MAX_KEY_BYTES: u64 = 64 << 20;

/// What a container's payload takes besides the payload's own bytes, at most.
const CONTAINER_BYTES: u64 = 60;

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
pub fn read_key(path: &Path) -> Result<PublishedKey, ArtifactError> {
    let bytes: Vec<u8> = file::read(path, Kind::Key, MAX_KEY_BYTES)?;
    PublishedKey::from_bytes(&bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a verifying key.
pub fn write_key(path: &Path, key: &PublishedKey) -> Result<(), ArtifactError> {
    Ok(file::write_atomically(path, Kind::Key, &key.to_bytes())?)
}

/// Reads a proof of a statement. A file of any other length is refused, a longer one before it takes memory.
#[tracing::instrument(skip_all)]
pub fn read_receipt(path: &Path, statement: &Statement<'_>) -> Result<Receipt, ArtifactError> {
    let expected = Receipt::length(statement);
    let bytes: Vec<u8> = file::read(path, Kind::Proof, expected as u64 + CONTAINER_BYTES)?;
    Receipt::from_bytes(statement, &bytes).map_err(|fault| ArtifactError::new(path, fault))
}

/// Writes a proof, and tells how many bytes its file has.
pub fn write_receipt(path: &Path, receipt: &Receipt) -> Result<u64, ArtifactError> {
    let bytes = file::encode(Kind::Proof, &receipt.to_bytes()).map_err(|fault| file::FileError::new(path, fault))?;
    file::store(path, &bytes, Kind::Proof.access())?;
    Ok(bytes.len() as u64)
}
