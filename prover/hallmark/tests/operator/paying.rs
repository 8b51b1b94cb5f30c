//! Answers that could not be paid for, or that cost more than they earn, are not shown.

use std::time::Duration;

use alloy::primitives::{B256, U256};
use alloy::{rpc::types::Filter, sol_types::SolEvent};
use hallmark_chain::node::{GWEI, contracts::market::InferenceMarket::Fulfilled};
use hallmark_operator::{JobStore, LeastFee, Options, Policy, WorkQueue};
use serde_json::json;

use crate::{
    purpose::INPUT,
    service::{FULFILLED, OPEN},
    workers::{Foreman, honest},
    world::{FILES, OPERATOR, World, options, until},
};

/// A fee that covers the gas of the smallest model's settlement at some gwei, and not at fifty: one takes about 600,000.
pub(crate) const GOOD: u128 = 10_000_000 * GWEI;
/// One that covers it at no price of gas that this chain has.
const DUST: u128 = 1_000;
pub(crate) const MARGIN: u64 = 300;

pub(crate) fn paying() -> Options {
    let policy = Policy { deadline_margin: Duration::from_secs(MARGIN), least_fee: LeastFee::Gas { percent: 150 } };
    Options { policy, ..options() }
}

impl World {
    /// A block in which gas costs so many gwei.
    pub(crate) async fn gas_costs(&self, gwei: u128) {
        self.anvil.ask("anvil_setNextBlockBaseFeePerGas", json!([format!("{:#x}", gwei * GWEI)])).await;
        self.mine(1).await;
    }

    async fn order_for(&self, fee: u128, seconds: u64) -> B256 {
        self.order(&self.ask_for(&INPUT, seconds).await, &INPUT, fee).await
    }

    /// Nothing was sent by the operator.
    async fn assert_silent(&self, id: B256) {
        let operator = self.anvil.account(OPERATOR).await.address();
        assert_eq!((self.request_of(id).await.state, self.customer.node.nonce(operator).await.unwrap()), (OPEN, 0));
        let pending = self.anvil.ask("txpool_status", json!([])).await;
        assert_eq!(pending, json!({ "pending": "0x0", "queued": "0x0" }));
    }
}

#[tokio::test]
async fn a_request_whose_deadline_is_near_is_left() {
    let world = World::new(&[]).await;
    let near = world.order_for(GOOD, MARGIN - 10).await;
    let service = world.serve_with(OPERATOR, paying()).await;
    service.until_silently("the end", async || service.count("expired_total") == 1).await;
    assert_eq!((service.count("proofs_total"), service.count("transactions_total")), (0, 0));
    world.assert_silent(near).await;
    let far = world.order_for(GOOD, MARGIN + 3600).await;
    world.wait(far, FULFILLED).await;
    assert_eq!((service.count("proofs_total"), world.request_of(near).await.state), (1, OPEN));
    service.stop();
}

#[tokio::test]
async fn a_request_that_costs_more_than_it_earns_is_left_until_gas_is_cheaper() {
    let world = World::new(&[]).await;
    world.gas_costs(50).await;
    let (id, dust) = (world.order_for(GOOD, 86_400).await, world.order_for(DUST, 86_400).await);
    world.gas_costs(50).await;
    let service = world.serve_with(OPERATOR, paying()).await;
    service.until_silently("both held", async || service.count("held") == 2).await;
    assert_eq!(service.count("proofs_total"), 0);
    world.assert_silent(id).await;
    world.gas_costs(1).await;
    world.wait(id, FULFILLED).await;
    assert_eq!((service.count("proofs_total"), world.request_of(dust).await.state), (1, OPEN));
    service.stop();
}

/// Gas becomes dearer while a worker proves.
#[tokio::test]
async fn an_answer_is_kept_while_showing_it_does_not_pay() {
    let world = World::new(&[]).await;
    let id = world.order_for(GOOD, 86_400).await;
    let foreman = Foreman::new(&world, paying()).await;
    let lease = foreman.claim(&world, "w").await;
    world.gas_costs(50).await;
    foreman.complete(&lease, honest(&world, lease.tasks[0].context)).await;
    foreman.service.until_silently("it is held", async || foreman.store.depth().await.unwrap().held == 1).await;
    world.assert_silent(id).await;
    assert_eq!(foreman.service.count("transactions_total"), 0);
    world.gas_costs(1).await;
    foreman.pass();
    world.wait(id, FULFILLED).await;
    foreman.service.stop();
}

