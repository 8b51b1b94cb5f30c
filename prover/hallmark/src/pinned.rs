//! What is looked at before anything is paid for a model.

use alloy::primitives::{Address, B256};

use super::{CliError, Digest};
use hallmark_chain::node::{
    Node,
    contracts::registry::ModelRegistry::{isForTestsCall, modelCall},
    genuine::{GenuineError, Market},
};

/// Which contracts are trusted with money or with work.
#[derive(Debug, clap::Args)]
pub(super) struct Trust {
    /// Trust contracts whose addresses do not commit to this program's code, and whose storage may be forged
    #[arg(long)]
    foreign_contracts: bool,
}

impl Trust {
    /// Refuses a market whose address does not commit to this program's code, with a registry whose address does.
    pub(super) async fn require_market(&self, node: &Node, market: Address) -> Result<(), CliError> {
        if self.foreign_contracts {
            return Ok(());
        }
        Market::read(node, market).await.map(drop).map_err(CliError::from)
    }

    /// Refuses terms that name such a market, or a registry that is not the market's.
    pub(super) async fn require_terms(&self, node: &Node, market: Address, registry: Address) -> Result<(), CliError> {
        if self.foreign_contracts {
            return Ok(());
        }
        let found = Market::read(node, market).await?.registry.address;
        if found == registry { Ok(()) } else { Err(GenuineError::Registries { named: registry, found }.into()) }
    }
}

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
