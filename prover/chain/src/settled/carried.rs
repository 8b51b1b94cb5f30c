//! What another contract may have passed on to the market.
//!
//! Its calldata may have any format. But mostly it contains what the contract passes on, in the ABI's layout. Then the id of
//! the request stands in it with the rest of a fulfilment behind it, or the id of the model with the rest of a batch. Such a find
//! is a guess until the hashes of its input and output are those that the market recorded. The hashes do not cover the proof.

use alloy::{
    primitives::{B256, Bytes, U256},
    sol_types::{SolValue, abi::AbiDecoderConfig},
};

use super::{Sent, Settlement};
use crate::node::{
    Past,
    contracts::market::IInferenceMarket::{Batch, Fulfilment},
};

const WORD: usize = 32;
/// The most memory for what was sent: far more than a transaction's gas pays for.
pub(super) const MAX_DECODED: usize = 16 << 20;
/// The most places in another contract's calldata that are taken for a fulfilment, and the most that are taken for a batch.
const MAX_GUESSES: usize = 16;

/// What is in a transaction with the input and the output of a settlement. Of several, the proof tells which was sent.
#[must_use]
pub fn carried(past: &Past, settlement: &Settlement) -> Vec<Sent> {
    let mut found = Vec::new();
    let mut room = MAX_DECODED;
    let alone = places(&past.input, &settlement.request).filter_map(|at| fulfilment(&past.input, at, settlement));
    for sent in alone.map(Sent::from) {
        let Some(rest) = room.checked_sub(length(&sent)) else { break };
        room = rest;
        keep(&mut found, sent, settlement);
    }
    for at in places(&past.input, &settlement.model) {
        if let Some(sent) = batched(&past.input, at, room, settlement) {
            room = room.saturating_sub(length(&sent));
            keep(&mut found, sent, settlement);
        }
    }
    found
}

fn keep(found: &mut Vec<Sent>, sent: Sent, settlement: &Settlement) {
    if settlement.check(&sent.answer).is_ok() && !found.contains(&sent) {
        found.push(sent);
    }
}

/// The first places of a word.
fn places(data: &Bytes, name: &B256) -> impl Iterator<Item = usize> {
    let windows = data.windows(WORD).enumerate();
    windows.filter(|(_, window)| *window == name.as_slice()).map(|(at, _)| at).take(MAX_GUESSES)
}

/// The bytes of an answer, or of the whole batch that it came in.
fn length(sent: &Sent) -> usize {
    match sent.batch() {
        None => sent.answer.input.len() + sent.answer.output.len(),
        Some(batch) => batch.abi_encoded_size(),
    }
}

/// The bytes at a place, if they have the layout of a batch of this model with an answer to this request.
fn batched(data: &Bytes, at: usize, room: usize, settlement: &Settlement) -> Option<Sent> {
    let bounds = AbiDecoderConfig::new().validate(true).memory_limit(room);
    let batch = Batch::abi_decode_sequence_with_config(data.get(at..)?, bounds).ok()?;
    Sent::of_batch(batch, settlement.model, settlement.request, settlement.payee).ok()
}

/// The bytes at a place, if they have the layout of a fulfilment of this request for this payee.
fn fulfilment(data: &Bytes, at: usize, settlement: &Settlement) -> Option<Fulfilment> {
    let field = |index: usize| word(data, at + WORD * index);
    let bytes = |index: usize| bytes(data, at.checked_add(number(field(index)?)?)?);
    let payee = settlement.payee;
    (field(1)? == &payee.into_word()).then_some(Fulfilment {
        requestId: settlement.request,
        payee,
        input: bytes(2)?,
        output: bytes(3)?,
        proof: bytes(4)?,
    })
}

/// A length, and so many bytes behind it, which are not copied.
fn bytes(data: &Bytes, at: usize) -> Option<Bytes> {
    let start = at.checked_add(WORD)?;
    let end = start.checked_add(number(word(data, at)?)?)?;
    (end <= data.len()).then(|| data.slice(start..end))
}

fn number(word: &B256) -> Option<usize> {
    U256::from_be_bytes(word.0).try_into().ok()
}

fn word(data: &[u8], at: usize) -> Option<&B256> {
    data.get(at..)?.first_chunk::<WORD>().map(<&B256>::from)
}