/// A transaction may earn more than it costs with an answer in it that does not.
#[tokio::test]
async fn an_answer_that_pays_takes_along_none_that_does_not() {
    let world = World::new(&[]).await;
    let (cheap, good) = (world.order_for(GOOD, 86_400).await, world.order_for(100 * GOOD, 86_400).await);
    let foreman = Foreman::new(&world, paying()).await;
    until("both offered", async || foreman.store.depth().await.unwrap().ready == 2).await;
    let lease = foreman.claim_some(&world, "w", 2).await;
    assert_eq!(lease.tasks.len(), 2);
    world.gas_costs(30).await;
    let answers = lease.tasks.iter().map(|task| (task.id, honest(&world, task.context))).collect::<Vec<_>>();
    foreman.store.complete(&lease, &answers).await.unwrap();
    world.wait(good, FULFILLED).await;
    assert_eq!(world.request_of(cheap).await.state, OPEN);
    foreman.service.stop();
}

/// The time runs out while a worker proves.
#[tokio::test]
async fn an_answer_is_not_shown_when_its_deadline_has_come_near() {
    let world = World::new(&[]).await;
    let id = world.order_for(GOOD, 3600).await;
    let foreman = Foreman::new(&world, paying()).await;
    let lease = foreman.claim(&world, "w").await;
    // There is time yet to settle it, but less than the margin.
    world.anvil.ask("evm_increaseTime", json!([3600 - MARGIN + 30])).await;
    world.mine(1).await;
    foreman.complete(&lease, honest(&world, lease.tasks[0].context)).await;
    let service = &foreman.service;
    service.until_silently("the end", async || service.count("expired_total") == 1).await;
    world.assert_silent(id).await;
    foreman.service.stop();
}

/// A transaction that is in no block is replaced by dearer ones, until one would cost more than it earns.
#[tokio::test]
async fn no_replacement_costs_more_than_it_earns() {
    let world = World::new(&[]).await;
    world.order_for(GOOD / 4, 86_400).await;
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let foreman = Foreman::new(&world, Options { patience: Duration::from_millis(50), ..paying() }).await;
    let lease = foreman.claim(&world, "w").await;
    foreman.complete(&lease, honest(&world, lease.tasks[0].context)).await;
    let submission = async || foreman.store.submission().await.unwrap();
    until("two replacements", async || submission().await.is_some_and(|sent| sent.sent.len() > 2)).await;
    // Time for many more.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let found = submission().await.unwrap();
    let earns = GOOD / 4 - GOOD / 40;
    assert_eq!(found.budget, Some(earns));
    for signed in &found.sent {
        assert!(signed.price.0 * u128::from(found.gas) <= earns, "{signed:?}");
    }
    let last = found.sent.last().unwrap().price.0;
    assert!((last + last / 8 + 1) * u128::from(found.gas) > earns, "the next would have been paid for: {found:?}");
    world.mine(1).await;
    until("the end", async || foreman.service.count("settled_total") == 1).await;
    foreman.service.stop();
}

/// What a settlement is expected to take is what it takes, and a little more.
#[tokio::test]
async fn the_gas_of_a_settlement_is_known_before_it_is_proved() {
    let world = World::new(&[]).await;
    let service = world.serve(OPERATOR).await;
    // The first settlement writes to empty slots, which costs most.
    let id = world.request(&INPUT).await;
    world.wait(id, FULFILLED).await;
    service.stop();
    let filter = Filter::new().address(world.market).event_signature(Fulfilled::SIGNATURE_HASH);
    let head = world.customer.node.head().await.unwrap().number;
    let (logs, _) = world.customer.node.logs(&filter, 0..=head).await.unwrap();
    let receipt = world.anvil.ask("eth_getTransactionReceipt", json!([logs[0].transaction_hash])).await;
    let used: U256 = receipt["gasUsed"].as_str().unwrap().parse().unwrap();
    let allowed = used.to::<u64>() * 9 / 8;
    let expected = FILES.served("m", world.model).settlement_gas().unwrap();
    assert!((allowed..allowed * 6 / 5).contains(&expected), "{expected} where {allowed} is allowed");
}
