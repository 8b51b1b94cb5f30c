//! A proof that was paid for, offered again.

use alloy::primitives::{Address, B256};

use super::{CliError, Shell};
use crate::connection::block_on;
use hallmark_chain::node::{
    Account, Fault, Fees, Intent, Node, NodeError, Wallet,
    contracts::market::{IInferenceMarket::Fulfilment, InferenceMarket::fulfilCall},
};
use hallmark_chain::settled::{Settlement, told};

/// The proof of $REQUEST, as it is on the chain for everybody to see.
pub(super) struct Replay {
    /// What is tried.
    pub(super) what: &'static str,
    /// The variable of the request that it is offered for.
    pub(super) request: &'static str,
    /// The contract's error.
    pub(super) error: &'static str,
}

impl Replay {
    /// What the contract says; nothing, if it accepts.
    pub(super) fn attempt(&self, shell: &Shell) -> Result<Option<Fault>, CliError> {
        let [market, settled, target, key] =
            ["MARKET", "REQUEST", self.request, "SERVICE"].map(|name| shell.get(name).unwrap_or_default());
        let parse = |text: &str| text.parse::<B256>().map_err(|_| CliError::Demo("a request has no number"));
        let market: Address = market.parse().map_err(|_| CliError::Demo("the market has no address"))?;
        let (settled, target, wallet) = (parse(settled)?, parse(target)?, Wallet::parse(key)?);
        block_on(async {
            let node = Node::embedded(shell.devnet.clone(), None).await?;
            let f = Fulfilment { requestId: target, ..fulfilment(&node, market, settled).await? };
            let account = Account::new(node, wallet, Fees::default());
            match account.send(&Intent::call(market, &fulfilCall { f })).await {
                Ok(_) => Ok(None),
                Err(NodeError::Reverted { fault, .. }) => Ok(Some(fault)),
                Err(error) => Err(error.into()),
            }
        })
    }
}

/// What was sent for a request that is settled.
async fn fulfilment(node: &Node, market: Address, request: B256) -> Result<Fulfilment, CliError> {
    const GONE: CliError = CliError::Demo("the settlement is not on the chain");
    let blocks = 0..=node.head().await?.number;
    let settlement = Settlement::find(node, market, request, blocks).await?.ok_or(GONE)?;
    let past = node.transaction(settlement.transaction).await?.ok_or(GONE)?;
    told(&past, market, &settlement).ok_or(GONE)
}
