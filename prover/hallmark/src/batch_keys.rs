//! The keys of a model's batches on the chain, which the model's key lists.

use alloy::primitives::{Address, B256, U256};
use hallmark_circuits::settlement::trusted::SettlementKey;

use super::{CliError, ledger::Ledger};
use hallmark_chain::{
    chain::{creation_code, key_code},
    node::{
        Intent,
        contracts::registry::ModelRegistry::{addBatchKeyCall, batchKeyCall},
        deployment::Plan,
    },
};

/// The key of a size in a registry.
pub(super) struct Recorded {
    pub(super) size: usize,
    /// The contract whose code is the key.
    pub(super) key: Address,
}

/// Records the keys of all batches that a registered model's key lists. What the registry has is not paid for again.
pub(super) async fn record(
    ledger: &mut Ledger,
    registry: Address,
    id: B256,
    model: &SettlementKey,
) -> Result<Vec<Recorded>, CliError> {
    let mut recorded = Vec::new();
    for listed in model.batches() {
        let size = listed.batch().size();
        let batch = model.batch(size)?;
        let known = ledger.view(registry, &batchKeyCall { modelId: id, size: U256::from(size) }).await?;
        if known.keyDigest == B256::from(batch.digest().0) {
            recorded.push(Recorded { size, key: known.key });
            continue;
        }
        let plan = Plan::key(creation_code(&key_code(&batch.to_bytes()))?);
        let key = ledger.place(&plan).await?.address;
        let call = addBatchKeyCall { modelId: id, size: U256::from(size), key };
        ledger.send(&Intent::call(registry, &call)).await?;
        recorded.push(Recorded { size, key });
    }
    Ok(recorded)
}
