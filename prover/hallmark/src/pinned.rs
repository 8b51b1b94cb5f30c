//! What is looked at before anything is paid for a model.

use alloy::primitives::{Address, B256};

use super::{CliError, Digest};
use hallmark_chain::node::{
    Node,
    contracts::registry::ModelRegistry::{isForTestsCall, modelCall},
};

/// Refuses a model that has other weights than the payer wants, and a registry for tests unless that is what the payer wants.
pub(super) async fn check_pinned(
    node: &Node,
    registry: Address,
    model: B256,
    expected: Digest,
    for_tests: bool,
) -> Result<(), CliError> {
    let record = node.view(registry, &modelCall { modelId: model }).await?;
    if record.weightDigest != B256::from(expected.0) {
        return Err(CliError::OtherModel { expected, found: Digest(record.weightDigest.0) });
    }
    if node.view(registry, &isForTestsCall {}).await? && !for_tests {
        return Err(CliError::Usage(
            "the registry is for tests, where some can prove anything: --for-tests accepts that".into(),
        ));
    }
    Ok(())
}
