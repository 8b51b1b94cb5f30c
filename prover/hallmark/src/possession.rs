//! The proof that a model's registrant has it: that of any inference, bound to the record.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256};
use hallmark_circuits::{claim::Claim, digest::Digest, error::Reject, verifier::statement::Statement};
use hallmark_proving::{
    proving::{CommittedModel, Prover},
    settlement::{SettlementError, SettlementKeys, Settler},
    srs::Srs,
};

use super::{CliError, keys::Keys, ledger::Ledger, needs::Needs, subject::Subject};
use hallmark_chain::node::{Intent, contracts::registry::ModelRegistry::provePossessionCall};
use hallmark_operator::possession_context;

/// What a registrant has.
pub(super) struct Files<'f> {
    /// The committed model. A verifying key is not enough.
    pub(super) model: &'f Path,
    pub(super) srs: &'f Path,
    pub(super) keys: PathBuf,
}

/// Shows a registry that the registrant of a model has it. Does nothing, and says so, where there is only a verifying key.
pub(super) async fn show(ledger: &mut Ledger, registry: Address, id: B256, files: Files<'_>) -> Result<bool, CliError> {
    let Subject::Model(model) = Subject::read(files.model)? else { return Ok(false) };
    let model = model.into_committed().ok_or_else(|| CliError::Uncommitted { path: files.model.to_owned() })?;
    let statement = Statement::new(&model.key.architecture)?;
    let needs = Needs::of(&statement);
    let srs = needs.read(files.srs)?;
    let found = Keys::find_or_make(files.keys, needs.circuit()?, &srs)?;
    // Not what the node says that it is: a proof is worth something for other contexts.
    let context = possession_context(ledger.node.chain_id(), registry, id);
    let (claim, proof) = prove(&model, &statement, &srs, &found.keys, context)?;
    let (input, output) = (claim.input.into(), claim.output.into());
    let call = provePossessionCall { modelId: id, input, output, proof: proof.into() };
    ledger.send(&Intent::call(registry, &call)).await?;
    Ok(true)
}

/// Proves what the model says about zeros, which are an input of every model.
fn prove(
    model: &CommittedModel,
    statement: &Statement<'_>,
    srs: &Srs,
    keys: &SettlementKeys,
    context: B256,
) -> Result<(Claim<Vec<u8>>, Vec<u8>), CliError> {
    let _span = tracing::info_span!("prove possession").entered();
    let rng = &mut rand::rng();
    let input = vec![0; model.key.architecture.input.axes.iter().product()];
    let inference = Prover::new(model, srs)?.prove(Digest(context.0), &input, rng)?;
    let key = keys.key_of(model.key.clone(), srs)?;
    let settler = Settler { statement, key: &key, keys };
    let proof = settler.settle(&inference, rng)?;
    // The registry takes one claim.
    let claim =
        inference.claims.first().ok_or(Reject::Claims { expected: 1, found: 0 }).map_err(SettlementError::Unsettled)?;
    Ok((settler.bytes_of(claim), proof.to_bytes()))
}
