//! The event of an answer that was paid for.

use std::ops::RangeInclusive;

use alloy::{
    primitives::{Address, B256, keccak256},
    rpc::types::{Filter, Log},
    sol_types::SolEvent,
};
use serde::{Serialize, Serializer};

use super::SentError;
use crate::node::{Answer, Node, NodeError, contracts::market::InferenceMarket::Fulfilled};

/// An answer that was paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Settlement {
    /// The request.
    pub request: B256,
    /// The model that it was for.
    pub model: B256,
    /// Whom the fee was paid to.
    pub payee: Address,
    /// What the payee got of it, in wei.
    #[serde(rename = "paid_wei", serialize_with = "as_text")]
    pub paid: u128,
    /// What the token's holders got of it, in wei.
    #[serde(rename = "to_holders_wei", serialize_with = "as_text")]
    pub to_holders: u128,
    /// The hash of the input's bytes.
    pub input_hash: B256,
    /// The hash of the output's bytes.
    pub output_hash: B256,
    /// Its transaction.
    pub transaction: B256,
    /// Its block.
    pub block: u64,
    /// That block's hash, which changes when the chain is reorganized.
    pub block_hash: B256,
}

impl Settlement {
    /// Reads an event of a market; nothing where it is of something else.
    #[must_use]
    pub fn of(log: &Log) -> Option<Self> {
        let event = Fulfilled::decode_log_validate(&log.inner).ok()?;
        Some(Self {
            request: event.requestId,
            model: event.modelId,
            payee: event.payee,
            paid: event.paid,
            to_holders: event.toHolders,
            input_hash: event.inputHash,
            output_hash: keccak256(&event.output),
            transaction: log.transaction_hash?,
            block: log.block_number?,
            block_hash: log.block_hash?,
        })
    }

    /// Checks that this is what the market took the hashes of.
    ///
    /// # Errors
    /// [`SentError::Input`] or [`SentError::Output`] if it is something else.
    pub fn check(&self, answer: &Answer) -> Result<(), SentError> {
        if keccak256(&answer.input) != self.input_hash {
            return Err(SentError::Input);
        }
        if keccak256(&answer.output) != self.output_hash {
            return Err(SentError::Output);
        }
        Ok(())
    }

    /// How a request was settled within some blocks.
    ///
    /// # Errors
    /// [`NodeError`] if the node does not answer, refuses to, or answers nonsense.
    pub async fn find(
        node: &Node,
        market: Address,
        request: B256,
        range: RangeInclusive<u64>,
    ) -> Result<Option<Self>, NodeError> {
        let filter = Filter::new().address(market).event_signature(Fulfilled::SIGNATURE_HASH).topic1(request);
        let found = node.last_log(&filter, range).await?;
        Ok(found.as_ref().and_then(Self::of).filter(|settlement| settlement.request == request))
    }
}

/// Most readers of JSON have no integers of this length.
fn as_text<S: Serializer>(wei: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(wei)
}
