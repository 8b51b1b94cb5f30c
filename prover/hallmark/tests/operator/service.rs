//! A service at work.

use alloy::{
    primitives::{B256, U256, keccak256},
    sol_types::SolEvent,
};
use hallmark_chain::node::{
    Intent,
    contracts::market::InferenceMarket::{Fulfilled, refundCall},
};
use serde_json::json;

use crate::world::{FEE, OPERATOR, RIVAL, World, until};

/// The states of a request.
pub(crate) const OPEN: u8 = 1;
pub(crate) const FULFILLED: u8 = 2;
pub(crate) const REFUNDED: u8 = 3;

impl World {
    /// Waits until these requests are settled, in this order. A node may tell of a block's events later than of its state.
    pub(crate) async fn assert_settled(&self, ids: &[B256]) {
        until(&format!("{ids:?} settled"), async || self.settled().await == ids).await;
    }

    /// The requests that were settled, in the order of the chain.
    pub(crate) async fn settled(&self) -> Vec<B256> {
        let filter = alloy::rpc::types::Filter::new().address(self.market).event_signature(Fulfilled::SIGNATURE_HASH);
        let head = self.customer.node.head().await.unwrap().number;
        let (logs, last) = self.customer.node.logs(&filter, 0..=head).await.unwrap();
        assert_eq!(last, head);
        logs.iter().map(|log| Fulfilled::decode_log(&log.inner).unwrap().requestId).collect()
    }
}

#[tokio::test]
async fn a_request_is_proved_and_paid() {
    let world = World::new(&[]).await;
    let service = world.serve(OPERATOR).await;
    let id = world.request(&[1, 2, 3, 4]).await;
    world.wait(id, FULFILLED).await;
    let operator = world.anvil.account(OPERATOR).await.address();
    assert_eq!(world.credit(operator).await, U256::from(FEE - FEE / 10));
    until("the verdict", async || service.count("settled_total") == 1).await;
    // Deep enough, it is forgotten.
    world.mine(10).await;
    until("the end", async || service.count("queue") == 0).await;
    service.stop();
}

#[tokio::test]
async fn what_can_t_be_answered_is_left_to_be_refunded() {
    let world = World::new(&[]).await;
    let service = world.serve(OPERATOR).await;
    let short = world.order(&world.ask_for(&[1, 2, 3], 30).await, &[1, 2, 3], FEE).await;
    let long = [0; 5000];
    let long = world.order(&world.ask_for(&long, 30).await, &long, FEE).await;
    let hashed = world.order_hashed(&world.ask_for(&[9, 9, 9, 9], 30).await, FEE).await;
    let locked = hallmark_chain::node::contracts::market::IInferenceMarket::Order {
        bond: 1,
        lockSeconds: 10,
        ..world.ask_for(&[5; 4], 30).await
    };
    let locked = world.order(&locked, &[5; 4], FEE).await;
    let good = world.request(&[1, 2, 3, 4]).await;
    world.wait(good, FULFILLED).await;
    assert_eq!(service.count("refused_total"), 4);
    world.anvil.ask("evm_increaseTime", json!([60])).await;
    world.mine(1).await;
    for id in [short, long, hashed, locked] {
        assert_eq!(world.request_of(id).await.state, OPEN);
        world.customer.send(&Intent::call(world.market, &refundCall { requestId: id })).await.unwrap();
        assert_eq!(world.request_of(id).await.state, REFUNDED);
    }
    assert_eq!(world.credit(world.customer.address()).await, U256::from(4 * FEE));
    service.stop();
}

#[tokio::test]
async fn a_settlement_that_a_reorganization_drops_is_settled_again() {
    let world = World::new(&[]).await;
    let service = world.serve(OPERATOR).await;
    let id = world.request(&[1, 2, 3, 4]).await;
    world.wait(id, FULFILLED).await;
    until("the verdict", async || service.count("settled_total") == 1).await;
    // The block of the settlement is replaced by an empty one; that of the request stays.
    world.anvil.ask("anvil_reorg", json!([1, []])).await;
    until("the second verdict", async || service.count("settled_total") == 2).await;
    assert_eq!((world.request_of(id).await.state, service.count("reorganized_total")), (FULFILLED, 1));
    world.assert_settled(&[id]).await;
    assert_eq!(service.count("proofs_total"), 1);
    service.stop();
}

#[tokio::test]
async fn of_two_operators_one_is_paid() {
    let world = World::new(&["--block-time", "1"]).await;
    let (first, second) = (world.serve(OPERATOR).await, world.serve(RIVAL).await);
    let mut ids = Vec::new();
    for index in 0..6 {
        ids.push(world.request(&[index; 4]).await);
    }
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    let count = |name: &str| first.count(name) + second.count(name);
    until("both verdicts", async || count("settled_total") + count("lost_total") >= 6 && count("settled_total") == 6)
        .await;
    assert_eq!(world.settled().await.len(), 6);
    let (operator, rival) = (world.anvil.account(OPERATOR).await, world.anvil.account(RIVAL).await);
    let paid = world.credit(operator.address()).await + world.credit(rival.address()).await;
    assert_eq!(paid, U256::from(6 * (FEE - FEE / 10)));
    world.mine(10).await;
    until("the end of both", async || count("queue") == 0).await;
    first.stop();
    second.stop();
}

#[tokio::test]
async fn a_transaction_that_takes_long_is_replaced() {
    let world = World::new(&[]).await;
    let id = world.request(&[1, 2, 3, 4]).await;
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let service = world.serve(OPERATOR).await;
    until("a replacement", async || service.count("replacements_total") >= 2).await;
    world.mine(1).await;
    world.wait(id, FULFILLED).await;
    // One of them is in the block.
    let nonce = world.customer.node.nonce(world.anvil.account(OPERATOR).await.address()).await.unwrap();
    assert_eq!(nonce, 1);
    world.assert_settled(&[id]).await;
    service.stop();
}

#[tokio::test]
async fn what_is_asked_for_is_computed_as_the_contract_does() {
    let world = World::new(&[]).await;
    let id = world.request(&[1, 2, 3, 4]).await;
    let request = world.request_of(id).await;
    assert_eq!((request.state, request.inputHash), (OPEN, keccak256([1, 2, 3, 4])));
    let payee = alloy::primitives::Address::repeat_byte(5);
    let call = hallmark_chain::node::contracts::market::InferenceMarket::contextCall { requestId: id, payee };
    let context = world.customer.node.view(world.market, &call).await.unwrap();
    let ours = hallmark_operator::context(31_337, world.market, id, world.model, payee, request.deadline);
    assert_eq!(context, ours);
}
