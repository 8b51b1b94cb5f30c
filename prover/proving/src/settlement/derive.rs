//! Keys that proofs are held against, from a key that somebody gave and a file of powers: the one sequence for everyone.

use std::path::Path;

use hallmark_circuits::{
    error::KeyError, facts::Facts, key::VerifyingKey, model::Batch, settlement::trusted::SettlementKey,
    trusted::TrustedKey, verifier::statement::Statement,
};
use thiserror::Error;
use tracing::info_span;

use super::Circuits;
use crate::srs::{Srs, SrsError};

/// Why a key can't be derived.
#[derive(Debug, Error)]
pub enum DeriveError {
    /// The structured reference string can't be read or trusted.
    #[error(transparent)]
    Srs(#[from] SrsError),
    /// The key can't be trusted, or the powers do not reach.
    #[error(transparent)]
    Key(#[from] KeyError),
}

/// Derives all of a model's settlement key but its weights: reads the powers that takes, and checks those that were not checked before.
///
/// # Soundness
/// The weights are those of whoever made the key. Which model this is, its digest says: compare it with the registered one.
///
/// # Errors
/// If the powers are not those of one tau, or too few, or if the key is not what its architecture and its setup give.
pub fn derive_key(key: VerifyingKey, srs: &Path, facts: &dyn Facts) -> Result<SettlementKey, DeriveError> {
    let statement = Statement::new(&key.architecture).map_err(KeyError::from)?;
    let circuits = info_span!("circuit").in_scope(|| Circuits::new(&statement, &key.batches))?;
    let srs = Srs::read_prefix_once(srs, circuits.powers(), facts)?;
    drop(statement);
    Ok(circuits.key_of(key, &srs, &[])?)
}

/// Derives what off-chain proofs are held against, which takes fewer powers and no circuit.
///
/// # Soundness
/// The weights are those of whoever made the key. Which model this is, its digest says: compare it with the registered one.
///
/// # Errors
/// As [`derive_key`].
pub fn derive_off_chain(key: VerifyingKey, srs: &Path, facts: &dyn Facts) -> Result<TrustedKey, DeriveError> {
    let srs = Srs::read_prefix_once(srs, key.architecture.row_bits, facts)?;
    Ok(info_span!("tables").in_scope(|| TrustedKey::derive(key, srs.powers()))?)
}

/// Derives what off-chain proofs of a model, and those of a batch of it, are held against.
///
/// # Soundness
/// The weights are those of whoever made the key, and the batch's own digest is nowhere registered. Compare the weight digest
/// of `key` with the registered one.
///
/// # Errors
/// As [`derive_key`], and if the batch's architecture is refused.
pub fn derive_off_chain_batch(
    key: VerifyingKey,
    batch: Batch,
    srs: &Path,
    facts: &dyn Facts,
) -> Result<[TrustedKey; 2], DeriveError> {
    let srs = Srs::read_prefix_once(srs, key.architecture.row_bits.max(batch.row_bits), facts)?;
    let _span = info_span!("tables").entered();
    let single = TrustedKey::derive(key, srs.powers())?;
    let batch = single.batch(batch, srs.powers())?;
    Ok([single, batch])
}
