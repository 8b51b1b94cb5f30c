//! Requests with terms of their own: locks, inputs that are not on the chain, callbacks.

use std::{collections::HashSet, fs};

use alloy::{
    primitives::{Address, B256, U256, keccak256},
    rpc::types::Filter,
    sol_types::SolEvent,
};
use hallmark_chain::chain::creation_code;
use hallmark_chain::node::{
    Intent, NodeError,
    contracts::market::{
        IInferenceMarket::Order,
        InferenceMarket::{Fulfilled, lockCall},
    },
};
use hallmark_operator::Options;
use serde_json::json;

use crate::{
    program::{done, text},
    service::{FULFILLED, OPEN},
    world::{CUSTOMER, FEE, OPERATOR, RIVAL, World, at, options, until},
};

const BOND: u128 = 5_000;
const INPUT: [u8; 4] = [1, 2, 3, 4];

/// An order that can be locked for so long.
async fn lockable(world: &World, seconds: u32, bond: u128) -> Order {
    Order { bond, lockSeconds: seconds, ..world.ask_for(&INPUT, 3600).await }
}

fn locking() -> Options {
    Options { max_bond: Some(BOND), ..options() }
}

async fn paid(world: &World) -> U256 {
    world.credit(world.anvil.account(OPERATOR).await.address()).await
}

#[tokio::test]
async fn a_request_that_offers_locks_is_locked_before_it_is_answered() {
    let world = World::new(&[]).await;
    let service = world.serve_with(OPERATOR, locking()).await;
    let id = world.order(&lockable(&world, 600, BOND).await, &INPUT, FEE).await;
    let plain = world.request(&INPUT).await;
    for id in [id, plain] {
        world.wait(id, FULFILLED).await;
    }
    assert_eq!(service.count("locks_total"), 1);
    // The bond is back, with both fees.
    assert_eq!(paid(&world).await, U256::from(BOND + 2 * (FEE - FEE / 10)));
    // What costs too much, or holds too short, is not.
    let dear = world.order(&lockable(&world, 600, BOND + 1).await, &INPUT, FEE).await;
    let short = world.order(&lockable(&world, 60, BOND).await, &INPUT, FEE).await;
    until("both refusals", async || service.count("refused_total") == 2).await;
    for id in [dear, short] {
        assert_eq!((world.request_of(id).await.state, world.request_of(id).await.lockedBy), (OPEN, Address::ZERO));
    }
    service.stop();
}

#[tokio::test]
async fn what_another_has_locked_is_left_until_the_lock_runs_out() {
    let world = World::new(&[]).await;
    let rival = world.anvil.account(RIVAL).await;
    let id = world.order(&lockable(&world, 600, BOND).await, &INPUT, FEE).await;
    let lock = Intent::call(world.market, &lockCall { requestId: id }).paying(U256::from(BOND));
    rival.send(&lock).await.unwrap();
    let service = world.serve_with(OPERATOR, locking()).await;
    let other = world.request(&INPUT).await;
    world.wait(other, FULFILLED).await;
    assert_eq!((service.count("locks_total"), world.request_of(id).await.state), (0, OPEN));
    world.anvil.ask("evm_increaseTime", json!([700])).await;
    world.mine(1).await;
    world.wait(id, FULFILLED).await;
    // The rival's bond is the customer's.
    assert_eq!(world.credit(world.customer.address()).await, U256::from(BOND));
    assert_eq!(paid(&world).await, U256::from(BOND + 2 * (FEE - FEE / 10)));
    service.stop();
}

/// The lock is in a block when the service is killed, and the block is dropped before it is back.
#[tokio::test]
async fn a_lock_survives_a_restart_and_is_taken_again_after_a_reorganization() {
    let world = World::new(&[]).await;
    let operator = world.anvil.account(OPERATOR).await.address();
    let id = world.order(&lockable(&world, 600, BOND).await, &INPUT, FEE).await;
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let service = world.serve_with(OPERATOR, locking()).await;
    until("a lock", async || service.count("locks_total") == 1).await;
    service.stop();
    world.mine(1).await;
    assert_eq!(world.request_of(id).await.lockedBy, operator);
    world.anvil.ask("anvil_reorg", json!([1, []])).await;
    assert_eq!(world.request_of(id).await.lockedBy, Address::ZERO);
    world.anvil.ask("evm_setAutomine", json!([true])).await;

    let service = world.serve_with(OPERATOR, locking()).await;
    world.wait(id, FULFILLED).await;
    assert_eq!(service.count("proofs_total"), 0, "it was proved before");
    assert_eq!(paid(&world).await, U256::from(BOND + FEE - FEE / 10));
    service.stop();
}

#[tokio::test]
async fn an_account_that_can_t_pay_a_bond_answers_the_rest() {
    let world = World::new(&[]).await;
    let rich = Options { max_bond: Some(u128::MAX), ..options() };
    let service = world.serve_with(OPERATOR, rich).await;
    let dear = world.order(&lockable(&world, 600, 1 << 87).await, &INPUT, FEE).await;
    let id = world.request(&INPUT).await;
    world.wait(id, FULFILLED).await;
    assert_eq!((service.count("locks_total"), world.request_of(dear).await.state), (0, OPEN));
    service.stop();
}

