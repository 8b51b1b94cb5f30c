//! Where this program's contracts are on any chain, computed without a chain.
//!
//! All are deployed by the deterministic deployment proxy ([`PROXY`]), with the salt 0:
//!
//! ```text
//! address = keccak256(0xff ‖ proxy ‖ 0 ‖ keccak256(creation code ‖ constructor arguments))[12..]
//! ```
//!
//! So an address commits to the creation code and to its arguments, and thereby to the first storage of the contract. Code alone
//! does not: other creation code can write what it likes to storage and return the genuine code. No constructor asks who
//! deploys, so that it does not matter who does; the same deployment twice is one.

use alloy::{
    primitives::{Address, B256, Bytes, TxKind, U256, keccak256},
    providers::Provider,
    rpc::types::TransactionRequest,
    sol_types::SolConstructor,
};
use thiserror::Error;

use super::{
    Intent, Node, NodeError, Signed,
    contracts::{
        Contract,
        collection::VerifiableOutput,
        market::InferenceMarket,
        offering::{IInitialModelOffering::Terms, InitialModelOffering},
        registry::{IModelRegistry::Setup, ModelRegistry},
    },
};
use crate::chain::{PROXY, PROXY_CODE, PROXY_COST, PROXY_GAS_PRICE, PROXY_SIGNER, PROXY_TRANSACTION};

/// Whoever deploys the same contract with the same arguments gets the same one.
const SALT: B256 = B256::ZERO;
/// The token is the first contract that its offering creates.
const TOKEN_NONCE: u64 = 1;

/// Creation code for the proxy: a contract of this program with the arguments of its constructor, or a settlement key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    call: &'static str,
    creation: Vec<u8>,
}

/// Why a contract can't be deployed.
#[derive(Debug, Error)]
pub enum DeploymentError {
    /// The program's copy of a contract is damaged.
    #[error("the contract's code that comes with this program is damaged: get the program again")]
    Artifact,
    /// The chain lacks the proxy.
    #[error(
        "the chain has no deployment proxy at {PROXY}: `hallmark deploy --with-proxy` puts it there, for {PROXY_COST} wei that \
         {PROXY_SIGNER} gets for the gas"
    )]
    NoProxy,
    /// The proxy's transaction pays less for gas than it costs.
    #[error(
        "gas costs {0} wei, and the transaction that deploys the proxy pays {PROXY_GAS_PRICE} on every chain: wait until gas is \
         cheaper"
    )]
    ProxyPrice(u64),
    /// The node fails, or the constructor refuses.
    #[error(transparent)]
    Node(#[from] NodeError),
}

/// Where a contract is that is deployed with these encoded arguments.
///
/// # Errors
/// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
pub fn address(contract: Contract, arguments: &[u8]) -> Result<Address, DeploymentError> {
    Plan::new(contract, arguments).map(|plan| plan.address())
}

/// What the proxy is sent to deploy a contract with these encoded arguments.
///
/// # Errors
/// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
pub fn calldata(contract: Contract, arguments: &[u8]) -> Result<Bytes, DeploymentError> {
    Plan::new(contract, arguments).map(|plan| plan.calldata())
}

/// The token of an offering, which creates it.
#[must_use]
pub fn token(offering: Address) -> Address {
    offering.create(TOKEN_NONCE)
}

/// What the account that deploys the proxy has to be sent, to have this much.
#[must_use]
pub fn proxy_funding(missing: U256) -> Intent {
    Intent { call: "the gas of the deployment proxy", to: Some(PROXY_SIGNER), value: missing, data: Bytes::new() }
}

/// The transaction that deploys the proxy, the same on every chain.
#[must_use]
pub fn proxy_transaction() -> Signed {
    let price = (PROXY_GAS_PRICE, PROXY_GAS_PRICE);
    Signed { hash: keccak256(PROXY_TRANSACTION).0, nonce: 0, price, raw: PROXY_TRANSACTION.to_vec() }
}

/// Whether a chain has the proxy.
///
/// # Errors
/// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
pub async fn has_proxy(node: &Node) -> Result<bool, NodeError> {
    Ok(**node.code(PROXY).await? == PROXY_CODE)
}

impl Plan {
    /// A contract with its encoded arguments.
    ///
    /// # Errors
    /// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
    pub fn new(contract: Contract, arguments: &[u8]) -> Result<Self, DeploymentError> {
        let creation = contract.creation(arguments).ok_or(DeploymentError::Artifact)?;
        Ok(Self { call: contract.deployment(), creation })
    }

    /// A settlement key, stored as code by this creation code.
    #[must_use]
    pub const fn key(creation: Vec<u8>) -> Self {
        Self { call: "the deployment of the settlement key", creation }
    }

    /// The verifier, of which each chain has one.
    ///
    /// # Errors
    /// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
    pub fn verifier() -> Result<Self, DeploymentError> {
        Self::new(Contract::Verifier, &[])
    }

    /// The registry for a setup, with a verifier. That a setup is for development is said twice.
    ///
    /// # Errors
    /// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
    pub fn registry(verifier: Address, setup: Setup) -> Result<Self, DeploymentError> {
        let development = setup.development;
        Self::of(
            Contract::Registry,
            &ModelRegistry::constructorCall { verifier_: verifier, setup_: setup, development },
        )
    }

