//! A block with the state after it, and its header.

use alloy::{
    consensus::{
        Header, Receipt, ReceiptEnvelope, Sealable, Transaction as _, TxEnvelope,
        proofs::{calculate_receipt_root, calculate_transaction_root},
        transaction::{Recovered, TransactionInfo},
    },
    eips::eip1559::{BaseFeeParams, INITIAL_BASE_FEE},
    primitives::{Address, B256, Bytes, Log, U256, logs_bloom},
    rpc::types::{self, BlockTransactions, Transaction, TransactionReceipt},
};
use revm::{
    DatabaseCommit, DatabaseRef,
    context::result::ExecutionResult,
    database::InMemoryDB,
    state::{AccountInfo, Bytecode, EvmState},
};

use super::{
    RpcError, envelope,
    machine::{self, execute},
};
use crate::chain::{PROXY, PROXY_CODE};

/// The gas of a block's transactions: that of Ethereum's blocks when Osaka came.
const GAS_LIMIT: u64 = 60_000_000;

/// A block that holds one transaction, or none.
#[derive(Clone, Debug)]
pub(super) struct Block {
    header: types::Header,
    /// A copy for each block: a few accounts for a few blocks. So any block can be asked about.
    state: InMemoryDB,
    mined: Option<Mined>,
}

/// A transaction that is in a block.
#[derive(Clone, Debug)]
pub(super) struct Mined {
    pub(super) transaction: Transaction,
    pub(super) receipt: TransactionReceipt,
}

impl Block {
    /// The first block, with ether for some accounts and the deployment proxy, as chains for development have it.
    pub(super) fn first(time: u64, accounts: &[(Address, U256)]) -> Self {
        let mut state = InMemoryDB::default();
        for (address, balance) in accounts {
            state.insert_account_info(*address, AccountInfo::from_balance(*balance));
        }
        let proxy = Bytecode::new_legacy(PROXY_CODE.into());
        state.insert_account_info(PROXY, AccountInfo::from_bytecode(proxy).with_nonce(1));
        let header = Header {
            timestamp: time,
            gas_limit: GAS_LIMIT,
            base_fee_per_gas: Some(INITIAL_BASE_FEE),
            ..Header::default()
        };
        Self::seal(header, state)
    }

    /// The next block, so many seconds later, with nothing in it.
    pub(super) fn empty(&self, seconds: u64) -> Self {
        Self::seal(self.next_header(seconds), self.state.clone())
    }

    /// The next block, a second later, with accounts that no transaction has changed.
    pub(super) fn altered(&self, changes: EvmState) -> Self {
        let mut state = self.state.clone();
        state.commit(changes);
        Self::seal(self.next_header(1), state)
    }

    /// The next block, a second later, with code at an address.
    pub(super) fn with_code(&self, address: Address, code: Vec<u8>) -> Self {
        let mut state = self.state.clone();
        let code = Bytecode::new_legacy(code.into());
        state.insert_account_info(address, AccountInfo::from_bytecode(code).with_nonce(1));
        Self::seal(self.next_header(1), state)
    }

    /// The next block, so many seconds later, with a transaction in it that no rule forbids.
    pub(super) fn mine(&self, seconds: u64, transaction: Recovered<TxEnvelope>) -> Result<Self, RpcError> {
        let mut header = self.next_header(seconds);
        let block = machine::environment(&header);
        let answer = execute(&self.state, block, envelope::environment(&transaction))?;
        let mut state = self.state.clone();
        state.commit(answer.state);
        let receipt = receipt(answer.result);
        header.gas_used = receipt.cumulative_gas_used;
        header.transactions_root = calculate_transaction_root(&[transaction.inner()]);
        header.logs_bloom = logs_bloom(&receipt.logs);
        let consensus = ReceiptEnvelope::Eip1559(receipt.clone().with_bloom());
        header.receipts_root = calculate_receipt_root(&[consensus]);
        let mut block = Self::seal(header, state);
        block.mined = Some(Mined::new(&block.header, transaction, receipt));
        Ok(block)
    }

