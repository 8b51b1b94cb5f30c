//! What a contract keeps of a request, and what a proof is bound to. Both are computed here as the contract does.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};

use crate::node::contracts::market::IInferenceMarket::Order;

/// The number that a market gives a request: `keccak256(abi.encode(chain id, market, customer, nonce, order, fee))`.
#[must_use]
pub fn request_id(chain: u64, market: Address, customer: Address, nonce: U256, order: &Order, fee: u128) -> B256 {
    keccak256((U256::from(chain), market, customer, nonce, order.clone(), fee).abi_encode())
}

/// What a proof is bound to: `keccak256(abi.encode(chain id, market, request id, model id, payee, deadline))`.
#[must_use]
pub fn context(chain: u64, market: Address, request: B256, model: B256, payee: Address, deadline: u64) -> B256 {
    keccak256((U256::from(chain), market, request, model, payee, deadline).abi_encode())
}
