//! Keys that proofs may be held against: everything in them but the weights was derived here, from checked powers.
//!
//! A key comes from a stranger. Its digest says which key it is, not that it means what its architecture says: whoever
//! registers it could have committed to other tables, and whoever supplies the structured reference string could have chosen
//! the powers that tables are compared under. [`TrustedKey::derive`] rules both out, and is the only way to make one. The
//! verifiers take nothing else, and ask which model the proof is to be about.

use ark_bn254::G1Affine;

use crate::{
    digest::Digest,
    error::KeyError,
    key::VerifyingKey,
    layout::Layout,
    model::{Architecture, Batch, Score, check_batches},
    powers::Powers,
    set_key::{SetKey, scored_key},
    tables::commit_tables,
    verifier::statement::Statement,
};

/// A verifying key whose tables are its architecture's, under a setup whose powers were checked.
#[derive(Clone, Debug, PartialEq)]
pub struct TrustedKey {
    key: VerifyingKey,
    digest: Digest,
}

impl TrustedKey {
    /// Derives all of a key but its weights, and refuses a key that says otherwise.
    ///
    /// # Soundness
    /// The weights are those of whoever made the key. Which model this is, its digest says: compare it with the registered one.
    ///
    /// # Errors
    /// If the architecture is refused, the powers are of another setup or too few, or the key's tables are not the
    /// architecture's.
    pub fn derive(key: VerifyingKey, powers: &Powers) -> Result<Self, KeyError> {
        let statement = Statement::new(&key.architecture)?;
        key.check_shape(&statement.layout)?;
        check_batches(&key.batches)?;
        check_setup(&key, powers)?;
        if commit_tables(&statement, powers)? != key.entry_outputs {
            return Err(KeyError::Tables);
        }
        let digest = key.digest();
        Ok(Self { key, digest })
    }

    /// The key of a batch of this model. It has this key's weights, and all else in it is derived.
    ///
    /// # Errors
    /// If the batch's architecture is refused, or the powers are of another setup or too few.
    pub fn batch(&self, batch: Batch, powers: &Powers) -> Result<Self, KeyError> {
        let key = batch_key(&self.key, batch, powers)?;
        let digest = key.digest();
        Ok(Self { key, digest })
    }

    /// As [`Self::batch`], for commitments to tables that were derived before.
    #[cfg(feature = "halo2")]
    pub(crate) fn batch_with_tables(&self, batch: Batch, entry_outputs: &[G1Affine]) -> Result<Self, KeyError> {
        let key = batch_with_tables(&self.key, self.key.architecture.batched(batch)?, entry_outputs.to_vec())?;
        let digest = key.digest();
        Ok(Self { key, digest })
    }

    /// The key of this model's score on a chunk of a data set. It has this key's weights and the chunk's commitments, and all else in it is derived.
    ///
    /// # Soundness
    /// The set is that of whoever made its key. Which set this is, its digest says.
    ///
    /// # Errors
    /// As [`scored_key`].
    pub fn scored(&self, set: &SetKey, chunk: usize, score: Score, powers: &Powers) -> Result<Self, KeyError> {
        let key = scored_key(&self.key, set, chunk, score, powers)?;
        let digest = key.digest();
        Ok(Self { key, digest })
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The weight digest.
    #[must_use]
    pub const fn weight_digest(&self) -> Digest {
        self.digest
    }
}

/// The key of a batch of a model. The commitments to its weights are the model's, and nothing else is taken from its key but
/// architecture and setup.
///
/// # Errors
/// If the batch's architecture is refused, or the powers are of another setup or too few.
pub fn batch_key(key: &VerifyingKey, batch: Batch, powers: &Powers) -> Result<VerifyingKey, KeyError> {
    check_setup(key, powers)?;
    let architecture = key.architecture.batched(batch)?;
    let entry_outputs = commit_tables(&Statement::new(&architecture)?, powers)?;
    batch_with_tables(key, architecture, entry_outputs)
}

fn batch_with_tables(
    key: &VerifyingKey,
    architecture: Architecture,
    entry_outputs: Vec<G1Affine>,
) -> Result<VerifyingKey, KeyError> {
    let layout = Layout::new(&architecture)?;
    let (setup, weights) = (key.setup.clone(), key.weights.clone());
    let batch = VerifyingKey { architecture, setup, entry_outputs, weights, batches: Vec::new() };
    batch.check_shape(&layout)?;
    Ok(batch)
}

fn check_setup(key: &VerifyingKey, powers: &Powers) -> Result<(), KeyError> {
    let [expected, found] = [&key.setup, powers.opening_key()].map(|setup| setup.digest);
    if expected == found { Ok(()) } else { Err(KeyError::Setup { expected, found }) }
}
