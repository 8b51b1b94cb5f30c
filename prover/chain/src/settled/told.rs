//! What the market itself was told.

use alloy::{
    primitives::{Address, Bytes},
    sol_types::{SolCall, abi::AbiDecoderConfig},
};

use super::{Sent, SentError, Settlement, carried::MAX_DECODED};
use crate::node::{
    Past,
    contracts::market::{
        IInferenceMarket::{Batch, Fulfilment},
        InferenceMarket::{fulfilBatchCall, fulfilCall, fulfilManyCall},
    },
};

/// The calls that settle.
enum Call {
    /// Each answer has a proof.
    Each(Vec<Fulfilment>),
    /// All answers have one proof.
    Batch(Batch),
}

impl Call {
    fn decode(input: &Bytes) -> Option<Self> {
        // Items may share bytes, so that a few would become many.
        let bounds = AbiDecoderConfig::new().validate(true).memory_limit(MAX_DECODED);
        if let Ok(call) = fulfilCall::abi_decode_with_config(input, bounds) {
            return Some(Self::Each(vec![call.f]));
        }
        if let Ok(call) = fulfilManyCall::abi_decode_with_config(input, bounds) {
            return Some(Self::Each(call.fs));
        }
        fulfilBatchCall::abi_decode_with_config(input, bounds).ok().map(|call| Self::Batch(call.b))
    }
}

/// Returns the answer in a call of the market itself. Returns `None` if another contract was called.
///
/// # Errors
/// [`SentError`] if the call has no answer with the event's hashes to its request, for its payee.
pub fn told(past: &Past, market: Address, settlement: &Settlement) -> Result<Option<Sent>, SentError> {
    if past.to != Some(market) {
        return Ok(None);
    }
    let Settlement { request, payee, model, .. } = *settlement;
    let sent = match Call::decode(&past.input).ok_or(SentError::Unreadable)? {
        Call::Batch(batch) => Sent::of_batch(batch, model, request, payee)?,
        Call::Each(sent) => {
            let sent = sent.into_iter().find(|sent| (sent.requestId, sent.payee) == (request, payee));
            sent.ok_or(SentError::Absent)?.into()
        }
    };
    settlement.check(&sent.answer)?;
    Ok(Some(sent))
}
