//! The answer and its proof, in the calldata of the transaction that settled it.
//!
//! A transaction that calls the market has the market's own calldata. A transaction may also call another contract, which calls
//! the market. Its calldata may have any format. But mostly it contains the fulfilment that the contract passes on. Then the
//! request's id stands in the calldata, with the rest of a fulfilment behind it, in the ABI's layout. Such a find is a guess
//! until the hashes of its input and output are those that the market recorded. The hashes do not cover the proof beside them.

use alloy::{
    primitives::{Address, B256, Bytes, U256},
    sol_types::{SolCall, abi::AbiDecoderConfig},
};

use super::Settlement;
use crate::node::{
    Past,
    contracts::market::{
        IInferenceMarket::Fulfilment,
        InferenceMarket::{fulfilCall, fulfilManyCall},
    },
};

const WORD: usize = 32;
/// The most memory for what was sent: far more than a transaction's gas pays for.
const MAX_DECODED: usize = 16 << 20;
/// The most places in another contract's calldata that are taken for a fulfilment.
const MAX_GUESSES: usize = 16;

/// Returns the fulfilment in a call of the market itself. Returns `None` if another contract was called.
#[must_use]
pub fn told(past: &Past, market: Address, settlement: &Settlement) -> Option<Fulfilment> {
    if past.to != Some(market) {
        return None;
    }
    // Items may share bytes, so that a few would become many.
    let bounds = AbiDecoderConfig::new().validate(true).memory_limit(MAX_DECODED);
    let one = fulfilCall::abi_decode_with_config(&past.input, bounds).map(|call| vec![call.f]);
    let many = || fulfilManyCall::abi_decode_with_config(&past.input, bounds).map(|call| call.fs);
    let sent = one.or_else(|_| many()).ok()?;
    sent.into_iter().find(|sent| sent.requestId == settlement.request && sent.payee == settlement.payee)
}

/// The fulfilment in a transaction, with the input and the output of a settlement. Of several, the proof tells which was sent.
#[must_use]
pub fn carried(past: &Past, settlement: &Settlement) -> Vec<Fulfilment> {
    let name = settlement.request.as_slice();
    let places = past.input.windows(WORD).enumerate().filter(|(_, window)| *window == name).map(|(at, _)| at);
    let mut found = Vec::new();
    let mut room = MAX_DECODED;
    for guess in places.take(MAX_GUESSES).filter_map(|at| guess(&past.input, at, settlement)) {
        let Some(rest) = room.checked_sub(guess.input.len() + guess.output.len() + guess.proof.len()) else { break };
        room = rest;
        if settlement.is_of(&guess) && !found.contains(&guess) {
            found.push(guess);
        }
    }
    found
}

/// The bytes at a place, if they have the layout of a fulfilment of this request for this payee.
fn guess(data: &Bytes, at: usize, settlement: &Settlement) -> Option<Fulfilment> {
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

#[cfg(test)]
mod tests {
    use alloy::{primitives::keccak256, sol_types::SolValue};

    use super::*;

    const MARKET: Address = Address::repeat_byte(1);

    fn fulfilment() -> Fulfilment {
        Fulfilment {
            requestId: B256::repeat_byte(7),
            payee: Address::repeat_byte(8),
            input: vec![1, 2, 3].into(),
            output: vec![4; 40].into(),
            proof: vec![5; 100].into(),
        }
    }

    fn settlement(sent: &Fulfilment) -> Settlement {
        Settlement {
            request: sent.requestId,
            model: B256::ZERO,
            payee: sent.payee,
            paid: 0,
            to_holders: 0,
            input_hash: keccak256(&sent.input),
            output_hash: keccak256(&sent.output),
            transaction: B256::ZERO,
            block: 0,
            block_hash: B256::ZERO,
        }
    }

    #[test]
    fn what_the_market_is_told_is_read() {
        let sent = fulfilment();
        let settlement = settlement(&sent);
        let calls =
            [fulfilCall { f: sent.clone() }.abi_encode(), fulfilManyCall { fs: vec![sent.clone(); 2] }.abi_encode()];
        for input in calls.map(Bytes::from) {
            let past = Past { to: Some(MARKET), input };
            assert_eq!(told(&past, MARKET, &settlement).as_ref(), Some(&sent));
            assert_eq!(told(&past, Address::ZERO, &settlement), None);
            assert_eq!(told(&past, MARKET, &Settlement { payee: Address::ZERO, ..settlement.clone() }), None);
            // The same, where it has gone through another contract.
            assert_eq!(carried(&past, &settlement), std::slice::from_ref(&sent));
        }
    }

    #[test]
    fn what_another_contract_is_told_is_found_anywhere_and_held_against_the_hashes() {
        let sent = fulfilment();
        let settlement = settlement(&sent);
        let call = fulfilCall { f: sent.clone() }.abi_encode();
        let wrapped = (Address::repeat_byte(9), Bytes::from(call.clone()), U256::from(3)).abi_encode_params();
        for prefix in [0, 4, 37] {
            let input = Bytes::from([vec![0xab; prefix], wrapped.clone()].concat());
            let past = Past { to: Some(MARKET), input };
            assert_eq!(carried(&past, &settlement), std::slice::from_ref(&sent), "{prefix}");
            let other = Settlement { output_hash: B256::ZERO, ..settlement.clone() };
            assert_eq!(carried(&past, &other), []);
            assert_eq!(carried(&past, &Settlement { payee: MARKET, ..settlement.clone() }), []);
        }
        // Two that differ in the proof are both told.
        let decoy = Fulfilment { proof: vec![6].into(), ..sent.clone() };
        let input = [fulfilCall { f: decoy.clone() }.abi_encode(), call].concat().into();
        assert_eq!(carried(&Past { to: None, input }, &settlement), [decoy, sent]);
    }

    #[test]
    fn lengths_that_reach_nowhere_are_refused() {
        let sent = fulfilment();
        let settlement = settlement(&sent);
        let call = fulfilCall { f: sent.clone() }.abi_encode();
        for length in 0..call.len() - 28 {
            let past = Past { to: None, input: call[..length].to_vec().into() };
            assert_eq!(carried(&past, &settlement), [], "{length}");
        }
        for at in (36..call.len() - WORD).step_by(WORD) {
            for value in [U256::MAX, U256::from(u64::MAX), U256::from(call.len()), U256::from(1_u64 << 40)] {
                let mut input = call.clone();
                input[at..at + WORD].copy_from_slice(&value.to_be_bytes::<WORD>());
                let _ = carried(&Past { to: None, input: input.into() }, &settlement);
            }
        }
    }
}
