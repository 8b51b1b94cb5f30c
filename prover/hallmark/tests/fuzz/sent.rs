//! Calldata of settlements: whatever a transaction was sent with, what is found in it is what the event says.

use alloy::{
    primitives::{Address, B256, Bytes, keccak256},
    sol_types::{SolCall, SolValue},
};
use hallmark_chain::{
    node::{
        Answer, Past,
        contracts::market::{
            IInferenceMarket::{Batch, Fulfilment},
            InferenceMarket::{fulfilBatchCall, fulfilCall, fulfilManyCall},
        },
    },
    settled::{Settlement, carried, told},
};

use crate::{harness::Target, mutate::mutate};

const MARKET: Address = Address::repeat_byte(1);
const MODEL: B256 = B256::repeat_byte(2);
const PAYEE: Address = Address::repeat_byte(3);

fn answer(number: u8) -> Answer {
    let (input, output) = (vec![number; 40].into(), vec![number; 10].into());
    Answer { request: B256::repeat_byte(number), payee: PAYEE, input, output }
}

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

fn seeds() -> Vec<Vec<u8>> {
    let answers = [5, 6, 7].map(answer);
    let alone = |Answer { request, payee, input, output }: Answer| Fulfilment {
        requestId: request,
        payee,
        input,
        output,
        proof: vec![9; 50].into(),
    };
    let fs: Vec<Fulfilment> = answers.clone().map(alone).into();
    let b = Batch { proof: vec![9; 50].into(), ..Batch::gather(MODEL, 4, &answers).unwrap() };
    let calls = [
        fulfilCall { f: fs[0].clone() }.abi_encode(),
        fulfilManyCall { fs }.abi_encode(),
        fulfilBatchCall { b }.abi_encode(),
    ];
    let wrapped = calls.clone().map(|call| (PAYEE, Bytes::from(call)).abi_encode_params());
    calls.into_iter().chain(wrapped).collect()
}

#[test]
fn sent() {
    let (seeds, settlement) = (seeds(), settlement(&answer(5)));
    let read = |bytes: &[u8]| {
        let past = Past { to: Some(MARKET), input: bytes.to_vec().into() };
        let told = told(&past, MARKET, &settlement).ok().flatten();
        let carried = carried(&past, &settlement);
        assert!(told.iter().chain(&carried).all(|sent| settlement.check(&sent.answer).is_ok()));
        told.is_some() || !carried.is_empty()
    };
    assert!(seeds.iter().all(|seed| read(seed)), "the seeds themselves are answers");
    Target { name: "sent", max_memory: 96, input: &|rng| mutate(&seeds, rng), read: &read }.run();
}
