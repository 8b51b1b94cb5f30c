//! A model with all that answering takes.

use std::sync::Arc;

use alloy::primitives::{Address, B256, U256};
use hallmark_circuits::{
    encoding::FR_BYTES, error::KeyError, model::Batch, relations::packing::public_tensors,
    settlement::trusted::SettlementKey, verifier::statement::Statement,
};
use tracing::warn;

use super::OperatorError;
use hallmark_chain::node::{
    Node,
    contracts::registry::{
        IModelRegistry::Model,
        ModelRegistry::{batchKeyCall, modelCall},
    },
};
use hallmark_proving::proving::{CommittedModel, ProveError};
use hallmark_proving::settlement::{Circuit, Circuits, SettlementKeys, Settler};
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
    /// It in batches, the smallest first.
    pub batches: Vec<ServedBatch>,
    key: SettlementKey,
}

/// A model in batches of one size, with all that answering takes.
#[derive(Debug)]
pub struct ServedBatch {
    /// The model as it answers a batch, with its weights.
    pub model: CommittedModel,
    /// Its settlement keys.
    pub keys: SettlementKeys,
    size: usize,
    key: SettlementKey,
}

impl ServedBatch {
    fn new(
        served: (&CommittedModel, &SettlementKey),
        batch: Batch,
        keys: SettlementKeys,
        srs: &Srs,
    ) -> Result<Self, KeyError> {
        let (model, key) = served;
        let size = batch.size();
        Ok(Self { model: model.batch(batch, srs)?, keys, size, key: key.batch(size)? })
    }

    /// The number of inputs of a proof.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// What its proofs are held against.
    #[must_use]
    pub const fn key(&self) -> &SettlementKey {
        &self.key
    }
}

impl Served {
    /// Derives what the model's proofs are held against, and what the registry has to pin. The model is served in those of its
    /// batches whose keys are given.
    ///
    /// # Errors
    /// If the model's key is not what its architecture and the setup give.
    pub fn new(
        id: B256,
        model: CommittedModel,
        srs: Arc<Srs>,
        keys: SettlementKeys,
        batch_keys: Vec<SettlementKeys>,
    ) -> Result<Self, KeyError> {
        let circuits = Circuits::new(&Statement::new(&model.key.architecture)?, &model.key.batches)?;
        let known: Vec<_> = batch_keys.iter().chain([&keys]).map(SettlementKeys::trusted).collect();
        let key = circuits.key_of(model.key.clone(), &srs, &known)?;
        let mut batches = Vec::new();
        for keys in batch_keys {
            let is_of = |circuit: &Circuit| keys.trusted().is_of(circuit.architecture(), srs.opening_key());
            let found = circuits.batches.iter().find(|(_, circuit)| is_of(circuit)).map(|(batch, _)| *batch);
            let batch = found.ok_or(KeyError::OtherBatches)?;
            batches.push(ServedBatch::new((&model, &key), batch, keys, &srs)?);
        }
        batches.sort_by_key(ServedBatch::size);
        Ok(Self { id, model, srs, keys, batches, key })
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

    /// The bytes that the values of an input have.
    #[must_use]
    pub fn input_bytes(&self) -> usize {
        let input = &self.model.key.architecture.input;
        input.axes.iter().product::<usize>() * (input.bits as usize / 8)
    }

    /// Whether contracts are told a digest of an input, in the place of its values.
    #[must_use]
    pub fn tells_digests(&self) -> bool {
        self.model.key.architecture.input.binding.digests() > 0
    }

    /// The bytes that contracts are told of an input.
    #[must_use]
    pub fn told_bytes(&self) -> usize {
        if self.tells_digests() { FR_BYTES } else { self.input_bytes() }
    }

    /// What contracts are told of an input with these values, in bytes. Returns `None` if it has another length than the model's.
    #[must_use]
    pub fn told(&self, input: &[u8]) -> Option<Vec<u8>> {
        if !self.tells_digests() {
            return (input.len() == self.input_bytes()).then(|| input.to_vec());
        }
        let statement = self.statement().ok()?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        Some(tensor.told(&tensor.from_bytes(input)?))
    }

    /// Leaves out the batches whose key the registry does not have, and says what to do about it: no proof of them would settle.
    ///
    /// # Errors
    /// [`OperatorError::Node`] if the node fails.
    pub async fn drop_unrecorded(&mut self, node: &Node, registry: Address) -> Result<(), OperatorError> {
        let mut missing = Vec::new();
        for batch in &self.batches {
            let call = batchKeyCall { modelId: self.id, size: U256::from(batch.size) };
            if node.view(registry, &call).await?.keyDigest != B256::from(batch.key.digest().0) {
                missing.push(batch.size);
            }
        }
        self.batches.retain(|batch| !missing.contains(&batch.size));
        if !missing.is_empty() {
            warn!(
                model = %self.id, sizes = ?missing,
                "the registry has no keys for batches of these sizes: requests are proved in other batches or alone. Record the keys \
                 with `hallmark register`, and start the service again"
            );
        }
        Ok(())
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
