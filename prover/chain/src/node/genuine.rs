//! Whether contracts are where this program's code and their own arguments put them.
//!
//! A contract says what it was deployed with. Its address commits to that and to its creation code ([`super::deployment`]), so that
//! both are compared without the node's word: if the address is the right one, then what the contract says of its arguments
//! is true, and its storage began as this program's constructor left it. An offering commits to its market and its registry, a
//! market to its registry, and a registry to its verifier and to the setup.
//!
//! Every command that pays, or works for pay, asks here first.

use alloy::{primitives::Address, rpc::types::Filter, sol_types::SolEvent};
use thiserror::Error;

use super::{
    Node, NodeError,
    contracts::{
        market::InferenceMarket::registryCall,
        offering::{IInitialModelOffering::Terms, InitialModelOffering::termsCall},
        registry::{
            IModelRegistry::Setup,
            ModelRegistry::{RegistryDeployed, verifierCall},
        },
    },
    deployment::{DeploymentError, Plan},
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
    /// The node does not show what a registry was deployed with.
    #[error(
        "the node does not show the deployment of the registry {0}, so that it can't be told whether it is genuine: take a node \
         that remembers old blocks"
    )]
    Untold(Address),
    /// An offering's market has another registry than its terms name.
    #[error("the offering's terms name the registry {named}, and its market has {found}: it is a forgery")]
    Registries {
        /// That of the terms.
        named: Address,
        /// That of the market.
        found: Address,
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
        let setup = setup(node, address).await?.ok_or(GenuineError::Untold(address))?;
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
        let market = Market::read(node, terms.market).await?;
        match market.registry.address == terms.registry {
            true => Ok(Self { address, terms, market }),
            false => Err(GenuineError::Registries { named: terms.registry, found: market.registry.address }),
        }
    }
}

/// The setup that a registry has announced. It is compared with the address, and so need not be believed.
async fn setup(node: &Node, registry: Address) -> Result<Option<Setup>, NodeError> {
    let head = node.head().await?.number;
    let filter = Filter::new().address(registry).event_signature(RegistryDeployed::SIGNATURE_HASH);
    let found = match node.birth(registry, head).await {
        Ok(Some(birth)) => node.last_log(&filter, birth..=birth).await?,
        // A node that forgets old states may still have old events.
        _ => node.last_log(&filter, 0..=head).await?,
    };
    let event = found.and_then(|log| RegistryDeployed::decode_log_validate(&log.inner).ok());
    Ok(event.map(|event| Setup { development: event.development, tauG1: event.tauG1, tauG2: event.tauG2 }))
}

fn require(what: &'static str, found: Address, plan: &Plan) -> Result<(), GenuineError> {
    let expected = plan.address();
    if expected == found { Ok(()) } else { Err(GenuineError::Forged { what, found, expected }) }
}
