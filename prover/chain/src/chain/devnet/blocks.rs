//! The chain: what is in it, and how a block is added.

use std::iter::once;

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, Bytes, U256},
    rpc::types::{Filter, FilterBlockOption, Log, TransactionReceipt},
};

use revm::state::EvmState;

use super::{
    RpcError,
    block::{Block, Mined},
    envelope::decode,
};

/// How long after the last block one comes that is made for a transaction, in seconds: Ethereum's slot.
const SLOT: u64 = 12;

/// All blocks, of which there is one at least.
#[derive(Debug)]
pub(super) struct Blocks {
    first: Block,
    others: Vec<Block>,
}

impl Blocks {
    pub(super) fn new(time: u64, accounts: &[(Address, U256)]) -> Self {
        Self { first: Block::first(time, accounts), others: Vec::new() }
    }

    /// The last block.
    pub(super) fn head(&self) -> &Block {
        self.others.last().unwrap_or(&self.first)
    }

    fn all(&self) -> impl Iterator<Item = &Block> {
        once(&self.first).chain(&self.others)
    }

    /// Adds an empty block after so many seconds.
    pub(super) fn pass(&mut self, seconds: u64) {
        self.others.push(self.head().empty(seconds.max(1)));
    }

    /// Adds a block that changes accounts without a transaction.
    pub(super) fn alter(&mut self, state: EvmState) {
        self.others.push(self.head().altered(state));
    }

    /// Adds a block in which an address has code that nobody deployed.
    pub(super) fn place(&mut self, address: Address, code: Vec<u8>) {
        self.others.push(self.head().with_code(address, code));
    }

    /// Adds a block with a signed transaction, and returns its hash.
    pub(super) fn send(&mut self, raw: &Bytes) -> Result<B256, RpcError> {
        let transaction = decode(raw)?;
        let hash = *transaction.tx_hash();
        let block = self.head().mine(SLOT, transaction)?;
        self.others.push(block);
        Ok(hash)
    }

    /// The block of a number or a tag. No block is undone: the last one is safe and final.
    pub(super) fn numbered(&self, number: BlockNumberOrTag) -> Option<&Block> {
        match number {
            BlockNumberOrTag::Number(number) => self.all().find(|block| block.number() == number),
            BlockNumberOrTag::Earliest => Some(&self.first),
            _ => Some(self.head()),
        }
    }

    /// The block after which something is asked: the last one, if none is named.
    pub(super) fn at(&self, block: Option<BlockId>) -> Result<&Block, RpcError> {
        let found = match block.unwrap_or_default() {
            BlockId::Number(number) => self.numbered(number),
            BlockId::Hash(hash) => self.all().find(|block| block.hash() == hash.block_hash),
        };
        found.ok_or_else(|| RpcError::refused("header not found"))
    }

    /// A transaction by its hash.
    pub(super) fn mined(&self, hash: B256) -> Option<&Mined> {
        self.others.iter().filter_map(Block::mined).find(|mined| mined.receipt.transaction_hash == hash)
    }

    /// The receipts of the transactions after a block.
    pub(super) fn receipts(&self, after: u64) -> impl Iterator<Item = &TransactionReceipt> {
        self.others
            .iter()
            .filter(move |block| block.number() > after)
            .filter_map(Block::mined)
            .map(|mined| &mined.receipt)
    }

    /// The events that a filter lets through, in order.
    pub(super) fn logs(&self, filter: &Filter) -> Result<Vec<Log>, RpcError> {
        let (from, to) = match filter.block_option {
            FilterBlockOption::AtBlockHash(hash) => {
                let block = self.at(Some(hash.into()))?;
                (block.number(), block.number())
            }
            FilterBlockOption::Range { from_block, to_block } => (self.bound(from_block), self.bound(to_block)),
        };
        if from > to {
            return Err(RpcError::parameters("invalid block range"));
        }
        let blocks = self.others.iter().filter(|block| (from..=to).contains(&block.number()));
        let logs = blocks.filter_map(Block::mined).flat_map(|mined| mined.receipt.logs());
        Ok(logs.filter(|log| filter.matches(&log.inner)).cloned().collect())
    }

    /// The end of a range, which may be beyond the last block.
    fn bound(&self, block: Option<BlockNumberOrTag>) -> u64 {
        match block.unwrap_or_default() {
            BlockNumberOrTag::Number(number) => number,
            BlockNumberOrTag::Earliest => 0,
            _ => self.head().number(),
        }
    }
}
