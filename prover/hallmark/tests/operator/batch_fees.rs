//! Batches that pay, and how long requests wait for them.

use std::time::Duration;

use alloy::primitives::B256;
use hallmark_chain::node::GWEI;
use hallmark_operator::{JobStore, LeastFee, Options, Policy, State};
use serde_json::json;

use crate::{
    batches::Shift,
    paying::{GOOD, MARGIN, paying},
    service::{FULFILLED, OPEN},
    world::{OPERATOR, Running, World, options, until},
};

/// Fees that cover a part of a batch, and not a proof.
#[tokio::test]
async fn requests_that_pay_together_only_are_answered_together() {
    /// A single settlement takes some 600,000 gas at about a gwei, and an eighth of a full batch some 120,000.
    const LOW: u128 = 400_000 * GWEI;
    let world = World::batched(&[]).await;
    let policy = Policy { deadline_margin: Duration::ZERO, least_fee: LeastFee::Gas { percent: 100 } };
    let options = Options { policy, ..options() };
    let service = world.serve_with(OPERATOR, options.clone()).await;
    let mut ids = Vec::new();
    for index in 0..2_u8 {
        ids.push(world.order(&world.ask_for(&[index; 4], 86_400).await, &[index; 4], LOW).await);
    }
    until("both", async || service.count("requests_total") == 2).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((service.count("waiting"), service.count("held"), service.count("proofs_total")), (2, 0, 0));
    // All of the others come at once. One by one, some would pay in a smaller batch, and leave some that never pay.
    service.stop();
    for index in 2..8_u8 {
        ids.push(world.order(&world.ask_for(&[index; 4], 86_400).await, &[index; 4], LOW).await);
    }
    let service = world.serve_with(OPERATOR, options).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    assert_eq!((service.count("proofs_total"), service.count("singles_total")), (1, 0));
    service.stop();
}

/// A request is not proved alone while others may come that go with it.
#[tokio::test]
async fn requests_wait_for_a_full_batch() {
    let world = World::batched(&[]).await;
    let service = world.serve_with(OPERATOR, Options { batch_wait: Duration::from_secs(3600), ..options() }).await;
    let mut ids = world.requests(7).await;
    until("all", async || service.count("requests_total") == 7).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((service.count("waiting"), service.count("proofs_total")), (7, 0));
    ids.push(world.request(&[7; 4]).await);
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    assert_eq!((service.count("proofs_total"), world.sent(OPERATOR).await), (1, 1));
    service.stop();
}

/// Gas becomes dearer while a worker proves.
#[tokio::test]
async fn a_batch_is_kept_while_it_does_not_pay() {
    let world = World::batched(&[]).await;
    let mut ids: Vec<B256> = Vec::new();
    for index in 0..3_u8 {
        ids.push(world.order(&world.ask_for(&[index; 4], 86_400).await, &[index; 4], GOOD).await);
    }
    let shift = Shift::new(&world, paying()).await;
    shift.batch(&world, &ids).await;
    world.gas_costs(50).await;
    let service = shift.serve(&world).await;
    service.until_silently("it is held", async || shift.store.depth().await.unwrap().held == 3).await;
    assert_eq!((world.sent(OPERATOR).await, service.count("transactions_total")), (0, 0));
    world.gas_costs(1).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    assert_eq!(world.sent(OPERATOR).await, 1);
    service.stop();
}

