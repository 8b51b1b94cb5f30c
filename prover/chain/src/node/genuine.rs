//! Whether contracts are where this program's code and their own arguments put them.
//!
//! A contract says what it was deployed with. Its address commits to that and to its creation code ([`super::deployment`]), so that
//! both are compared without the node's word: if the address is the right one, then what the contract says of its arguments
//! is true, and its storage began as this program's constructor left it. An offering commits to its market and its registry, a
//! market to its registry, and a registry to its verifier and to the setup. A token's address follows from its offering's, and a
//! collection commits to its market and to its model.
//!
//! Every command that pays, or works for pay, asks here first.

use alloy::primitives::{Address, B256};
use thiserror::Error;

use super::{
    Node, NodeError,
    contracts::{
        collection::VerifiableOutput::{marketCall, modelIdCall, nameCall, symbolCall},
        market::InferenceMarket::registryCall,
        offering::{IInitialModelOffering::Terms, InitialModelOffering::termsCall},
        registry::{
            IModelRegistry::Setup,
            ModelRegistry::{setupCall, verifierCall},
        },
        token::ModelToken::distributorCall,
    },
    deployment::{self, DeploymentError, Plan},
};

/// What a registry's address commits to.
#[derive(Clone, Debug)]
pub struct Registry {
    /// The registry.
    pub address: Address,
    /// The contract that checks proofs.
    pub verifier: Address,
    /// The setup of all its models.
    pub setup: Setup,
}

/// What a market's address commits to.
#[derive(Clone, Debug)]
pub struct Market {
    /// The market.
    pub address: Address,
    /// Its registry.
    pub registry: Registry,
}

/// What an offering's address commits to.
#[derive(Clone, Debug)]
pub struct Offering {
    /// The offering.
    pub address: Address,
    /// Its terms.
    pub terms: Terms,
    /// The market that its terms name.
    pub market: Market,
}

/// What a token's address follows from.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub address: Address,
    /// The offering that has created it.
    pub offering: Offering,
}

/// What a collection's address commits to.
#[derive(Clone, Debug)]
pub struct Collection {
    /// The collection.
    pub address: Address,
    /// The name of its tokens.
    pub name: String,
    /// Their symbol.
    pub symbol: String,
    /// The model that it has answers of.
    pub model: B256,
    /// The market that settles them.
    pub market: Market,
}

/// Why a contract is not believed.
#[derive(Debug, Error)]
pub enum GenuineError {
    /// The address is not that of this program's code.
    #[error(
        "the {what} {found} does not commit to this program's code, which is at {expected} with what it says of itself: its \
         storage may have been forged when it was deployed, or it is another version's. Take the address from another source"
    )]
    Forged {
        /// Which contract.
        what: &'static str,
        /// Its address.
        found: Address,
        /// Where this program's code is with the same arguments.
        expected: Address,
    },
    /// The program's copy of a contract is damaged.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// The node fails, or the contract does not tell what ours tell.
    #[error(transparent)]
    Node(#[from] NodeError),
}

impl Registry {
    /// Believes a registry whose address commits to this program's code.
    ///
    /// # Errors
    ///
    /// If it does not, or if the node does not tell.
    pub async fn read(node: &Node, address: Address) -> Result<Self, GenuineError> {
        let verifier = node.view(address, &verifierCall {}).await?;
        let setup = node.view(address, &setupCall {}).await?;
        require("verifier", verifier, &Plan::verifier()?)?;
        require("registry", address, &Plan::registry(verifier, setup.clone())?)?;
        node.require_code(verifier).await?;
        Ok(Self { address, verifier, setup })
    }
}

impl Market {
    /// Believes a market whose address commits to this program's code, with a registry whose address does.
    ///
    /// # Errors
    ///
    /// If they do not, or if the node does not tell.
    pub async fn read(node: &Node, address: Address) -> Result<Self, GenuineError> {
        let registry = node.view(address, &registryCall {}).await?;
        require("market", address, &Plan::market(registry)?)?;
        Ok(Self { address, registry: Registry::read(node, registry).await? })
    }
}

impl Offering {
    /// Believes an offering whose address commits to this program's code and to its terms, with a market and a registry whose
    /// addresses do.
    ///
    /// # Errors
    ///
    /// If they do not, or if the node does not tell.
    pub async fn read(node: &Node, address: Address) -> Result<Self, GenuineError> {
        let terms = node.view(address, &termsCall {}).await?;
        require("offering", address, &Plan::offering(terms.clone())?)?;
        // Its constructor refuses terms that name another registry than the market's.
        let market = Market::read(node, terms.market).await?;
        Ok(Self { address, terms, market })
    }
}

impl Token {
    /// Believes a token that an offering has created whose address commits to this program's code.
    ///
    /// # Errors
    ///
    /// If none has, or if the node does not tell.
    pub async fn read(node: &Node, address: Address) -> Result<Self, GenuineError> {
        let offering = node.view(address, &distributorCall {}).await?;
        require_at("token", address, deployment::token(offering))?;
        Ok(Self { address, offering: Offering::read(node, offering).await? })
    }
}

impl Collection {
    /// Believes a collection whose address commits to this program's code, with a market and a registry whose addresses do.
    ///
    /// # Errors
    ///
    /// If they do not, or if the node does not tell.
    pub async fn read(node: &Node, address: Address) -> Result<Self, GenuineError> {
        let (name, symbol) = (node.view(address, &nameCall {}).await?, node.view(address, &symbolCall {}).await?);
        let (market, model) = (node.view(address, &marketCall {}).await?, node.view(address, &modelIdCall {}).await?);
        require("collection", address, &Plan::collection(&name, &symbol, market, model)?)?;
        Ok(Self { address, name, symbol, model, market: Market::read(node, market).await? })
    }
}

fn require(what: &'static str, found: Address, plan: &Plan) -> Result<(), GenuineError> {
    require_at(what, found, plan.address())
}

fn require_at(what: &'static str, found: Address, expected: Address) -> Result<(), GenuineError> {
    if expected == found { Ok(()) } else { Err(GenuineError::Forged { what, found, expected }) }
}
