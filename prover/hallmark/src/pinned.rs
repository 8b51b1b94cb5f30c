//! What the chain pins of a model, against what whoever pays or reads expects of it.

use std::path::PathBuf;

use alloy::primitives::{Address, B256, keccak256};
use hallmark_circuits::{
    key::VerifyingKey,
    settlement::{key::model_offset, trusted::SettlementKey},
};

use super::{CliError, Digest};
use hallmark_chain::{
    chain::STOP,
    node::{
        Node,
        contracts::registry::{
            IModelRegistry::Model,
            ModelRegistry::{isForTestsCall, modelCall},
        },
    },
};
use hallmark_local::facts;
use hallmark_proving::settlement::derive_key;

/// How somebody names the model that they mean.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// The model digest, from where the model is sold or described
    #[arg(long, value_name = "HEX")]
    pub(super) digest: Option<Digest>,
    /// Derive the model digest from the key, with the structured reference string that it was committed to under
    #[arg(long, value_name = "FILE")]
    pub(super) srs: Option<PathBuf>,
}

impl Named {
    /// Derives all of the model's settlement key but its weights, where there are powers for that.
    ///
    /// It has to have the digest that was named, if one was.
    pub(super) fn derive(&self, key: &VerifyingKey) -> Result<Option<SettlementKey>, CliError> {
        let Some(path) = &self.srs else { return Ok(None) };
        let key = derive_key(key.clone(), path, &*facts::known())?;
        match self.digest {
            Some(expected) if expected != key.digest() => Err(CliError::OtherModel { expected, found: key.digest() }),
            _ => Ok(Some(key)),
        }
    }

    /// The digest that the chain has to have.
    pub(super) fn expected(&self, derived: Option<&SettlementKey>) -> Option<Digest> {
        derived.map(|key| key.digest()).or(self.digest)
    }
}

/// The record of a model.
pub(super) async fn record(node: &Node, registry: Address, model: B256) -> Result<Model, CliError> {
    Ok(node.view(registry, &modelCall { modelId: model }).await?)
}

/// Refuses a model whose whole settlement key is another one than the payer wants, and a registry for tests unless that is
/// what the payer wants.
///
/// The weight digest would not do: anyone can put a genuine model's commitments behind a circuit that accepts anything.
pub(super) async fn check_pinned(
    node: &Node,
    registry: Address,
    model: B256,
    expected: Digest,
    for_tests: bool,
) -> Result<Model, CliError> {
    let record = record(node, registry, model).await?;
    check_model(&record, expected)?;
    if node.view(registry, &isForTestsCall {}).await? && !for_tests {
        return Err(CliError::usage(
            "the registry is for tests, where some can prove anything: --for-tests accepts that".into(),
        ));
    }
    Ok(record)
}

/// Refuses a record with another model digest.
pub(super) fn check_model(record: &Model, expected: Digest) -> Result<(), CliError> {
    if record.keyDigest == B256::from(expected.0) {
        Ok(())
    } else {
        Err(CliError::OtherModel { expected, found: Digest(record.keyDigest.0) })
    }
}

/// Refuses a key file that is not, byte for byte, what stands in the key that the chain pins.
pub(super) async fn check_key_file(node: &Node, record: &Model, key: &VerifyingKey) -> Result<(), CliError> {
    let code = node.code(record.key).await?;
    let stored = code.strip_prefix(&[STOP]).filter(|bytes| keccak256(bytes) == record.keyDigest);
    let stored = stored.ok_or(CliError::Unanswered("the key on the chain does not have the digest that is pinned"))?;
    let expected = [key.public_bytes(), key.weight_bytes()].concat();
    if stored.get(model_offset(key.batches.len())..) == Some(expected.as_slice()) {
        Ok(())
    } else {
        Err(CliError::OtherKey(Digest(record.keyDigest.0)))
    }
}
