//! Which contracts are trusted with money or with work.

use alloy::primitives::{Address, B256};

use super::CliError;
use hallmark_chain::node::{
    Node,
    contracts::{
        collection::VerifiableOutput::{marketCall, modelIdCall},
        market::InferenceMarket::registryCall,
        offering::{IInitialModelOffering::Terms, InitialModelOffering::termsCall},
    },
    genuine::{Collection, Market, Offering, Registry, Token},
};

/// Which contracts are trusted with money or with work.
///
/// Each question returns what was read of the contract, so that nobody asks twice.
#[derive(Debug, clap::Args)]
pub(super) struct Trust {
    /// Trust contracts whose addresses do not commit to this program's code; their storage may be forged
    #[arg(long)]
    foreign_contracts: bool,
}

impl Trust {
    /// Refuses a registry whose address does not commit to this program's code.
    pub(super) async fn registry(&self, node: &Node, registry: Address) -> Result<(), CliError> {
        if !self.foreign_contracts {
            Registry::read(node, registry).await?;
        }
        Ok(())
    }

    /// The registry of a market. Refuses contracts whose addresses do not commit to this program's code.
    pub(super) async fn market(&self, node: &Node, market: Address) -> Result<Address, CliError> {
        if self.foreign_contracts {
            return Ok(node.view(market, &registryCall {}).await?);
        }
        Ok(Market::read(node, market).await?.registry.address)
    }

    /// The terms of an offering. Refuses contracts whose addresses do not commit to this program's code.
    pub(super) async fn offering(&self, node: &Node, offering: Address) -> Result<Terms, CliError> {
        if self.foreign_contracts {
            return Ok(node.view(offering, &termsCall {}).await?);
        }
        Ok(Offering::read(node, offering).await?.terms)
    }

    /// Refuses a token that no offering has created whose address commits to this program's code.
    pub(super) async fn token(&self, node: &Node, token: Address) -> Result<(), CliError> {
        if !self.foreign_contracts {
            Token::read(node, token).await?;
        }
        Ok(())
    }

    /// The market and the model of a collection. Refuses contracts whose addresses do not commit to this program's code.
    pub(super) async fn collection(&self, node: &Node, collection: Address) -> Result<(Address, B256), CliError> {
        if self.foreign_contracts {
            let market = node.view(collection, &marketCall {}).await?;
            return Ok((market, node.view(collection, &modelIdCall {}).await?));
        }
        let collection = Collection::read(node, collection).await?;
        Ok((collection.market.address, collection.model))
    }
}
