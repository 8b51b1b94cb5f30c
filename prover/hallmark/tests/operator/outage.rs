//! A node that is away for a while, and one that comes back with another chain.

use serde_json::json;

use crate::{
    service::FULFILLED,
    world::{CUSTOMER, OPERATOR, World, at, until},
};

#[tokio::test]
async fn a_node_that_is_away_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let state = at(folder.path(), "state.json");
    let mut world = World::new(&["--state", &state]).await;
    let service = world.serve(OPERATOR).await;
    let first = world.request(&[1; 4]).await;
    world.wait(first, FULFILLED).await;
    let second = world.request(&[2; 4]).await;
    world.anvil.pause();
    until("failures", async || service.count("failures_total") >= 2).await;
    world.anvil.resume();
    world.customer = world.anvil.account(CUSTOMER).await;
    let third = world.request(&[3; 4]).await;
    for id in [second, third] {
        world.wait(id, FULFILLED).await;
    }
    world.assert_settled(&[first, second, third]).await;
    service.stop();
}

#[tokio::test]
async fn a_transaction_that_the_node_lost_is_sent_again() {
    let world = World::new(&[]).await;
    let id = world.request(&[1; 4]).await;
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let service = world.serve(OPERATOR).await;
    until("a transaction", async || service.count("transactions_total") == 1).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    world.anvil.ask("anvil_dropAllTransactions", json!([])).await;
    world.anvil.ask("evm_setAutomine", json!([true])).await;
    world.wait(id, FULFILLED).await;
    world.assert_settled(&[id]).await;
    service.stop();
}
