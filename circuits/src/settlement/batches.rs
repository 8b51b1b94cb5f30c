//! The batches that a settlement key lists: which keys else settle answers of the same weights.
//!
//! An entry has the number of samples, and the digest of the batch's settlement key without its weights. Those are the
//! model's own. So the list fixes the key of each batch, and the model digest covers the list. A batch's own key lists none.

use ark_bn254::G1Affine;

use super::{
    columns::Columns,
    key::{BatchEntry, architecture_digest},
    recorded::Circuit,
    trusted::TrustedCircuit,
};
use crate::{
    digest::Digest,
    error::KeyError,
    key::VerifyingKey,
    model::{Architecture, Batch},
    powers::Powers,
    tables::commit_tables,
    verifier::statement::Statement,
};

/// A batch with all of its settlement key but the weights, derived from checked powers.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedBatch {
    batch: Batch,
    /// The digest of the model's architecture, without the batch.
    single: Digest,
    circuit: TrustedCircuit,
    entry_outputs: Vec<G1Affine>,
    digest: Digest,
}

impl ListedBatch {
    /// Derives a batch of an architecture.
    ///
    /// # Errors
    /// If the batch's architecture is refused, its circuit would be too large, or there are too few powers.
    pub fn derive(single: &Architecture, batch: Batch, powers: &Powers) -> Result<Self, KeyError> {
        let architecture = single.batched(batch)?;
        let statement = Statement::new(&architecture)?;
        let circuit = TrustedCircuit::derive(&Columns::new(&Circuit::new(&statement)?), powers)?;
        Self::assemble(single, batch, &statement, circuit, powers)
    }

    /// Puts a batch together with the key of its circuit.
    ///
    /// # Errors
    /// If the circuit is of another architecture or setup, or there are too few powers for the tables.
    pub fn new(
        single: &Architecture,
        batch: Batch,
        circuit: TrustedCircuit,
        powers: &Powers,
    ) -> Result<Self, KeyError> {
        let architecture = single.batched(batch)?;
        if !circuit.is_of(architecture.digest(), powers.opening_key()) {
            return Err(KeyError::OtherCircuit);
        }
        Self::assemble(single, batch, &Statement::new(&architecture)?, circuit, powers)
    }

    /// Puts a batch together with the key of its circuit, which is that of its statement.
    fn assemble(
        single: &Architecture,
        batch: Batch,
        statement: &Statement<'_>,
        circuit: TrustedCircuit,
        powers: &Powers,
    ) -> Result<Self, KeyError> {
        let entry_outputs = commit_tables(statement, powers)?;
        let digest = architecture_digest(statement, circuit.key(), circuit.setup(), &entry_outputs, &[]);
        Ok(Self { batch, single: single.digest(), circuit, entry_outputs, digest })
    }

    /// Derives all batches that a key offers.
    ///
    /// # Errors
    /// As [`Self::derive`].
    pub fn derive_all(key: &VerifyingKey, powers: &Powers) -> Result<Vec<Self>, KeyError> {
        key.batches.iter().map(|batch| Self::derive(&key.architecture, *batch, powers)).collect()
    }

    /// The batch.
    #[must_use]
    pub const fn batch(&self) -> Batch {
        self.batch
    }

    /// The key of its circuit.
    pub const fn circuit(&self) -> &TrustedCircuit {
        &self.circuit
    }

    /// The commitments to its tables.
    pub fn entry_outputs(&self) -> &[G1Affine] {
        &self.entry_outputs
    }

    /// What a settlement key says of it.
    #[must_use]
    pub const fn entry(&self) -> BatchEntry {
        BatchEntry { size: self.batch.size(), digest: self.digest }
    }

    /// Refuses a list that is not the one that a key offers, or was derived for another architecture or setup.
    pub(super) fn check_all(listed: &[Self], key: &VerifyingKey) -> Result<(), KeyError> {
        let single = key.architecture.digest();
        let is_of = |listed: &Self| listed.single == single && *listed.circuit.setup() == key.setup;
        let offered = key.batches.iter().copied();
        if listed.iter().map(Self::batch).eq(offered) && listed.iter().all(is_of) {
            Ok(())
        } else {
            Err(KeyError::OtherBatches)
        }
    }
}
