//! A node that is away for a while, and one that comes back with another chain.

use hallmark_operator::Health;
use serde_json::json;

use crate::{
    service::FULFILLED,
    world::{CUSTOMER, OPERATOR, Running, World, at, options, until},
};

#[tokio::test]
async fn a_node_that_is_away_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let state = at(folder.path(), "state.json");
    let mut world = World::new(&["--state", &state]).await;
    let health = Health::default();
    assert!(health.ready().is_err());
    let (service, metrics) = world.service(OPERATOR, options()).await;
    let service = Running::start(service.with_health(health.clone()), metrics);
    let first = world.request(&[1; 4]).await;
    world.wait(first, FULFILLED).await;
    assert_eq!((health.live(), health.ready()), (Ok(()), Ok(())));
    let second = world.request(&[2; 4]).await;
    world.anvil.pause();
    until("failures", async || service.count("failures_total") >= 2).await;
    assert!(health.live().is_ok() && health.ready().unwrap_err().contains("does not answer"));
    world.anvil.resume();
    world.customer = world.anvil.account(CUSTOMER).await;
    let third = world.request(&[3; 4]).await;
    for id in [second, third] {
        world.wait(id, FULFILLED).await;
    }
    world.assert_settled(&[first, second, third]).await;
    until("readiness", async || health.ready().is_ok()).await;
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
