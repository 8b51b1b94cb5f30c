//! The reasons to refuse a request, in the words of JSON-RPC and of nodes.
//!
//! Clients distinguish errors by their texts. The texts for transactions are Geth's.

use std::convert::Infallible;

use alloy::{primitives::Bytes, rpc::json_rpc::ErrorPayload};
use revm::context::result::{EVMError, InvalidTransaction};
use serde_json::value::{RawValue, to_raw_value};

/// The code of JSON-RPC for what is no JSON.
const SYNTAX: i64 = -32_700;
/// JSON that is not a request.
const REQUEST: i64 = -32_600;
/// An unknown method.
const METHOD: i64 = -32_601;
/// Parameters that make no sense.
const PARAMETERS: i64 = -32_602;
/// An internal error.
const INTERNAL: i64 = -32_603;
/// A request that can't be fulfilled (EIP-1474).
const REFUSED: i64 = -32_000;
/// A call that a contract reverts, with the contract's answer, as in Geth.
const REVERTED: i64 = 3;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RpcError {
    code: i64,
    message: String,
    data: Option<Bytes>,
}

impl RpcError {
    pub(super) fn syntax() -> Self {
        Self::new(SYNTAX, "parse error")
    }

    pub(super) fn request() -> Self {
        Self::new(REQUEST, "invalid request")
    }

    pub(super) fn method(name: &str) -> Self {
        Self::new(METHOD, format!("the method {name} does not exist/is not available"))
    }

    pub(super) fn parameters(reason: impl ToString) -> Self {
        Self::new(PARAMETERS, format!("invalid params: {}", reason.to_string()))
    }

    pub(super) fn internal(reason: impl ToString) -> Self {
        Self::new(INTERNAL, reason.to_string())
    }

    pub(super) fn refused(reason: impl Into<String>) -> Self {
        Self::new(REFUSED, reason)
    }

    /// A call that a contract undoes.
    pub(super) fn reverted(data: Vec<u8>) -> Self {
        Self { data: Some(data.into()), ..Self::new(REVERTED, "execution reverted") }
    }

    fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), data: None }
    }

    pub(super) fn into_payload(self) -> ErrorPayload<Box<RawValue>> {
        let data = self.data.and_then(|data| to_raw_value(&data).ok());
        ErrorPayload { code: self.code, message: self.message.into(), data }
    }
}

impl From<EVMError<Infallible>> for RpcError {
    fn from(error: EVMError<Infallible>) -> Self {
        match error {
            EVMError::Transaction(error) => Self::refused(words(&error)),
            other => Self::internal(other),
        }
    }
}

fn words(error: &InvalidTransaction) -> String {
    use InvalidTransaction as E;
    match error {
        E::NonceTooLow { tx, state } => format!("nonce too low: next nonce {state}, tx nonce {tx}"),
        // Others keep such a transaction until those before it come: here nothing waits.
        E::NonceTooHigh { tx, state } => format!("nonce too high: next nonce {state}, tx nonce {tx}"),
        E::LackOfFundForMaxFee { fee, balance } => {
            format!("insufficient funds for gas * price + value: balance {balance}, tx cost {fee}")
        }
        E::GasPriceLessThanBasefee => "max fee per gas less than block base fee".into(),
        E::PriorityFeeGreaterThanMaxFee => "max priority fee per gas higher than max fee per gas".into(),
        E::InvalidChainId => "invalid chain id for signer".into(),
        E::CallGasCostMoreThanGasLimit { initial_gas: needed, gas_limit }
        | E::GasFloorMoreThanGasLimit { gas_floor: needed, gas_limit } => {
            format!("intrinsic gas too low: gas {gas_limit}, minimum needed {needed}")
        }
        other => other.to_string(),
    }
}
