//! Keys that proofs are held against, from a key that somebody gave and a file of powers: the one sequence for everyone.

use std::path::Path;

use hallmark_circuits::{
    error::KeyError,
    key::VerifyingKey,
    settlement::{
        columns::Columns,
        recorded::Circuit,
        trusted::{SettlementKey, TrustedCircuit},
    },
    trusted::TrustedKey,
    verifier::statement::Statement,
};
use thiserror::Error;
use tracing::info_span;

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

/// Derives all of a model's settlement key but its weights: reads the powers that takes, and checks them.
///
/// # Soundness
/// The weights are those of whoever made the key. Which model this is, its digest says: compare it with the registered one.
///
/// # Errors
/// If the powers are not those of one tau, or too few, or if the key is not what its architecture and its setup give.
pub fn derive_key(key: VerifyingKey, srs: &Path) -> Result<SettlementKey, DeriveError> {
    let statement = Statement::new(&key.architecture).map_err(KeyError::from)?;
    let circuit = info_span!("circuit").in_scope(|| Circuit::new(&statement))?;
    let srs = Srs::read_prefix(srs, circuit.log_rows().max(statement.model.row_bits))?;
    let model = info_span!("tables").in_scope(|| TrustedKey::derive(key, srs.powers()))?;
    let derive = || TrustedCircuit::derive(&Columns::new(&circuit), srs.powers());
    let circuit = info_span!("verifying key").in_scope(derive)?;
    Ok(SettlementKey::new(model, &circuit)?)
}

/// Derives what off-chain proofs are held against, which takes fewer powers and no circuit.
///
/// # Soundness
/// The weights are those of whoever made the key. Which model this is, its digest says: compare it with the registered one.
///
/// # Errors
/// As [`derive_key`].
pub fn derive_off_chain(key: VerifyingKey, srs: &Path) -> Result<TrustedKey, DeriveError> {
    let srs = Srs::read_prefix(srs, key.architecture.row_bits)?;
    Ok(info_span!("tables").in_scope(|| TrustedKey::derive(key, srs.powers()))?)
}
