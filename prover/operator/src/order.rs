//! The ids of models and requests, and the contexts of proofs, computed as in the contracts.

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    sol_types::SolValue,
};

use hallmark_chain::node::contracts::market::IInferenceMarket::Order;

/// A request that waits for its answer, as `IInferenceMarket.State` has it.
pub const OPEN: u8 = 1;
/// One that was answered and paid.
pub const FULFILLED: u8 = 2;
/// One whose fee went back.
pub const REFUNDED: u8 = 3;

/// The number that a market gives a request: `keccak256(abi.encode(chain id, market, customer, nonce, order, fee))`.
#[must_use]
pub fn request_id(chain: u64, market: Address, customer: Address, nonce: U256, order: &Order, fee: u128) -> B256 {
    keccak256((U256::from(chain), market, customer, nonce, order.clone(), fee).abi_encode())
}

/// The number that a registry gives a model, as `IModelRegistry.idOf` has it:
/// `keccak256(abi.encode(chain id, registry, registrant, key digest, predecessor, keccak256(uri)))`.
#[must_use]
pub fn model_id(
    chain: u64,
    registry: Address,
    registrant: Address,
    key_digest: B256,
    predecessor: B256,
    uri: &str,
) -> B256 {
    let text = keccak256(uri);
    keccak256((U256::from(chain), registry, registrant, key_digest, predecessor, text).abi_encode())
}

/// The context of a proof that a model's registrant has it, as `IModelRegistry.possessionContext` has it:
/// `keccak256(abi.encode(bytes32("hallmark possession 1"), chain id, registry, model id))`.
#[must_use]
pub fn possession_context(chain: u64, registry: Address, model: B256) -> B256 {
    let purpose = B256::right_padding_from(b"hallmark possession 1");
    keccak256((purpose, U256::from(chain), registry, model).abi_encode())
}

/// The context of a proof: `keccak256(abi.encode(chain id, market, request id, model id, payee, deadline))`.
#[must_use]
pub fn context(chain: u64, market: Address, request: B256, model: B256, payee: Address, deadline: u64) -> B256 {
    keccak256((U256::from(chain), market, request, model, payee, deadline).abi_encode())
}
