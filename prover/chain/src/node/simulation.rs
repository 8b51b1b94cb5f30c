//! The effects of transactions, one after another, in a block that is never made.

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    network::TransactionBuilder,
    primitives::{Address, Bytes, TxKind, U256},
    providers::Provider,
    rpc::types::{
        BlockOverrides, Log, TransactionRequest,
        simulate::{SimBlock, SimCallResult, SimulatePayload},
    },
    transports::{RpcError, TransportErrorKind},
};
use serde::Deserialize;

use super::{Intent, Node, NodeError};
use crate::chain::MAX_GAS;

const CALL: &str = "eth_simulateV1";
/// JSON-RPC's code for an unknown method.
const METHOD_NOT_FOUND: i64 = -32_601;

/// The effect of a transaction.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The gas that it would use.
    pub gas: u64,
    /// The bytes that it would return.
    pub output: Bytes,
    /// Its events.
    pub logs: Vec<Log>,
}

/// A node's answer for a simulated block. Only the calls are read.
#[derive(Debug, Deserialize)]
struct Block {
    calls: Vec<SimCallResult>,
}

impl Node {
    /// What these transactions of these accounts would do, in this order, if they were alone in the next block. Nothing is sent,
    /// and nobody's key is needed.
    ///
    /// # Errors
    /// The first transaction that fails, or a node that can't simulate.
    pub async fn simulate(&self, calls: &[(Address, &Intent)]) -> Result<Vec<Simulated>, NodeError> {
        let head = self.head().await?;
        let next = BlockOverrides {
            number: Some(U256::from(head.number.saturating_add(1))),
            time: Some(head.timestamp.saturating_add(1)),
            ..BlockOverrides::default()
        };
        let requests = calls.iter().map(|(from, intent)| intent.request(*from).with_gas_limit(MAX_GAS));
        let block = SimBlock::default().with_block_overrides(next).extend_calls(requests);
        let parameters =
            (SimulatePayload::default().extend(block), BlockId::from(BlockNumberOrTag::Number(head.number)));
        let blocks: Vec<Block> = self.provider.raw_request(CALL.into(), parameters).await.map_err(refused)?;
        let results = blocks.into_iter().flat_map(|block| block.calls).collect::<Vec<_>>();
        if results.len() != calls.len() {
            return Err(NodeError::nonsense(CALL, "it tells of another number of transactions"));
        }
        calls.iter().zip(results).map(|((_, intent), result)| simulated(intent.call, result)).collect()
    }
}

impl Intent {
    /// It as a transaction that nobody has signed.
    pub(super) fn request(&self, from: Address) -> TransactionRequest {
        let mut request = TransactionRequest::default().with_from(from).with_value(self.value);
        request.to = Some(self.to.map_or(TxKind::Create, TxKind::Call));
        request.input = self.data.clone().into();
        request
    }
}

fn refused(error: RpcError<TransportErrorKind>) -> NodeError {
    match &error {
        RpcError::ErrorResp(payload) if payload.code == METHOD_NOT_FOUND => NodeError::NoSimulation,
        _ => NodeError::of(CALL, error),
    }
}

fn simulated(call: &'static str, result: SimCallResult) -> Result<Simulated, NodeError> {
    if result.status {
        return Ok(Simulated { gas: result.gas_used, output: result.return_data, logs: result.logs });
    }
    let (message, data) = result.error.map(|error| (error.message, error.data)).unwrap_or_default();
    let data = data.filter(|data| !data.is_empty()).unwrap_or(result.return_data);
    Err(NodeError::undone(call, &message, &data))
}
