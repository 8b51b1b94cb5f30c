//! What the chain says.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    network::TransactionBuilder,
    primitives::{Address, B256, Bytes, U256},
    providers::{Provider, RootProvider},
    rpc::{
        client::RpcClient,
        types::{Header, TransactionRequest},
    },
    sol_types::SolCall,
};

use super::{NodeError, transport::Transport};
use crate::chain::Devnet;

const GET_BLOCK: &str = "eth_getBlockByNumber";

/// A node of one chain.
#[derive(Clone, Debug)]
pub struct Node {
    pub(super) provider: RootProvider,
    chain_id: u64,
}

/// The last block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: B256,
    /// Seconds since 1970.
    pub timestamp: u64,
    /// What gas costs at least in it, in wei.
    pub base_fee: u64,
}

impl Node {
    /// Connects to a node, which has to be of the chain that is expected, if one is.
    ///
    /// # Errors
    /// [`NodeError::Address`] if the address makes no sense, [`NodeError::Chain`] if the chain is another, and otherwise the node's.
    pub async fn connect(address: &str, expected: Option<u64>) -> Result<Self, NodeError> {
        Self::open(Transport::http(address)?, expected).await
    }

    /// Connects to the node inside the program, as to any other.
    ///
    /// # Errors
    /// [`NodeError::Chain`] if the chain is another.
    pub async fn embedded(devnet: Devnet, expected: Option<u64>) -> Result<Self, NodeError> {
        Self::open(Transport::Embedded(devnet), expected).await
    }

    async fn open(transport: Transport, expected: Option<u64>) -> Result<Self, NodeError> {
        let provider = RootProvider::new(RpcClient::new(transport, true));
        let found = provider.get_chain_id().await.map_err(|error| NodeError::of("eth_chainId", error))?;
        match expected {
            Some(expected) if expected != found => Err(NodeError::Chain { expected, found }),
            _ => Ok(Self { provider, chain_id: found }),
        }
    }

    /// The chain's number.
    #[must_use]
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// Asks a contract as things stand in the last block.
    ///
    /// # Errors
    /// [`NodeError::Reverted`] if the contract refuses, and otherwise the node's.
    pub async fn view<C: SolCall>(&self, contract: Address, call: &C) -> Result<C::Return, NodeError> {
        let answer = self.dry_run(C::SIGNATURE, Address::ZERO, contract, U256::ZERO, call.abi_encode()).await?;
        if answer.is_empty() {
            self.require_code(contract).await?;
        }
        Self::returned::<C>(&answer)
    }

    /// What a contract has returned to a call.
    ///
    /// # Errors
    /// [`NodeError::Nonsense`] if this is not what the function returns.
    pub fn returned<C: SolCall>(answer: &[u8]) -> Result<C::Return, NodeError> {
        C::abi_decode_returns_validate(answer)
            .map_err(|error| NodeError::Nonsense { call: C::SIGNATURE, reason: error.to_string() })
    }

    /// The tip that the node suggests. One that knows none is no reason to send nothing.
    pub async fn suggested_tip(&self) -> u128 {
        self.provider.get_max_priority_fee_per_gas().await.unwrap_or(super::GWEI)
    }

    /// What a transaction would do.
    ///
    /// # Errors
    /// [`NodeError::Reverted`] if a contract refuses, and otherwise the node's.
    pub async fn dry_run(
        &self,
        call: &'static str,
        from: Address,
        to: Address,
        value: U256,
        data: Vec<u8>,
    ) -> Result<Bytes, NodeError> {
        let request = TransactionRequest::default().with_from(from).with_to(to).with_value(value).with_input(data);
        self.provider.call(request).await.map_err(|error| NodeError::of(call, error))
    }

    /// Refuses an address without code.
    ///
    /// # Errors
    /// [`NodeError::NoCode`] if there is none, and otherwise the node's.
    pub async fn require_code(&self, contract: Address) -> Result<(), NodeError> {
        let code = self.code(contract).await?;
        if code.is_empty() { Err(NodeError::NoCode(contract)) } else { Ok(()) }
    }

    /// The code at an address.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn code(&self, contract: Address) -> Result<Bytes, NodeError> {
        self.provider.get_code_at(contract).await.map_err(|error| NodeError::of("eth_getCode", error))
    }

    /// The last block.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn head(&self) -> Result<Head, NodeError> {
        let header = self.header(BlockNumberOrTag::Latest).await?;
        let header = header.ok_or_else(|| NodeError::nonsense(GET_BLOCK, "there is no last block"))?;
        let base_fee = header.base_fee_per_gas.ok_or_else(|| NodeError::nonsense(GET_BLOCK, "it has no base fee"))?;
        Ok(Head { number: header.number, hash: header.hash, timestamp: header.timestamp, base_fee })
    }

    /// The hash of a block, if the chain has one of that number.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn block_hash(&self, number: u64) -> Result<Option<B256>, NodeError> {
        Ok(self.header(BlockNumberOrTag::Number(number)).await?.map(|header| header.hash))
    }

    /// The header of a block, if there is one.
    pub(super) async fn header(&self, block: BlockNumberOrTag) -> Result<Option<Header>, NodeError> {
        let block = self.provider.get_block(BlockId::Number(block)).await;
        Ok(block.map_err(|error| NodeError::of(GET_BLOCK, error))?.map(|block| block.header))
    }

    /// How many transactions of an account are in blocks.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn nonce(&self, account: Address) -> Result<u64, NodeError> {
        let nonce = self.provider.get_transaction_count(account).await;
        nonce.map_err(|error| NodeError::of("eth_getTransactionCount", error))
    }

    /// An account's wei.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn balance(&self, account: Address) -> Result<U256, NodeError> {
        let balance = self.provider.get_balance(account).await;
        balance.map_err(|error| NodeError::of("eth_getBalance", error))
    }
}