/// A batch that does not pay any more has a member that pays for a proof of its own. The others can't keep it waiting.
#[tokio::test]
async fn who_pays_alone_does_not_wait_for_a_batch_that_does_not_pay() {
    let world = World::batched(&[]).await;
    let tariff = world.served().tariff().unwrap();
    let (alone, batch) = (tariff.alone, tariff.worth(8, 7).unwrap());
    assert!(alone * 11 < batch * 10, "{alone} {batch}");
    // The fee, less the holders' tenth, covers gas at 40 gwei between the two.
    let fee = u128::from(alone + batch) / 2 * 40 * GWEI * 10 / 9;
    let rich = world.order(&world.ask_for(&[0; 4], 86_400).await, &[0; 4], fee).await;
    let near = world.ask_for(&[1; 4], 3600).await;
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(world.order(&near, &[1; 4], GOOD).await);
    }
    ids.push(rich);
    let shift = Shift::new(&world, paying()).await;
    shift.batch(&world, &ids).await;
    world.anvil.ask("evm_increaseTime", json!([3600 - MARGIN + 30])).await;
    world.gas_costs(40).await;
    let service = shift.serve(&world).await;
    service.until_silently("a withdrawal", async || service.count("withdrawn_answers_total") == 7).await;
    let job = shift.store.job(rich.0).await.unwrap().unwrap();
    assert!(job.goes_alone && job.attempts == 0);
    // It is taken again once the fee covers the gas and the operator's margin.
    world.gas_costs(20).await;
    service.until_silently("an offer", async || shift.store.depth().await.unwrap().ready == 1).await;
    service.stop();
    shift.prove_job(&world, rich).await;
    let service = shift.serve(&world).await;
    world.wait(rich, FULFILLED).await;
    // An expired job is done, and is forgotten after a while.
    let is_expired = async || shift.store.job(ids[0].0).await.unwrap().is_none_or(|job| job.state == State::Expired);
    until("the end", async || service.count("singles_total") == 1 && is_expired().await).await;
    assert_eq!((service.count("batches_total"), world.sent(OPERATOR).await), (0, 1));
    service.stop();
}

/// Requests that pay together only are not kept in a batch that has lost one: others may come to take its place.
#[tokio::test]
async fn who_is_left_of_a_batch_goes_with_others() {
    let world = World::batched(&[]).await;
    let tariff = world.served().tariff().unwrap();
    let (four, eight) = (tariff.worth(8, 4).unwrap() / 4, tariff.worth(8, 8).unwrap() / 8);
    // The fee, less the holders' tenth, covers a part of a full batch at 20 gwei, and not of half of one.
    assert!(eight * 3 < four * 2, "{eight} {four}");
    let fee = u128::from((four + eight) / 2) * 20 * GWEI * 10 / 9;
    let rich = world.order(&world.ask_for(&[0; 4], 3600).await, &[0; 4], 100 * GOOD).await;
    let mut ids = vec![rich];
    for index in 1..4_u8 {
        ids.push(world.order(&world.ask_for(&[index; 4], 86_400).await, &[index; 4], fee).await);
    }
    let policy = Policy { least_fee: LeastFee::Gas { percent: 100 }, ..paying().policy };
    let shift = Shift::new(&world, Options { policy, ..paying() }).await;
    shift.batch(&world, &ids).await;
    world.anvil.ask("evm_increaseTime", json!([3600 - MARGIN + 30])).await;
    world.gas_costs(18).await;
    let service = shift.serve(&world).await;
    service.until_silently("a withdrawal", async || service.count("withdrawn_answers_total") == 4).await;
    service.stop();
    for index in 4..9_u8 {
        ids.push(world.order(&world.ask_for(&[index; 4], 86_400).await, &[index; 4], fee).await);
    }
    world.gas_costs(18).await;
    let (service, metrics) = world.service_with(shift.store.clone(), OPERATOR, Options { policy, ..paying() }).await;
    let service = Running::start(service, metrics);
    for id in &ids[1..] {
        world.wait(*id, FULFILLED).await;
    }
    assert_eq!(world.sent(OPERATOR).await, 1);
    service.stop();
}

/// The time runs out while a worker proves.
#[tokio::test]
async fn a_batch_is_not_shown_when_all_its_deadlines_have_come_near() {
    let world = World::batched(&[]).await;
    let mut ids: Vec<B256> = Vec::new();
    for index in 0..3_u8 {
        ids.push(world.order(&world.ask_for(&[index; 4], 3600).await, &[index; 4], GOOD).await);
    }
    let shift = Shift::new(&world, paying()).await;
    shift.batch(&world, &ids).await;
    world.anvil.ask("evm_increaseTime", json!([3600 - MARGIN + 30])).await;
    world.mine(1).await;
    let service = shift.serve(&world).await;
    service.until_silently("the end", async || service.count("expired_total") == 3).await;
    assert_eq!((world.sent(OPERATOR).await, world.request_of(ids[0]).await.state), (0, OPEN));
    service.stop();
}