    /// The state's root is that of an empty one in all headers: nobody is shown a part of the state with a proof.
    fn next_header(&self, seconds: u64) -> Header {
        Header {
            parent_hash: self.hash(),
            number: self.number() + 1,
            timestamp: self.header.timestamp.saturating_add(seconds),
            gas_limit: self.header.gas_limit,
            base_fee_per_gas: self.header.next_block_base_fee(BaseFeeParams::ethereum()),
            ..Header::default()
        }
    }

    fn seal(header: Header, mut state: InMemoryDB) -> Self {
        let header = types::Header::from_sealed(header.seal_slow());
        // What the opcode BLOCKHASH tells in later blocks.
        state.cache.block_hashes.insert(U256::from(header.number), header.hash);
        Self { header, state, mined: None }
    }

    pub(super) fn number(&self) -> u64 {
        self.header.number
    }

    pub(super) fn hash(&self) -> B256 {
        self.header.hash
    }

    pub(super) fn header(&self) -> &Header {
        &self.header.inner
    }

    pub(super) fn state(&self) -> &InMemoryDB {
        &self.state
    }

    pub(super) fn mined(&self) -> Option<&Mined> {
        self.mined.as_ref()
    }

    /// An account after the block.
    pub(super) fn account(&self, address: Address) -> AccountInfo {
        let Ok(account) = self.state.basic_ref(address);
        account.unwrap_or_default()
    }

    /// The code at an address after the block.
    pub(super) fn code(&self, address: Address) -> Bytes {
        let Ok(code) = self.state.code_by_hash_ref(self.account(address).code_hash);
        code.original_bytes()
    }

    /// The block as nodes tell of it.
    pub(super) fn describe(&self) -> types::Block {
        let transactions = self.mined.iter().map(|mined| mined.receipt.transaction_hash).collect();
        types::Block::new(self.header.clone(), BlockTransactions::Hashes(transactions))
    }
}

impl Mined {
    fn new(header: &types::Header, transaction: Recovered<TxEnvelope>, receipt: Receipt<Log>) -> Self {
        let hash = *transaction.tx_hash();
        let (from, to, gas_used) = (transaction.signer(), transaction.to(), receipt.cumulative_gas_used);
        let effective_gas_price = transaction.effective_gas_price(header.base_fee_per_gas);
        // As in Geth: where it would be, also if the constructor has failed.
        let contract_address = to.is_none().then(|| from.create(transaction.nonce()));
        let logs = receipt.logs.into_iter().enumerate().map(|(index, log)| types::Log {
            inner: log,
            block_hash: Some(header.hash),
            block_number: Some(header.number),
            block_timestamp: Some(header.timestamp),
            transaction_hash: Some(hash),
            transaction_index: Some(0),
            log_index: Some(index as u64),
            removed: false,
        });
        let receipt = Receipt { status: receipt.status, cumulative_gas_used: gas_used, logs: logs.collect() };
        let info = TransactionInfo {
            hash: Some(hash),
            index: Some(0),
            block_hash: Some(header.hash),
            block_number: Some(header.number),
            base_fee: header.base_fee_per_gas,
            block_timestamp: Some(header.timestamp),
        };
        Self {
            transaction: Transaction::from_transaction(transaction, info),
            receipt: TransactionReceipt {
                inner: ReceiptEnvelope::Eip1559(receipt.with_bloom()),
                transaction_hash: hash,
                transaction_index: Some(0),
                block_hash: Some(header.hash),
                block_number: Some(header.number),
                gas_used,
                effective_gas_price,
                blob_gas_used: None,
                blob_gas_price: None,
                from,
                to,
                contract_address,
            },
        }
    }
}

/// How a transaction ended. What is undone leaves no events.
fn receipt(result: ExecutionResult) -> Receipt<Log> {
    let cumulative_gas_used = result.tx_gas_used();
    let status = result.is_success().into();
    let logs = match result {
        ExecutionResult::Success { logs, .. } => logs,
        ExecutionResult::Revert { .. } | ExecutionResult::Halt { .. } => Vec::new(),
    };
    Receipt { status, cumulative_gas_used, logs }
}
