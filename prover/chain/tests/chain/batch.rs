//! Many answers with one proof, as the market takes them.

use alloy::{
    primitives::{Address, B256, U256, address},
    sol_types::SolCall,
};
use hallmark_chain::node::{
    Answer, BatchError,
    contracts::market::{
        IInferenceMarket::{Batch, Part},
        InferenceMarket::fulfilBatchCall,
    },
};

const BOB: Address = address!("0000000000000000000000000000000000000b0b");
const CAROL: Address = address!("00000000000000000000000000000000000ca401");
const MARKET: Address = address!("00000000000000000000000000000000000a11ce");

fn number(number: u64) -> B256 {
    U256::from(number).into()
}

fn answer(request: u64, payee: Address) -> Answer {
    let byte = request.to_be_bytes()[7];
    Answer { request: number(request), payee, input: vec![byte; 3].into(), output: vec![byte; 2].into() }
}

fn batch() -> Batch {
    Batch::gather(number(7), 4, &[answer(1, BOB), answer(2, BOB), answer(3, CAROL)]).unwrap()
}

/// The same vector as in `verifier-contracts/test/InferenceMarketBatchBinding.t.sol`.
#[test]
fn the_context_is_that_of_the_market() {
    let expected = "0xc72c3e8d002655430e6458035ae6abbeaa21cf007af1e4cd9b06f10fff8e5597".parse::<B256>().unwrap();
    assert_eq!(batch().context(1, MARKET), expected);
}

#[test]
fn the_context_binds_what_is_paid() {
    let (batch, context) = (batch(), batch().context(1, MARKET));
    assert_ne!(batch.context(2, MARKET), context);
    assert_ne!(batch.context(1, BOB), context);
    let answers = [answer(1, BOB), answer(2, BOB), answer(3, CAROL)];
    let others = [
        Batch::gather(number(8), 4, &answers).unwrap(),
        Batch::gather(number(7), 8, &answers).unwrap(),
        Batch::gather(number(7), 4, &answers[..2]).unwrap(),
        Batch::gather(number(7), 4, &[answer(2, BOB), answer(1, BOB), answer(3, CAROL)]).unwrap(),
        Batch::gather(number(7), 4, &[answer(1, BOB), answer(2, CAROL), answer(3, CAROL)]).unwrap(),
    ];
    others.iter().for_each(|other| assert_ne!(other.context(1, MARKET), context));
    // The proof comes later.
    let proven = Batch { proof: vec![1].into(), ..batch };
    assert_eq!(proven.context(1, MARKET), context);
}

#[test]
fn answers_stand_in_their_order_with_a_part_for_each_run_of_a_payee() {
    let batch = Batch { proof: vec![9; 5].into(), ..batch() };
    assert_eq!(batch.inputs.as_ref(), [1, 1, 1, 2, 2, 2, 3, 3, 3]);
    assert_eq!(batch.outputs.as_ref(), [1, 1, 2, 2, 3, 3]);
    let expected = [
        Part { payee: BOB, requestIds: vec![number(1), number(2)] },
        Part { payee: CAROL, requestIds: vec![number(3)] },
    ];
    assert_eq!(batch.parts, expected);
    let call = fulfilBatchCall { b: batch.clone() }.abi_encode();
    assert_eq!(fulfilBatchCall::abi_decode(&call).unwrap().b, batch);
}

#[test]
fn each_customer_finds_its_answer_in_the_calldata() {
    let answers = [answer(1, BOB), answer(2, BOB), answer(3, CAROL)];
    assert_eq!(batch().answers().unwrap(), answers);
    for inputs in [vec![1; 8], vec![1; 10]] {
        assert_eq!(Batch { inputs: inputs.into(), ..batch() }.answers(), None);
    }
    assert_eq!(Batch { outputs: vec![1; 7].into(), ..batch() }.answers(), None);
    assert_eq!(Batch { parts: Vec::new(), ..batch() }.answers(), None);
}

#[test]
fn what_is_no_batch_is_refused() {
    assert_eq!(Batch::gather(number(7), 4, &[]), Err(BatchError::Count { count: 0, size: 4 }));
    let many = vec![answer(1, BOB); 5];
    assert_eq!(Batch::gather(number(7), 4, &many), Err(BatchError::Count { count: 5, size: 4 }));
    let longer = Answer { output: vec![1; 3].into(), ..answer(2, BOB) };
    assert_eq!(Batch::gather(number(7), 4, &[answer(1, BOB), longer]), Err(BatchError::Length { index: 1 }));
}
