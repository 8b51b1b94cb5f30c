//! The methods and their answers.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    primitives::{Address, B256, U64},
    rpc::types::{Filter, TransactionRequest, simulate::SimulatePayload},
};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::{
    RpcError,
    block::{Block, Mined},
    blocks::Blocks,
    execution::{call, estimate},
    request::Parameters,
    simulation::simulate,
};
use crate::chain::CHAIN_ID;

/// The tip for the maker of a block, in wei: a gwei, as most nodes suggest.
const TIP: u64 = 1_000_000_000;

/// The answer of a method.
pub(super) fn answer(blocks: &mut Blocks, method: &str, parameters: Parameters) -> Result<Box<RawValue>, RpcError> {
    match method {
        "eth_chainId" => constant(parameters, CHAIN_ID),
        "eth_maxPriorityFeePerGas" => constant(parameters, TIP),
        "eth_getBlockByNumber" => block(blocks, parameters),
        "eth_getBalance" => at_address(blocks, parameters, |block, address| block.account(address).balance),
        "eth_getTransactionCount" => {
            at_address(blocks, parameters, |block, address| U64::from(block.account(address).nonce))
        }
        "eth_getCode" => at_address(blocks, parameters, Block::code),
        "eth_call" => at_request(blocks, parameters, call),
        "eth_simulateV1" => simulated(blocks, parameters),
        "eth_estimateGas" => at_request(blocks, parameters, |block, request| estimate(block, request).map(U64::from)),
        "eth_sendRawTransaction" => send(blocks, parameters),
        "eth_getTransactionByHash" => by_hash(blocks, parameters, |mined| &mined.transaction),
        "eth_getTransactionReceipt" => by_hash(blocks, parameters, |mined| &mined.receipt),
        "eth_getLogs" => logs(blocks, parameters),
        other => Err(RpcError::method(other)),
    }
}

fn say(answer: &impl Serialize) -> Result<Box<RawValue>, RpcError> {
    to_raw_value(answer).map_err(RpcError::internal)
}

fn constant(parameters: Parameters, number: u64) -> Result<Box<RawValue>, RpcError> {
    parameters.end()?;
    say(&U64::from(number))
}

fn block(blocks: &Blocks, mut parameters: Parameters) -> Result<Box<RawValue>, RpcError> {
    let (number, whole): (BlockNumberOrTag, bool) = (parameters.take()?, parameters.take()?);
    parameters.end()?;
    if whole {
        Err(RpcError::parameters("blocks are told with the hashes of their transactions only"))
    } else {
        say(&blocks.numbered(number).map(Block::describe))
    }
}

/// A value at an address, after a block.
fn at_address<T: Serialize>(
    blocks: &Blocks,
    mut parameters: Parameters,
    look: impl FnOnce(&Block, Address) -> T,
) -> Result<Box<RawValue>, RpcError> {
    let (address, block): (Address, Option<BlockId>) = (parameters.take()?, parameters.optional()?);
    parameters.end()?;
    say(&look(blocks.at(block)?, address))
}

/// The result of a transaction without a signature, after a block.
fn at_request<T: Serialize>(
    blocks: &Blocks,
    mut parameters: Parameters,
    run: impl FnOnce(&Block, TransactionRequest) -> Result<T, RpcError>,
) -> Result<Box<RawValue>, RpcError> {
    let (request, block): (TransactionRequest, Option<BlockId>) = (parameters.take()?, parameters.optional()?);
    parameters.end()?;
    say(&run(blocks.at(block)?, request)?)
}

/// The results of transactions without signatures, one after another, after a block.
fn simulated(blocks: &Blocks, mut parameters: Parameters) -> Result<Box<RawValue>, RpcError> {
    let (payload, block): (SimulatePayload, Option<BlockId>) = (parameters.take()?, parameters.optional()?);
    parameters.end()?;
    say(&simulate(blocks.at(block)?, payload)?)
}

fn send(blocks: &mut Blocks, mut parameters: Parameters) -> Result<Box<RawValue>, RpcError> {
    let raw = parameters.take()?;
    parameters.end()?;
    say(&blocks.send(&raw)?)
}

/// A transaction or its receipt. Null if it is in no block.
fn by_hash<T: Serialize>(
    blocks: &Blocks,
    mut parameters: Parameters,
    look: impl FnOnce(&Mined) -> &T,
) -> Result<Box<RawValue>, RpcError> {
    let hash: B256 = parameters.take()?;
    parameters.end()?;
    say(&blocks.mined(hash).map(look))
}

fn logs(blocks: &Blocks, mut parameters: Parameters) -> Result<Box<RawValue>, RpcError> {
    let filter: Filter = parameters.take()?;
    parameters.end()?;
    say(&blocks.logs(&filter)?)
}
