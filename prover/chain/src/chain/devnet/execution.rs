//! Calls, transactions and estimates of their gas, on a state.

use alloy::rpc::types::TransactionRequest;
use revm::{
    context::{BlockEnv, TxEnv, result::ResultAndState},
    primitives::Bytes,
};

use super::{
    Outcome, RpcError,
    block::Block,
    machine::{environment, execute},
};
use crate::chain::{CHAIN_ID, MAX_GAS};

/// An estimate is this part of itself too high at most: what is left out is not worth another run.
const PRECISION: u64 = 64;

/// The result of a call on the state after a block.
pub(super) fn call(block: &Block, request: TransactionRequest) -> Result<Bytes, RpcError> {
    let gas = request.gas.unwrap_or(MAX_GAS).min(MAX_GAS);
    returned(run(block, &question(block, request), gas)?)
}

/// The gas with which a transaction succeeds, as things stand after a block. With less it may fail although it would use
/// less: a call passes on 63 64ths of what is left.
pub(super) fn estimate(block: &Block, request: TransactionRequest) -> Result<u64, RpcError> {
    let question = question(block, request);
    let most = run(block, &question, MAX_GAS)?;
    let gas = *most.result.gas();
    returned(most)?;
    let succeeds = |gas| run(block, &question, gas).is_ok_and(|answer| answer.result.is_success());
    let used = gas.total_gas_spent().max(gas.floor_gas());
    if succeeds(used) {
        return Ok(used);
    }
    let (mut low, mut high) = (used, MAX_GAS);
    while high - low > high / PRECISION {
        let middle = low + (high - low) / 2;
        if succeeds(middle) { high = middle } else { low = middle }
    }
    Ok(high)
}

fn run(block: &Block, question: &TxEnv, gas: u64) -> Result<ResultAndState, RpcError> {
    // As in Geth: a caller pays nothing for gas, so the base fee does not apply.
    let free = BlockEnv { basefee: 0, ..environment(block.header()) };
    execute(block.state(), free, TxEnv { gas_limit: gas, ..question.clone() })
}

/// A request as a transaction that nobody signed.
pub(super) fn question(block: &Block, request: TransactionRequest) -> TxEnv {
    let caller = request.from.unwrap_or_default();
    TxEnv {
        caller,
        kind: request.to.unwrap_or_default(),
        value: request.value.unwrap_or_default(),
        nonce: block.account(caller).nonce,
        chain_id: Some(CHAIN_ID),
        data: request.input.into_input().unwrap_or_default(),
        gas_price: 0,
        ..TxEnv::default()
    }
}

fn returned(answer: ResultAndState) -> Result<Bytes, RpcError> {
    match Outcome::from(answer.result) {
        Outcome::Returned(data) => Ok(data.into()),
        Outcome::Reverted(data) => Err(RpcError::reverted(data)),
        Outcome::Halted(reason) => Err(RpcError::refused(format!("execution halted: {reason}"))),
    }
}
