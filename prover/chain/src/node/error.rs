//! Why a node does not do what it is asked to.

use alloy::primitives::{Address, B256};
use alloy::transports::{RpcError, TransportErrorKind};
use thiserror::Error;

use super::Revert;

/// The most characters of a node's own words that are repeated: it may say anything.
const MAX_QUOTE: usize = 300;

/// Why a node does not do what it is asked to. Each names the call that failed.
#[derive(Debug, Error)]
pub enum NodeError {
    /// The address of the node makes no sense.
    #[error("this is not the address of a node: give one such as http://127.0.0.1:8545")]
    Address,
    /// The node can't be reached, or does not answer in time.
    #[error("the node does not answer {call}: {reason}. Check that it runs, or name another with --rpc")]
    Unreachable {
        /// The call.
        call: &'static str,
        /// The reason.
        reason: String,
    },
    /// The node answers with an error.
    #[error("the node refuses {call}: {reason}")]
    Refused {
        /// The call.
        call: &'static str,
        /// The answer.
        reason: String,
    },
    /// The node's answer makes no sense.
    #[error("the node's answer to {call} makes no sense: {reason}")]
    Nonsense {
        /// The call.
        call: &'static str,
        /// The reason.
        reason: String,
    },
    /// A contract refuses.
    #[error("the contract refuses {call}: {revert}")]
    Reverted {
        /// The call.
        call: &'static str,
        /// The answer.
        revert: Revert,
    },
    /// The node is of another chain.
    #[error("the node is of chain {found}, and chain {expected} was expected: name the node of the right chain")]
    Chain {
        /// The chain that was asked for.
        expected: u64,
        /// The node's.
        found: u64,
    },
    /// There is no contract.
    #[error("there is no contract at {0}: check the address and the chain")]
    NoCode(Address),
    /// Gas costs more than may be paid.
    #[error("gas costs {needed} wei, and at most {cap} may be paid: wait, or raise --max-fee")]
    TooDear {
        /// The cost, in wei.
        needed: u128,
        /// The most that may be paid.
        cap: u128,
    },
    /// The node does not simulate.
    #[error(
        "the node has no eth_simulateV1, which a rehearsal takes: name another node with --rpc, or send without one"
    )]
    NoSimulation,
    /// A transaction takes more gas than a block's rules allow.
    #[error("{call} would take {needed} gas, and a transaction has at most {limit}")]
    TooMuchGas {
        /// The call.
        call: &'static str,
        /// The gas that it would take.
        needed: u64,
        /// The most gas of a transaction.
        limit: u64,
    },
    /// A transaction is in no block yet.
    #[error(
        "{call} is in no block after {seconds} s: transaction {hash} may still be mined; look for it before you send again"
    )]
    Unmined {
        /// The call.
        call: &'static str,
        /// The transaction.
        hash: B256,
        /// How long was waited.
        seconds: u64,
    },
    /// A transaction is in a block, and failed there.
    #[error("{call} failed in transaction {hash}")]
    Failed {
        /// The call.
        call: &'static str,
        /// The transaction.
        hash: B256,
    },
    /// A transaction can't be signed.
    #[error("the transaction can't be signed: {0}")]
    Signature(String),
}

impl NodeError {
    pub(super) fn of(call: &'static str, error: RpcError<TransportErrorKind>) -> Self {
        match error {
            RpcError::ErrorResp(payload) => match payload.as_revert_data() {
                Some(data) => Self::Reverted { call, revert: Revert::decode(&data) },
                None if payload.message.contains("revert") => Self::Reverted { call, revert: Revert::decode(&[]) },
                None => Self::Refused { call, reason: quote(&payload.message) },
            },
            RpcError::DeserError { err, .. } => Self::Nonsense { call, reason: quote(&err.to_string()) },
            RpcError::NullResp => Self::nonsense(call, "there is none"),
            other => Self::Unreachable { call, reason: quote(&other.to_string()) },
        }
    }

    /// A transaction that fails: by a contract's error, or for what the node says.
    pub(super) fn undone(call: &'static str, message: &str, data: &[u8]) -> Self {
        if data.is_empty() && !message.contains("revert") {
            Self::Refused { call, reason: quote(message) }
        } else {
            Self::Reverted { call, revert: Revert::decode(data) }
        }
    }

    pub(super) fn nonsense(call: &'static str, reason: &str) -> Self {
        Self::Nonsense { call, reason: reason.to_owned() }
    }

    /// Whether the same call may succeed later without a change here.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Refused { .. }
                | Self::Nonsense { .. }
                | Self::TooDear { .. }
                | Self::Unmined { .. }
        )
    }
}

/// A node's words, cut, and without what would change a terminal.
fn quote(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(MAX_QUOTE).collect()
}
