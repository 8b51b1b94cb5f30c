//! A market that says that an answer was proved.

use alloy::{
    primitives::{Address, B256, Bytes, keccak256},
    sol_types::{SolCall, SolEvent, SolValue},
};
use hallmark_chain::node::{
    Intent,
    contracts::market::{
        IInferenceMarket::{Fulfilment, Request},
        InferenceMarket::{Fulfilled, fulfilCall, requestOfCall, settledCountCall},
    },
};

use super::Sold;
use crate::{
    purpose::{INPUT, answer},
    service::FULFILLED,
    world::{FEE, FILES, OPERATOR},
};

/// What a forged contract does when it is called with a selector.
enum Action {
    /// It answers with these bytes.
    Answer(Vec<u8>),
    /// It emits an event.
    Emit([B256; 4], Vec<u8>),
}

/// Code that does something of its own for some selectors, and leaves the rest to the code at an address, on its own storage.
fn forge(cases: &[([u8; 4], Action)], rest: Address) -> Vec<u8> {
    const CASE: usize = 15;
    // CALLDATASIZE, PUSH0, PUSH0, CALLDATACOPY; PUSH0, PUSH0, CALLDATASIZE, PUSH0, PUSH20 rest, GAS, DELEGATECALL, POP;
    // RETURNDATASIZE, PUSH0, PUSH0, RETURNDATACOPY; RETURNDATASIZE, PUSH0, RETURN
    let proxy = [
        &[0x36, 0x5f, 0x5f, 0x37, 0x5f, 0x5f, 0x36, 0x5f, 0x73],
        rest.as_slice(),
        &[0x5a, 0xf4, 0x50, 0x3d, 0x5f, 0x5f, 0x3e, 0x3d, 0x5f, 0xf3],
    ]
    .concat();
    let mut at = cases.len() * CASE + proxy.len();
    let (mut dispatch, mut actions) = (Vec::new(), Vec::new());
    for (selector, action) in cases {
        let code = perform(action, at);
        // PUSH0, CALLDATALOAD, PUSH1 224, SHR, PUSH4 selector, EQ, PUSH2 at, JUMPI
        dispatch.extend([0x5f, 0x35, 0x60, 0xe0, 0x1c, 0x63]);
        dispatch.extend(selector);
        dispatch.extend([0x14, 0x61]);
        dispatch.extend((at as u16).to_be_bytes());
        dispatch.push(0x57);
        at += code.len();
        actions.extend(code);
    }
    assert_eq!(dispatch.len(), cases.len() * CASE);
    [dispatch, proxy, actions].concat()
}

/// The code of an action that begins at an offset, with its data behind it.
fn perform(action: &Action, at: usize) -> Vec<u8> {
    let (data, end) = match action {
        // PUSH2 length, PUSH0, RETURN
        Action::Answer(data) => (data, [&[0x61], length(data).as_slice(), &[0x5f, 0xf3]].concat()),
        // PUSH32 for each topic, from the last; PUSH2 length, PUSH0, LOG4, STOP
        Action::Emit(topics, data) => {
            let topics = topics.iter().rev().flat_map(|topic| [&[0x7f], topic.as_slice()].concat());
            (data, topics.chain([&[0x61], length(data).as_slice(), &[0x5f, 0xa4, 0x00]].concat()).collect())
        }
    };
    // JUMPDEST, PUSH2 length, PUSH2 where the data is, PUSH0, CODECOPY
    let head = 1 + 3 + 3 + 1 + 1;
    let from = (at + head + end.len()) as u16;
    let copy = [&[0x5b, 0x61], length(data).as_slice(), &[0x61], &from.to_be_bytes(), &[0x5f, 0x39]].concat();
    assert_eq!(copy.len(), head);
    // Data may end like a PUSH32, which would take the next JUMPDEST for its own.
    [copy, end, data.clone(), vec![0; 32]].concat()
}

fn length(data: &[u8]) -> [u8; 2] {
    (data.len() as u16).to_be_bytes()
}

#[tokio::test]
async fn a_proof_that_a_forged_market_took_is_found() {
    let sold = Sold::new().await;
    let (market, model) = (sold.world.market, sold.world.model);
    let operator = sold.world.anvil.account(OPERATOR).await;
    let (id, payee) = (sold.world.request(&INPUT).await, operator.address());
    let request = sold.world.request_of(id).await;
    // A real answer, proved for something else.
    let (output, proof) = answer(&FILES.served("m", model), B256::repeat_byte(1));
    let event = Fulfilled {
        requestId: id,
        modelId: model,
        payee,
        inputHash: keccak256(INPUT),
        output: output.clone().into(),
        paid: FEE - FEE / 10,
        toHolders: FEE / 10,
        submitter: payee,
    };
    let topics = [Fulfilled::SIGNATURE_HASH, id, model, payee.into_word()];
    let answer_hash = keccak256((keccak256(INPUT), keccak256(&output)).abi_encode());
    let settled = Request { state: FULFILLED, inputHash: B256::ZERO, answerHash: answer_hash, ..request };
    let genuine = Address::repeat_byte(0x55);
    let code = forge(
        &[
            (fulfilCall::SELECTOR, Action::Emit(topics, event.encode_data())),
            (requestOfCall::SELECTOR, Action::Answer(settled.abi_encode())),
            (settledCountCall::SELECTOR, Action::Answer(1u64.abi_encode())),
        ],
        genuine,
    );
    let old = sold.replace(market, &code).await;
    sold.replace(genuine, &old).await;
    let sent = |proof: Vec<u8>| Fulfilment {
        requestId: id,
        payee,
        input: INPUT.to_vec().into(),
        output: output.clone().into(),
        proof: Bytes::from(proof),
    };
    operator.send(&Intent::call(market, &fulfilCall { f: sent(proof.clone()) })).await.unwrap();
    let line = format!("settlements/{id}");
    let audit = sold.audit(&sold.everything());
    audit.assert_fails(&["market/code", &line]);
    assert!(audit.json["checks"].to_string().contains("does not hold"), "{:#}", audit.json);

    // A second event, for a proof that is none, is one more than the market says it has counted.
    operator.send(&Intent::call(market, &fulfilCall { f: sent(proof[..70].to_vec()) })).await.unwrap();
    sold.audit(&sold.everything()).assert_fails(&["market/code", "settlements/count", &line, &line]);
}
