//! The proof that a model's registrant has it: that of any inference, bound to the record.

use alloy::primitives::B256;
use hallmark_circuits::{digest::Digest, settlement::trusted::SettlementKey, verifier::statement::Statement};
use hallmark_proving::{
    proving::{CommittedModel, Prover},
    settlement::{SettlementKeys, Settler},
    srs::Srs,
};

use super::CliError;
use hallmark_chain::node::contracts::registry::ModelRegistry::provePossessionCall;

/// What a registrant has.
pub(super) struct Possession<'p> {
    /// The committed model. A verifying key is not enough.
    pub(super) model: &'p CommittedModel,
    pub(super) srs: &'p Srs,
    pub(super) keys: &'p SettlementKeys,
    /// What the registry holds the proof against.
    pub(super) key: &'p SettlementKey,
}

impl Possession<'_> {
    /// Proves, for a record and its context, what the model says about zeros, which are an input of every model.
    pub(super) fn prove(&self, id: B256, context: B256) -> Result<provePossessionCall, CliError> {
        let _span = tracing::info_span!("prove possession").entered();
        let Self { model, srs, keys, key } = self;
        let statement = Statement::new(&model.key.architecture)?;
        let rng = &mut rand::rng();
        let input = vec![0; statement.model.input.axes.iter().product()];
        let inference = Prover::new(model, srs)?.prove(Digest(context.0), &input, rng)?;
        let settler = Settler { statement: &statement, key, keys };
        let proof = settler.settle(&inference, rng)?;
        let claim = settler.statement.told(&inference.claim);
        let (input, output, proof) = (claim.input.into(), claim.output.into(), proof.to_bytes().into());
        Ok(provePossessionCall { modelId: id, input, output, proof })
    }
}
