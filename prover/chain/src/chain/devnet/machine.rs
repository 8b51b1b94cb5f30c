//! The EVM: its environment in a block, and one transaction in it.

use alloy::consensus::Header;
use revm::{
    ExecuteEvm, MainBuilder,
    context::{BlockEnv, TxEnv, result::ResultAndState},
    database::{CacheDB, InMemoryDB},
    primitives::U256,
};

use super::RpcError;
use crate::chain::rules;

/// Runs a transaction in a block. The state stays as it is: what would change is in the answer.
pub(super) fn execute(state: &InMemoryDB, block: BlockEnv, transaction: TxEnv) -> Result<ResultAndState, RpcError> {
    let context = rules::context(CacheDB::new(state)).with_block(block);
    Ok(context.build_mainnet().transact(transaction)?)
}

/// The EVM's environment for a block.
pub(super) fn environment(header: &Header) -> BlockEnv {
    BlockEnv {
        number: U256::from(header.number),
        timestamp: U256::from(header.timestamp),
        beneficiary: header.beneficiary,
        gas_limit: header.gas_limit,
        basefee: header.base_fee_per_gas.unwrap_or_default(),
        prevrandao: Some(header.mix_hash),
        ..BlockEnv::default()
    }
}
