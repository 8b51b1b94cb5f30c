//! A signed transaction, from its bytes.

use alloy::{
    consensus::{
        Transaction, TxEnvelope,
        transaction::{Recovered, SignerRecoverable},
    },
    eips::eip2718::Decodable2718,
};
use revm::{context::TxEnv, context_interface::transaction::TransactionType, primitives::Bytes};

use super::RpcError;

/// Decodes a transaction, and finds out who signed it. Those of EIP-1559 are taken, which is what [`crate::node::Account`] signs.
pub(super) fn decode(raw: &Bytes) -> Result<Recovered<TxEnvelope>, RpcError> {
    let envelope = TxEnvelope::decode_2718_exact(raw).map_err(|error| RpcError::parameters(format!("rlp: {error}")))?;
    if !matches!(envelope, TxEnvelope::Eip1559(_)) {
        return Err(RpcError::refused("transaction type not supported: only EIP-1559's is"));
    }
    let signer = envelope.recover_signer().map_err(|_| RpcError::refused("invalid sender: the signature is none"))?;
    Ok(Recovered::new_unchecked(envelope, signer))
}

/// The EVM's environment for a transaction.
pub(super) fn environment(transaction: &Recovered<TxEnvelope>) -> TxEnv {
    TxEnv {
        tx_type: TransactionType::Eip1559 as u8,
        caller: transaction.signer(),
        gas_limit: transaction.gas_limit(),
        gas_price: transaction.max_fee_per_gas(),
        gas_priority_fee: transaction.max_priority_fee_per_gas(),
        kind: transaction.kind(),
        value: transaction.value(),
        data: transaction.input().clone(),
        nonce: transaction.nonce(),
        chain_id: transaction.chain_id(),
        access_list: transaction.access_list().cloned().unwrap_or_default(),
        ..TxEnv::default()
    }
}
