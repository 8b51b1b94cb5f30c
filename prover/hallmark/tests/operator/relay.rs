//! Contracts that settle for somebody: the market is called, but not by the transaction itself.

use alloy::{
    primitives::{Address, B256, Bytes},
    sol_types::{SolCall, SolValue},
};
use hallmark_chain::chain::creation_code;
use hallmark_chain::node::{
    Account, Intent,
    contracts::market::{IInferenceMarket::Fulfilment, InferenceMarket::fulfilCall},
};
use hallmark_operator::context;

use crate::{
    purpose::{INPUT, answer},
    world::{FILES, World},
};

/// How a contract is told what to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relay {
    /// As bytes in its calldata, as `relay(bytes)` has them.
    Handed,
    /// Not at all: it is in its code.
    Kept,
}

/// Settles a request for the standard input, by way of a contract.
pub(crate) async fn settle(world: &World, sender: &Account, id: B256, relay: Relay) {
    let call = fulfilment(world, sender.address(), id).await;
    pass_on(world.market, sender, &call, relay).await;
}

/// Calls the market with these bytes, by way of a contract.
pub(crate) async fn pass_on(market: Address, sender: &Account, call: &[u8], relay: Relay) {
    let code = match relay {
        Relay::Handed => hand_over(market),
        Relay::Kept => keep(market, call),
    };
    let deployed = sender.send(&Intent::deploy("a relay", creation_code(&code).unwrap())).await.unwrap();
    let data = match relay {
        Relay::Handed => {
            [&[0xde, 0xad, 0xbe, 0xef], (Bytes::copy_from_slice(call),).abi_encode_params().as_slice()].concat()
        }
        Relay::Kept => vec![1],
    };
    let intent = Intent { data: data.into(), ..Intent::deploy("a relay's call", Vec::new()) };
    sender.send(&Intent { to: deployed.contract, ..intent }).await.unwrap();
}

async fn fulfilment(world: &World, payee: Address, id: B256) -> Vec<u8> {
    let deadline = world.request_of(id).await.deadline;
    let context = context(31_337, world.market, id, world.model, payee, deadline);
    let (output, proof) = answer(&FILES.served("m", world.model), context);
    let f =
        Fulfilment { requestId: id, payee, input: INPUT.to_vec().into(), output: output.into(), proof: proof.into() };
    fulfilCall { f }.abi_encode()
}

/// Calls the market with the bytes that it is given.
fn hand_over(market: Address) -> Vec<u8> {
    // PUSH1 36, CALLDATALOAD, PUSH1 68, PUSH0, CALLDATACOPY
    let copy = [0x60, 0x24, 0x35, 0x60, 0x44, 0x5f, 0x37];
    // PUSH1 36, CALLDATALOAD
    [&copy, call(market, &[0x60, 0x24, 0x35], copy.len()).as_slice()].concat()
}

/// Calls the market with the bytes behind its own code.
fn keep(market: Address, data: &[u8]) -> Vec<u8> {
    let length = [&[0x61], (data.len() as u16).to_be_bytes().as_slice()].concat();
    // PUSH2 length, PUSH2 offset, PUSH0, CODECOPY
    let copy = |offset: usize| [length.as_slice(), &[0x61], &(offset as u16).to_be_bytes(), &[0x5f, 0x39]].concat();
    let before = copy(0).len();
    let call = call(market, &length, before);
    [copy(before + call.len()), call, data.to_vec()].concat()
}

/// Calls the market with so many bytes of memory, and reverts where it does. The code stands behind some other.
fn call(market: Address, length: &[u8], before: usize) -> Vec<u8> {
    // PUSH0, PUSH0, length, PUSH0, PUSH0, PUSH20 market, GAS, CALL, ISZERO, PUSH1 fail, JUMPI, STOP
    let call = [&[0x5f, 0x5f], length, &[0x5f, 0x5f, 0x73], market.as_slice(), &[0x5a, 0xf1, 0x15, 0x60]].concat();
    let fail = (before + call.len() + 3) as u8;
    // JUMPDEST, PUSH0, PUSH0, REVERT
    [call.as_slice(), &[fail, 0x57, 0x00], &[0x5b, 0x5f, 0x5f, 0xfd]].concat()
}
