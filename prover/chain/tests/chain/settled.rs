//! What was sent is found by its request and its payee, and is what the event says; lies have a name.

use alloy::{
    primitives::{Address, B256, Bytes, U256, keccak256},
    sol_types::{SolCall, SolValue},
};

use hallmark_chain::node::{
    Answer, BatchError, Past,
    contracts::market::{
        IInferenceMarket::{Batch, Fulfilment, Part},
        InferenceMarket::{fulfilBatchCall, fulfilCall, fulfilManyCall, refundCall},
    },
};
use hallmark_chain::settled::{Sent, SentError, Settlement, carried, told};

const MARKET: Address = Address::repeat_byte(1);
const MODEL: B256 = B256::repeat_byte(6);
const PAYEE: Address = Address::repeat_byte(8);
const OTHER: Address = Address::repeat_byte(9);

fn fulfilment() -> Fulfilment {
    Fulfilment {
        requestId: B256::repeat_byte(7),
        payee: PAYEE,
        input: vec![1, 2, 3].into(),
        output: vec![4; 40].into(),
        proof: vec![5; 100].into(),
    }
}

/// The event of an answer.
fn settlement(answer: &Answer) -> Settlement {
    Settlement {
        request: answer.request,
        model: MODEL,
        payee: answer.payee,
        paid: 0,
        to_holders: 0,
        input_hash: keccak256(&answer.input),
        output_hash: keccak256(&answer.output),
        transaction: B256::ZERO,
        block: 0,
        block_hash: B256::ZERO,
    }
}

fn answer(number: u8, payee: Address) -> Answer {
    let (input, output) = (vec![number; 3].into(), vec![number; 2].into());
    Answer { request: B256::repeat_byte(0x10 + number), payee, input, output }
}

fn answers() -> [Answer; 3] {
    [answer(1, PAYEE), answer(2, PAYEE), answer(3, OTHER)]
}

/// Three answers in a batch of four.
fn batch() -> Batch {
    Batch { proof: vec![5; 70].into(), ..Batch::gather(MODEL, 4, &answers()).unwrap() }
}

fn past(to: Option<Address>, input: Vec<u8>) -> Past {
    Past { to, input: input.into() }
}

fn told_of_batch(batch: &Batch, settlement: &Settlement) -> Result<Option<Sent>, SentError> {
    let call = fulfilBatchCall { b: batch.clone() }.abi_encode();
    told(&past(Some(MARKET), call), MARKET, settlement)
}

#[test]
fn what_the_market_is_told_is_read() {
    let sent = Sent::from(fulfilment());
    let settlement = settlement(&sent.answer);
    let calls =
        [fulfilCall { f: fulfilment() }.abi_encode(), fulfilManyCall { fs: vec![fulfilment(); 2] }.abi_encode()];
    for input in calls {
        let past = past(Some(MARKET), input);
        assert_eq!(told(&past, MARKET, &settlement), Ok(Some(sent.clone())));
        assert_eq!(told(&past, Address::ZERO, &settlement), Ok(None));
        let other = Settlement { payee: Address::ZERO, ..settlement.clone() };
        assert_eq!(told(&past, MARKET, &other), Err(SentError::Absent));
        // The same, where it has gone through another contract.
        assert_eq!(carried(&past, &settlement), std::slice::from_ref(&sent));
    }
}

#[test]
fn each_answer_of_a_batch_is_found_by_its_request() {
    let call = fulfilBatchCall { b: batch() }.abi_encode();
    let wrapped = (OTHER, Bytes::from(call.clone()), U256::from(3)).abi_encode_params();
    for answer in answers() {
        let settlement = settlement(&answer);
        let sent = told_of_batch(&batch(), &settlement).unwrap().unwrap();
        assert_eq!((&sent.answer, sent.batch()), (&answer, Some(&batch())));
        for prefix in [0, 4, 37] {
            let past = past(Some(OTHER), [vec![0xab; prefix], wrapped.clone()].concat());
            assert_eq!(told(&past, MARKET, &settlement), Ok(None));
            assert_eq!(carried(&past, &settlement), std::slice::from_ref(&sent), "{prefix}");
            for other in [
                Settlement { output_hash: B256::ZERO, ..settlement.clone() },
                Settlement { payee: MARKET, ..settlement.clone() },
                Settlement { model: B256::ZERO, ..settlement.clone() },
            ] {
                assert_eq!(carried(&past, &other), [], "{prefix}");
            }
        }
        assert_eq!(sent.alone(), None);
    }
}