#[tokio::test]
async fn an_input_that_is_not_on_the_chain_is_waited_for() {
    let world = World::new(&[]).await;
    let folder = world.folder.path().join("inputs");
    fs::create_dir(&folder).unwrap();
    let hashed = Options { inputs: Some(folder.clone()), ..options() };
    let id = world.order_hashed(&world.ask_for(&INPUT, 3600).await, FEE).await;
    let late = world.order_hashed(&world.ask_for(&[8; 4], 60).await, FEE).await;
    let service = world.serve_with(OPERATOR, hashed.clone()).await;
    let file = folder.join(format!("{}.bin", keccak256(INPUT)));
    // What is there is not what was asked for, or far too much.
    for wrong in [vec![1, 2, 3, 5], vec![0; 1 << 20]] {
        fs::write(&file, wrong).unwrap();
        let plain = world.request(&[7; 4]).await;
        world.wait(plain, FULFILLED).await;
        assert_eq!(world.request_of(id).await.state, OPEN);
    }
    service.stop();
    fs::write(&file, INPUT).unwrap();
    let service = world.serve_with(OPERATOR, hashed).await;
    world.wait(id, FULFILLED).await;
    world.anvil.ask("evm_increaseTime", json!([100])).await;
    world.mine(1).await;
    until("the end", async || service.count("expired_total") == 1).await;
    assert_eq!(world.request_of(late).await.state, OPEN);
    service.stop();
}

/// A contract that takes all gas that it is given, but little where gas has no price, as where it is only tried.
fn glutton() -> Vec<u8> {
    // GASPRICE, ISZERO, PUSH1 9, JUMPI; JUMPDEST, PUSH1 5, JUMP; JUMPDEST, STOP
    vec![0x3a, 0x15, 0x60, 0x09, 0x57, 0x5b, 0x60, 0x05, 0x56, 0x5b, 0x00]
}

#[tokio::test]
async fn callbacks_that_take_all_their_gas_keep_no_answer_out() {
    let world = World::new(&[]).await;
    let code = creation_code(&glutton()).unwrap();
    let callback = world.customer.send(&Intent::deploy("a callback", code)).await.unwrap();
    let callback = callback.contract.unwrap();
    let mut ids = Vec::new();
    for index in 0..4 {
        let order = Order { callback, callbackGas: 1_000_000, ..world.ask_for(&[index; 4], 3600).await };
        ids.push(world.order(&order, &[index; 4], FEE).await);
    }
    // While the first waits for a block the others are proved, so that they go together.
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let service = world.serve_with(OPERATOR, Options { callbacks: true, ..options() }).await;
    until("all proofs", async || service.count("proofs_total") == 4).await;
    world.anvil.ask("evm_setIntervalMining", json!([1])).await;
    world.assert_settled(&ids).await;
    service.stop();
    let head = world.customer.node.head().await.unwrap().number;
    let filter = Filter::new().address(world.market).event_signature(Fulfilled::SIGNATURE_HASH);
    let (logs, _) = world.customer.node.logs(&filter, 0..=head).await.unwrap();
    let used: HashSet<_> = logs.iter().map(|log| log.transaction_hash).collect();
    let operator = world.anvil.account(OPERATOR).await.address();
    assert!(used.len() < ids.len(), "none goes with another");
    assert_eq!(world.customer.node.nonce(operator).await.unwrap(), used.len() as u64, "a transaction failed");
}

#[tokio::test]
async fn commands_order_with_all_terms() {
    let world = World::new(&[]).await;
    let key = at(world.folder.path(), "m.key");
    done(CUSTOMER, &format!("export-key m.hallmark -o {key}"));
    let (input, hidden) = (at(world.folder.path(), "x.npy"), at(world.folder.path(), "hidden.bin"));
    let values = ndarray::ArrayD::from_shape_vec(vec![4], INPUT.map(f32::from).to_vec()).unwrap();
    hallmark_proving::npy::write_floats(&input, values.view()).unwrap();
    let World { market, model, .. } = &world;
    let callback = Address::repeat_byte(0x66);
    let ordered = done(
        CUSTOMER,
        &format!(
            "request {key} --market {market} --model-id {model} --srs srs.bin --input {input} --fee 1gwei --for-tests --rpc {} --hashed \
             -o {hidden} --bond 5000wei --lock 10m --callback {callback} --callback-gas 70000",
            world.anvil.url()
        ),
    );
    let id: B256 = text(&ordered, "request").parse().unwrap();
    let request = world.request_of(id).await;
    assert_eq!((request.bond, request.lockSeconds), (BOND, 600));
    assert_eq!((request.callback, request.callbackGas), (callback, 70_000));
    assert_eq!(keccak256(fs::read(hidden).unwrap()), request.inputHash);
    assert_eq!(text(&ordered, "input_hash"), request.inputHash.to_string());
    // Such a request is settled with all of the options.
    let inputs = world.folder.path().join("inputs");
    fs::create_dir(&inputs).unwrap();
    fs::write(inputs.join(format!("{}.bin", request.inputHash)), INPUT).unwrap();
    let all = Options { inputs: Some(inputs), callbacks: true, ..locking() };
    let service = world.serve_with(OPERATOR, all).await;
    world.wait(id, FULFILLED).await;
    service.stop();
    let rival = world.anvil.account(RIVAL).await;
    let lock = Intent::call(world.market, &lockCall { requestId: id }).paying(U256::from(BOND));
    assert!(matches!(rival.send(&lock).await, Err(NodeError::Reverted { .. })));
}
