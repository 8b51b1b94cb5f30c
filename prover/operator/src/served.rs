//! A model with all that answering takes.

use std::sync::Arc;

use alloy::primitives::{Address, B256};
use hallmark_circuits::{error::KeyError, settlement::trusted::SettlementKey, verifier::statement::Statement};

use super::OperatorError;
use hallmark_chain::node::{
    Node,
    contracts::registry::{IModelRegistry::Model, ModelRegistry::modelCall},
};
use hallmark_proving::proving::{CommittedModel, ProveError};
use hallmark_proving::settlement::{SettlementKeys, Settler};
use hallmark_proving::srs::Srs;

/// A model that the operator answers with.
#[derive(Debug)]
pub struct Served {
    /// Its number in the registry.
    pub id: B256,
    /// It, with its weights.
    pub model: CommittedModel,
    /// The setup, which models of one service share.
    pub srs: Arc<Srs>,
    /// Its settlement keys.
    pub keys: SettlementKeys,
    key: SettlementKey,
}

impl Served {
    /// Derives what the model's proofs are held against, and what the registry has to pin.
    ///
    /// # Errors
    /// If the model's key is not what its architecture and the setup give.
    pub fn new(id: B256, model: CommittedModel, srs: Arc<Srs>, keys: SettlementKeys) -> Result<Self, KeyError> {
        let key = keys.key_of(model.key.clone(), &srs)?;
        Ok(Self { id, model, srs, keys, key })
    }

    /// Its settlement key, which was derived.
    #[must_use]
    pub const fn key(&self) -> &SettlementKey {
        &self.key
    }

    /// The statement of its proofs.
    ///
    /// # Errors
    /// [`OperatorError`] if the architecture is refused, which [`Served::new`] rules out.
    pub fn statement(&self) -> Result<Statement<'_>, OperatorError> {
        Ok(Statement::new(&self.model.key.architecture).map_err(ProveError::from)?)
    }

    /// What settles its proofs.
    #[must_use]
    pub fn settler<'s>(&'s self, statement: &'s Statement<'s>) -> Settler<'s> {
        Settler { statement, key: &self.key, keys: &self.keys }
    }

    /// The bytes that an input has.
    #[must_use]
    pub fn input_bytes(&self) -> usize {
        let input = &self.model.key.architecture.input;
        input.axes.iter().product::<usize>() * (input.bits as usize / 8)
    }

    /// Refuses a model that is not the registered one: no proof of it would settle.
    ///
    /// # Errors
    /// [`OperatorError::Model`] if the registry has another model, and [`OperatorError::Node`] if the node fails.
    pub async fn check_registered(&self, node: &Node, registry: Address) -> Result<(), OperatorError> {
        let found: Model = node.view(registry, &modelCall { modelId: self.id }).await?;
        if found.keyDigest == B256::from(self.key.digest().0) {
            Ok(())
        } else {
            Err(OperatorError::Model { model: self.id, what: "model digest" })
        }
    }
}