    /// The market for a registry.
    ///
    /// # Errors
    /// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
    pub fn market(registry: Address) -> Result<Self, DeploymentError> {
        Self::of(Contract::Market, &InferenceMarket::constructorCall { registry_: registry })
    }

    /// The offering with some terms.
    ///
    /// # Errors
    /// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
    pub fn offering(terms: Terms) -> Result<Self, DeploymentError> {
        Self::of(Contract::Offering, &InitialModelOffering::constructorCall { terms_: terms })
    }

    /// The collection of a model's answers in a market, by the name and the symbol of its tokens.
    ///
    /// # Errors
    /// [`DeploymentError::Artifact`] if the program's copy of the contract is damaged.
    pub fn collection(name: &str, symbol: &str, market: Address, model: B256) -> Result<Self, DeploymentError> {
        let (name, symbol) = (name.to_owned(), symbol.to_owned());
        Self::of(
            Contract::Collection,
            &VerifiableOutput::constructorCall { name_: name, symbol_: symbol, market_: market, modelId_: model },
        )
    }

    fn of(contract: Contract, arguments: &impl SolConstructor) -> Result<Self, DeploymentError> {
        Self::new(contract, &arguments.abi_encode())
    }

    /// Where it is, on every chain that has it.
    #[must_use]
    pub fn address(&self) -> Address {
        PROXY.create2_from_code(SALT, &self.creation)
    }

    /// What the proxy is sent: the salt, and the creation code.
    #[must_use]
    pub fn calldata(&self) -> Bytes {
        [SALT.as_slice(), &self.creation].concat().into()
    }

    /// The transaction that deploys it.
    #[must_use]
    pub fn intent(&self) -> Intent {
        Intent { call: self.call, to: Some(PROXY), value: U256::ZERO, data: self.calldata() }
    }

    /// Whether a chain has it already.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn is_there(&self, node: &Node) -> Result<bool, NodeError> {
        Ok(!node.code(self.address()).await?.is_empty())
    }

    /// Refuses a chain that has no proxy.
    ///
    /// # Errors
    /// [`DeploymentError::NoProxy`] if there is none, and otherwise the node's.
    pub async fn require_proxy(&self, node: &Node) -> Result<(), DeploymentError> {
        if has_proxy(node).await? { Ok(()) } else { Err(DeploymentError::NoProxy) }
    }

    /// Refuses what can't be deployed, with the constructor's own words: the proxy has none. No constructor asks who deploys, so
    /// that nobody in particular does here.
    ///
    /// # Errors
    /// [`DeploymentError::Node`] with [`NodeError::Reverted`] if the constructor refuses, and otherwise the node's.
    pub async fn rehearse(&self, node: &Node) -> Result<(), DeploymentError> {
        let mut request = TransactionRequest::default().from(Address::ZERO).input(self.creation.clone().into());
        request.to = Some(TxKind::Create);
        let answer = node.provider.call(request).await;
        answer.map_err(|error| NodeError::of(self.call, error))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use alloy::primitives::address;

    use super::*;

    #[test]
    fn addresses_are_those_of_create2() {
        // EIP-1014's fifth example: the formula itself is checked against what others have published.
        let deployer = address!("00000000000000000000000000000000deadbeef");
        let salt = B256::left_padding_from(&[0xca, 0xfe, 0xba, 0xbe]);
        let found = deployer.create2_from_code(salt, [0xde, 0xad, 0xbe, 0xef]);
        assert_eq!(found, address!("60f3f640a8508fC6a86d45DF051962668E1e8AC7"));
        let plan = Plan::market(Address::repeat_byte(1)).unwrap();
        let digest = keccak256(&plan.creation);
        let whole = [&[0xff], PROXY.as_slice(), SALT.as_slice(), digest.as_slice()].concat();
        assert_eq!(plan.address(), Address::from_slice(&keccak256(whole)[12..]));
        assert_eq!(plan.calldata(), [SALT.as_slice(), &plan.creation].concat());
    }

    #[test]
    fn every_argument_changes_the_address() {
        let setup = Setup { development: true, tauG1: [U256::from(1); 2], tauG2: [U256::from(2); 4] };
        let one = Address::repeat_byte(1);
        let of = |plan: Result<Plan, DeploymentError>| plan.unwrap().address();
        let registry = of(Plan::registry(one, setup.clone()));
        let mut others = vec![
            of(Plan::registry(Address::repeat_byte(2), setup.clone())),
            of(Plan::registry(one, Setup { development: false, ..setup.clone() })),
            of(Plan::registry(one, Setup { tauG1: [U256::from(1), U256::from(2)], ..setup.clone() })),
            of(Plan::registry(one, Setup { tauG2: [U256::from(1); 4], ..setup })),
            of(Plan::verifier()),
            of(Plan::market(one)),
            of(Plan::market(registry)),
            of(Plan::collection("n", "s", one, B256::ZERO)),
            of(Plan::collection("m", "s", one, B256::ZERO)),
            of(Plan::collection("n", "t", one, B256::ZERO)),
            of(Plan::collection("n", "s", registry, B256::ZERO)),
            of(Plan::collection("n", "s", one, B256::repeat_byte(1))),
            registry,
        ];
        others.sort_unstable();
        others.dedup();
        assert_eq!(others.len(), 13);
    }
}
