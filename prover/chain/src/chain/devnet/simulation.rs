//! Transactions that nobody signed, one after another, in a block that is not added: `eth_simulateV1`.

use alloy::{
    primitives::Log,
    rpc::types::{
        self, BlockOverrides,
        simulate::{SimBlock, SimCallResult, SimulateError, SimulatePayload, SimulatedBlock},
    },
};
use revm::{
    DatabaseCommit, ExecuteEvm, MainBuilder,
    context::{BlockEnv, TxEnv, result::ExecutionResult},
    database::{CacheDB, InMemoryDB},
    primitives::U256,
};

use super::{RpcError, block::Block, execution::question, machine::environment};
use crate::chain::{MAX_GAS, rules};

/// A state that keeps no changes.
type Draft<'s> = CacheDB<&'s InMemoryDB>;

/// The results of a block of transactions, after a block. Other options are refused, since the node would not follow them.
pub(super) fn simulate(block: &Block, payload: SimulatePayload) -> Result<[SimulatedBlock; 1], RpcError> {
    let SimulatePayload { block_state_calls, trace_transfers, validation, return_full_transactions } = payload;
    let one: [SimBlock; 1] =
        block_state_calls.try_into().map_err(|_| RpcError::parameters("one block is simulated at a time"))?;
    let [SimBlock { block_overrides, state_overrides: None, calls }] = one else {
        return Err(RpcError::parameters("the state is not overridden"));
    };
    if trace_transfers || validation || return_full_transactions {
        return Err(RpcError::parameters("transfers, validation and whole transactions are not simulated"));
    }
    let next = next(block, block_overrides.unwrap_or_default())?;
    let mut draft = CacheDB::new(block.state());
    let mut results = Vec::new();
    for call in calls {
        let gas_limit = call.gas.unwrap_or(MAX_GAS);
        let mut transaction = TxEnv { gas_limit, ..question(block, call) };
        transaction.nonce = nonce(&mut draft, &transaction);
        results.push(described(run(&mut draft, next.clone(), transaction)?));
    }
    Ok([SimulatedBlock { inner: block.describe(), calls: results }])
}

/// The EVM's environment for the next block. A simulation pays nothing for gas.
fn next(block: &Block, overrides: BlockOverrides) -> Result<BlockEnv, RpcError> {
    let BlockOverrides { number, time, .. } = overrides.clone();
    if overrides != (BlockOverrides { number, time, ..BlockOverrides::default() }) {
        return Err(RpcError::parameters("only a block's number and time are overridden"));
    }
    let last = environment(block.header());
    let number = number.unwrap_or(last.number.saturating_add(U256::ONE));
    let timestamp = time.map_or(last.timestamp.saturating_add(U256::ONE), U256::from);
    if number <= last.number || timestamp <= last.timestamp {
        return Err(RpcError::parameters("a simulated block comes after the last one"));
    }
    Ok(BlockEnv { number, timestamp, basefee: 0, ..last })
}

fn nonce(draft: &mut Draft<'_>, transaction: &TxEnv) -> u64 {
    let Ok(account) = draft.load_account(transaction.caller);
    account.info.nonce
}

/// Runs a transaction, and keeps what it changes in the draft.
fn run(draft: &mut Draft<'_>, block: BlockEnv, transaction: TxEnv) -> Result<ExecutionResult, RpcError> {
    let context = rules::context(&mut *draft).with_block(block);
    let answer = context.build_mainnet().transact(transaction)?;
    draft.commit(answer.state);
    Ok(answer.result)
}

fn described(result: ExecutionResult) -> SimCallResult {
    let (gas_used, status) = (result.tx_gas_used(), result.is_success());
    let error = |code, message: String| Some(SimulateError { code, message, data: None });
    let (return_data, logs, error) = match result {
        ExecutionResult::Success { output, logs, .. } => (output.into_data(), logs, None),
        ExecutionResult::Revert { output, .. } => {
            (output, Vec::new(), error(SimulateError::EXECUTION_REVERTED_CODE, "execution reverted".into()))
        }
        ExecutionResult::Halt { reason, .. } => {
            let message = format!("execution halted: {reason:?}");
            (Default::default(), Vec::new(), error(SimulateError::VM_EXECUTION_ERROR_CODE, message))
        }
    };
    let logs = logs.into_iter().map(placeless).collect();
    SimCallResult { return_data, logs, gas_used, max_used_gas: None, status, error }
}

/// An event of a block that is not there.
fn placeless(log: Log) -> types::Log {
    types::Log { inner: log, ..types::Log::default() }
}
