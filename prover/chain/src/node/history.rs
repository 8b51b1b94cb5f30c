//! What has been on the chain.

use alloy::{
    consensus::Transaction,
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes},
    providers::Provider,
};

use super::{Head, Node, NodeError};

/// A transaction that is in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Whom it called; nobody, if it deployed.
    pub to: Option<Address>,
    /// Its calldata.
    pub input: Bytes,
}

impl Node {
    /// The block in which a contract came to be, of those up to `last`, if it is there by then. Takes a node that remembers
    /// what was at an address in old blocks.
    ///
    /// Code stays where it is (EIP-6780), so the block is found by halving.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn birth(&self, contract: Address, last: u64) -> Result<Option<u64>, NodeError> {
        if !self.had_code(contract, last).await? {
            return Ok(None);
        }
        let (mut from, mut to) = (0, last);
        while from < to {
            let middle = from + (to - from) / 2;
            if self.had_code(contract, middle).await? { to = middle } else { from = middle + 1 }
        }
        Ok(Some(from))
    }

    async fn had_code(&self, contract: Address, block: u64) -> Result<bool, NodeError> {
        let code = self.provider.get_code_at(contract).block_id(BlockId::Number(BlockNumberOrTag::Number(block))).await;
        code.map(|code| !code.is_empty()).map_err(|error| NodeError::of("eth_getCode", error))
    }

    /// The last block that was made at a time or before, of those up to `head`; the first one where all were made later.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn block_at(&self, time: u64, head: &Head) -> Result<u64, NodeError> {
        if head.timestamp <= time {
            return Ok(head.number);
        }
        let (mut from, mut to) = (0, head.number);
        while to - from > 1 {
            let middle = from + (to - from) / 2;
            match self.time(middle).await? {
                Some(made) if made > time => to = middle,
                Some(_) => from = middle,
                None => return Err(NodeError::nonsense("eth_getBlockByNumber", "a block below the last is missing")),
            }
        }
        Ok(from)
    }

    /// A transaction, if the node has it.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn transaction(&self, hash: B256) -> Result<Option<Past>, NodeError> {
        let found = self.provider.get_transaction_by_hash(hash).await;
        let found = found.map_err(|error| NodeError::of("eth_getTransactionByHash", error))?;
        Ok(found.map(|found| Past { to: found.inner.to(), input: found.inner.input().clone() }))
    }

    /// The gas that a transaction took, if the node has it.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn gas_used(&self, hash: B256) -> Result<Option<u64>, NodeError> {
        let receipt = self.provider.get_transaction_receipt(hash).await;
        let receipt = receipt.map_err(|error| NodeError::of("eth_getTransactionReceipt", error))?;
        Ok(receipt.map(|receipt| receipt.gas_used))
    }

    /// When a block was made, in seconds since 1970, if the chain has one of that number.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn time(&self, number: u64) -> Result<Option<u64>, NodeError> {
        Ok(self.header(BlockNumberOrTag::Number(number)).await?.map(|header| header.timestamp))
    }
}
