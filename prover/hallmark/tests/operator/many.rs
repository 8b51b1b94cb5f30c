//! Many requests at once.

use std::fs;

use alloy::primitives::U256;
use hallmark_chain::node::{Intent, contracts::market::InferenceMarket::requestCall};
use hallmark_operator::request_id;
use serde_json::json;

use crate::world::{CUSTOMER, FEE, OPERATOR, World, until};

const REQUESTS: u64 = 200;
/// What the process may grow by while most of the requests are served, in kibibytes. It holds the proofs of a batch, buffers of
/// the prover and the cache of the journal.
const GROWTH: u64 = 48 << 10;

/// The memory that the process has, in kibibytes; nothing where the system does not tell.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB")?.parse().ok())
}

/// Proofs are real. One takes some tenths of a second, and the chain's blocks come each second, so that several go together.
#[tokio::test]
async fn many_requests_are_served_in_order() {
    let world = World::new(&[]).await;
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let customer = world.customer.address();
    let nonce = world.customer.node.nonce(customer).await.unwrap();
    let head = world.customer.node.head().await.unwrap();
    let price = world.customer.price(&head).await.unwrap();
    let order = world.ask_for(&[7; 4], 86_400).await;
    let call = requestCall { order: order.clone(), input: vec![7; 4].into() };
    let intent = Intent::call(world.market, &call).paying(U256::from(FEE));
    let account = world.anvil.account(CUSTOMER).await;
    let mut ids = Vec::new();
    for index in 0..REQUESTS {
        let signed = account.sign(&intent, nonce + index, 300_000, price).unwrap();
        assert!(account.broadcast(&signed).await.unwrap());
        ids.push(request_id(31_337, world.market, customer, U256::from(index), &order, FEE));
    }
    world.mine(1).await;
    world.mine(1).await;
    world.anvil.ask("evm_setIntervalMining", json!([1])).await;

    let service = world.serve(OPERATOR).await;
    until("the first", async || service.count("settled_total") >= 40).await;
    let before = resident();
    until("all", async || service.count("settled_total") == REQUESTS).await;
    if let (Some(before), Some(after)) = (before, resident()) {
        assert!(after < before + GROWTH, "{before} kB, then {after} kB");
    }
    world.assert_settled(&ids).await;
    assert_eq!(service.count("proofs_total"), REQUESTS);
    service.stop();
}
