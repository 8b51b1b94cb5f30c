//! One transaction of a command.

use std::fmt::{self, Display, Formatter};

use alloy::primitives::{B256, U256};
use hallmark_chain::node::Intent;
use serde_json::{Value, json};

/// A transaction that was sent, or would be.
pub(super) struct Step {
    pub(super) intent: Intent,
    pub(super) gas: u64,
    /// Its hash and its block, if it was sent.
    pub(super) mined: Option<(B256, u64)>,
}

impl Step {
    /// The wei that it takes along.
    pub(super) const fn value(&self) -> U256 {
        self.intent.value
    }

    pub(super) fn describe(&self) -> Value {
        let (hash, block) = self.mined.unzip();
        json!({ "call": self.intent.call, "hash": hash.map(|hash| hash.to_string()), "block": block, "gas": self.gas })
    }
}

impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let call = self.intent.call;
        match self.mined {
            Some((hash, block)) => write!(f, "transaction  {hash}  block {block}, {} gas: {call}", self.gas),
            None => write!(f, "would send   {} gas: {call}", self.gas),
        }
    }
}
