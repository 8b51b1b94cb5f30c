//! The answer to a request that was settled, as it was sent.

use alloy::primitives::{Address, B256};

use super::CliError;
use hallmark_chain::node::{Head, Node, contracts::market::IInferenceMarket::Request};
use hallmark_chain::settled::{Sent, Settlement, carried, told};

/// How long the market lets a request be open, in seconds: a year.
const MAX_DURATION: u64 = 31_536_000;

/// A settlement, and what its transaction has with the hashes of its event.
pub(super) struct Delivered {
    pub(super) settlement: Settlement,
    /// Each has the input and the output. Their proofs may differ: one of them was sent.
    pub(super) sent: Vec<Sent>,
}

impl Delivered {
    /// Finds the settlement of a request that the market has as fulfilled.
    pub(super) async fn find(
        node: &Node,
        market: Address,
        id: B256,
        request: &Request,
        head: &Head,
    ) -> Result<Self, CliError> {
        let range = node.block_at(request.deadline.saturating_sub(MAX_DURATION), head).await?
            ..=node.block_at(request.deadline, head).await?;
        let settlement = Settlement::find(node, market, id, range).await?;
        let settlement = settlement.ok_or(CliError::Unanswered("the node shows no event of the settlement"))?;
        let past = node.transaction(settlement.transaction).await?;
        let past = past.ok_or(CliError::Unanswered("the node does not have the settlement's transaction"))?;
        let sent = told(&past, market, &settlement)?.map_or_else(|| carried(&past, &settlement), |sent| vec![sent]);
        Ok(Self { settlement, sent })
    }
}