/// Each lie is refused for one reason, which nothing else stands before.
#[test]
fn a_batch_that_is_none_is_refused_with_its_reason() {
    let [first, second, third] = answers();
    let joined = |part: fn(&Answer) -> &Bytes, answers: &[&Answer]| -> Bytes {
        answers.iter().flat_map(|answer| part(answer).to_vec()).collect::<Vec<_>>().into()
    };
    let swapped: Vec<Part> = vec![
        Part { payee: PAYEE, requestIds: vec![second.request, first.request] },
        Part { payee: OTHER, requestIds: vec![third.request] },
    ];
    let cases = [
        ("another model", Batch { modelId: B256::ZERO, ..batch() }, SentError::OtherModel(B256::ZERO)),
        ("no requests", Batch { parts: Vec::new(), ..batch() }, BatchError::Count { count: 0, size: 4 }.into()),
        ("too many", Batch { size: U256::from(2), ..batch() }, BatchError::Count { count: 3, size: 2 }.into()),
        (
            "uneven inputs",
            Batch { inputs: vec![1; 8].into(), ..batch() },
            BatchError::Uneven { bytes: 8, count: 3 }.into(),
        ),
        (
            "uneven outputs",
            Batch { outputs: vec![1; 7].into(), ..batch() },
            BatchError::Uneven { bytes: 7, count: 3 }.into(),
        ),
        ("not in it", Batch::gather(MODEL, 4, &[second.clone(), third.clone()]).unwrap(), SentError::Absent),
        ("for another payee", Batch::gather(MODEL, 4, &[answer(1, OTHER), second.clone()]).unwrap(), SentError::Absent),
        ("another order", Batch { parts: swapped, ..batch() }, SentError::Input),
        (
            "the answer of another request",
            Batch { outputs: joined(|answer| &answer.output, &[&second, &first, &third]), ..batch() },
            SentError::Output,
        ),
    ];
    let settlement = settlement(&first);
    let wrong: Vec<_> = cases
        .into_iter()
        .map(|(name, batch, expected)| (name, told_of_batch(&batch, &settlement), expected))
        .filter(|(_, found, expected)| *found != Err(*expected))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The market takes the first place of a request with its payee, and skips the others.
#[test]
fn of_a_request_that_stands_twice_the_first_place_counts() {
    let twice = Answer { output: vec![9; 2].into(), ..answer(1, PAYEE) };
    let batch = Batch::gather(MODEL, 4, &[answer(1, OTHER), answer(1, PAYEE), twice.clone()]).unwrap();
    let sent = told_of_batch(&batch, &settlement(&answer(1, PAYEE))).unwrap().unwrap();
    assert_eq!(sent.answer, answer(1, PAYEE));
    assert_eq!(told_of_batch(&batch, &settlement(&twice)), Err(SentError::Output));
}

/// A batch of four with three requests is filled up with a copy of the third, which is nobody's answer.
#[test]
fn filler_is_nobody_s_answer() {
    let copy = Answer { request: B256::repeat_byte(0x20), ..answer(3, OTHER) };
    assert_eq!(told_of_batch(&batch(), &settlement(&copy)), Err(SentError::Absent));
    // What the market fills up with does not belong into the calldata.
    let [mut inputs, outputs] = [batch().inputs.to_vec(), batch().outputs.to_vec()];
    inputs.extend([3; 3]);
    let filled = Batch { inputs: inputs.into(), outputs: [outputs, vec![3; 2]].concat().into(), ..batch() };
    let found = told_of_batch(&filled, &settlement(&answer(3, OTHER)));
    assert_eq!(found, Err(BatchError::Uneven { bytes: 8, count: 3 }.into()));
}

#[test]
fn a_call_that_settles_nothing_is_no_answer() {
    let settlement = settlement(&answers()[0]);
    let mut calls = vec![Vec::new(), refundCall { requestId: B256::ZERO }.abi_encode()];
    let call = fulfilBatchCall { b: batch() }.abi_encode();
    calls.extend((4..call.len() - 26).step_by(13).map(|length| call[..length].to_vec()));
    for call in calls {
        let found = told(&past(Some(MARKET), call), MARKET, &settlement);
        assert_eq!(found, Err(SentError::Unreadable));
    }
}

#[test]
fn what_another_contract_is_told_is_found_anywhere_and_held_against_the_hashes() {
    let sent = Sent::from(fulfilment());
    let settlement = settlement(&sent.answer);
    let call = fulfilCall { f: fulfilment() }.abi_encode();
    let wrapped = (OTHER, Bytes::from(call.clone()), U256::from(3)).abi_encode_params();
    for prefix in [0, 4, 37] {
        let past = past(Some(MARKET), [vec![0xab; prefix], wrapped.clone()].concat());
        assert_eq!(carried(&past, &settlement), std::slice::from_ref(&sent), "{prefix}");
        let other = Settlement { output_hash: B256::ZERO, ..settlement.clone() };
        assert_eq!(carried(&past, &other), []);
        assert_eq!(carried(&past, &Settlement { payee: MARKET, ..settlement.clone() }), []);
    }
    // Two that differ in the proof are both told.
    let decoy = Fulfilment { proof: vec![6].into(), ..fulfilment() };
    let input = [fulfilCall { f: decoy.clone() }.abi_encode(), call].concat();
    assert_eq!(carried(&past(None, input), &settlement), [decoy.into(), sent]);
}

#[test]
fn lengths_that_reach_nowhere_are_refused() {
    let alone = Sent::from(fulfilment()).answer;
    let calls = [
        (fulfilCall { f: fulfilment() }.abi_encode(), alone, 28),
        (fulfilBatchCall { b: batch() }.abi_encode(), answers()[2].clone(), 26),
    ];
    for (call, answer, padding) in calls {
        let settlement = settlement(&answer);
        for length in 0..call.len() - padding {
            assert_eq!(carried(&past(None, call[..length].to_vec()), &settlement), [], "{length}");
        }
        for at in (36..call.len() - 32).step_by(32) {
            for value in [U256::MAX, U256::from(u64::MAX), U256::from(call.len()), U256::from(1_u64 << 40)] {
                let mut input = call.clone();
                input[at..at + 32].copy_from_slice(&value.to_be_bytes::<32>());
                let _ = carried(&past(None, input.clone()), &settlement);
                let _ = told(&past(Some(MARKET), input), MARKET, &settlement);
            }
        }
    }
}
