//! What the verification of the settled answer costs, by part.

use alloy::primitives::{Address, B256};

use super::{CliError, Shell, attack::paid};
use crate::connection::block_on;
use hallmark_chain::chain::{GasReport, Pinned, Verifier};
use hallmark_chain::node::{
    Node,
    contracts::{
        market::InferenceMarket::{registryCall, requestOfCall},
        registry::ModelRegistry::{modelCall, verifierCall},
    },
};
use hallmark_circuits::{claim::Claim, digest::Digest};
use hallmark_operator::context;

/// Has the verifier check the proof that was paid for $REQUEST once more, and divides the gas.
pub(super) fn of_settlement(shell: &Shell) -> Result<GasReport, CliError> {
    let market: Address = shell.parse("MARKET")?;
    let (request, model): (B256, B256) = (shell.parse("REQUEST")?, shell.parse("MODEL")?);
    block_on(async {
        let node = Node::embedded(shell.devnet.clone(), None).await?;
        let sent = paid(&node, market, request).await?;
        let registry = node.view(market, &registryCall {}).await?;
        let record = node.view(registry, &modelCall { modelId: model }).await?;
        let verifier = Verifier::at(node.view(registry, &verifierCall {}).await?);
        let deadline = node.view(market, &requestOfCall { requestId: request }).await?.deadline;
        let claim = Claim {
            context: Digest(context(node.chain_id(), market, request, model, sent.payee, deadline).0),
            input: sent.input.to_vec(),
            output: sent.output.to_vec(),
        };
        let key = Pinned { address: record.key, digest: Digest(record.keyDigest.0) };
        let verdict = verifier.verify(&shell.devnet, &key, &claim, &sent.proof)?;
        match &verdict.refusal {
            None => Ok(GasReport::new(&verdict)),
            Some(refusal) => Err(CliError::Contract(refusal.clone())),
        }
    })
}
