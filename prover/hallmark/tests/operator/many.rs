//! Many requests at once.

use std::net::{SocketAddr, TcpListener};

use alloy::primitives::U256;
use hallmark_chain::node::{Intent, contracts::market::InferenceMarket::requestCall};
use hallmark_operator::request_id;
use serde_json::json;

use crate::{
    hostile::say,
    program::Process,
    world::{CUSTOMER, FEE, World, until},
};

const REQUESTS: u64 = 120;
/// What the process may grow by while most of the requests are served, in kibibytes. It holds the proofs of a batch, buffers of
/// the prover and the cache of the journal.
const GROWTH: u64 = 48 << 10;

/// The figures that a service tells at an address.
fn figures(address: SocketAddr) -> String {
    say(address, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
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

    // A process of its own, so that its memory is that of the service.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let journal = world.folder.path().join("many.journal");
    let mut process = Process::start(&world, &journal, &format!("--metrics {address}"));
    until("the first", async || world.settled().await.len() >= 40).await;
    let before = process.resident();
    until("all", async || world.settled().await.len() as u64 == REQUESTS).await;
    if let (Some(before), Some(after)) = (before, process.resident()) {
        assert!(after < before + GROWTH, "{before} kB, then {after} kB");
    }
    world.assert_settled(&ids).await;
    let proofs = format!("hallmark_proofs_total {REQUESTS}\n");
    let page = figures(address);
    assert!(page.contains(&proofs), "{page}");
    assert_eq!(process.signal("-TERM"), Some(0));
}
