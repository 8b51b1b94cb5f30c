//! Transactions with batches that take long, or that fail in a block.

use std::time::Duration;

use alloy::primitives::U256;
use hallmark_chain::node::{GWEI, Price, contracts::registry::ModelRegistry::batchKeyCall};
use hallmark_operator::{JobStore, LeastFee, Options, Policy};
use serde_json::json;

use crate::{
    batches::Shift,
    paying::{GOOD, paying},
    purpose::INPUT,
    service::FULFILLED,
    world::{OPERATOR, RIVAL, Running, World, options, until},
};

#[tokio::test]
async fn a_batch_that_takes_long_is_replaced() {
    let world = World::batched(&[]).await;
    let ids = world.requests(3).await;
    let shift = Shift::new(&world, Options { patience: Duration::from_millis(50), ..options() }).await;
    shift.batch(&world, &ids).await;
    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let service = shift.serve(&world).await;
    until("two replacements", async || service.count("replacements_total") >= 2).await;
    world.mine(1).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    until("the verdicts", async || service.count("settled_total") == 3).await;
    assert_eq!((service.count("batches_total"), world.sent(OPERATOR).await), (1, 1));
    service.stop();
}

/// What has failed in a block is not sent again as it is. Its requests get proofs of their own.
#[tokio::test]
async fn the_requests_of_a_batch_that_failed_in_its_block_go_alone() {
    let world = World::batched(&[]).await;
    let ids = world.requests(2).await;
    let shift = Shift::new(&world, options()).await;
    let size = U256::from(shift.batch(&world, &ids).await.size);
    let key = batchKeyCall { modelId: world.model, size };
    let key = world.customer.node.view(world.registry, &key).await.unwrap().key;
    let code = world.anvil.ask("eth_getCode", json!([key, "latest"])).await;

    world.anvil.ask("evm_setAutomine", json!([false])).await;
    let service = shift.serve(&world).await;
    until("the batch", async || service.count("transactions_total") == 1).await;
    // The key is not what it was when the gas was estimated.
    world.anvil.ask("anvil_setCode", json!([key, "0x00"])).await;
    world.mine(1).await;
    until("a withdrawal", async || service.count("withdrawn_answers_total") == 2).await;
    world.anvil.ask("anvil_setCode", json!([key, code])).await;
    world.anvil.ask("evm_setAutomine", json!([true])).await;
    service.stop();

    let (service, metrics) = world.service_with(shift.store.clone(), OPERATOR, options()).await;
    let service = Running::start(service, metrics);
    for id in &ids {
        let job = shift.store.job(id.0).await.unwrap().unwrap();
        assert!(job.goes_alone && job.failures == 1, "{job:?}");
        world.wait(*id, FULFILLED).await;
    }
    until("the verdicts", async || service.count("settled_total") == 2).await;
    assert_eq!((service.count("batches_total"), service.count("singles_total")), (0, 2));
    service.stop();
}

/// A rival answers the request that pays for the whole batch, in the very block. The others do not pay for the check of the proof.
#[tokio::test]
async fn a_batch_that_lost_what_pays_for_it_ends_before_its_proof_is_checked() {
    let world = World::batched(&[]).await;
    let tariff = world.served().tariff().unwrap();
    let (check, each) = (tariff.of_size(4).unwrap().check, tariff.best().unwrap().each());
    // Two of the poor, who pay for gas at 20 gwei, do not pay for the check at 15.
    assert!(2 * 20 * each < 15 * check, "{each} {check}");
    // The fee, less the holders' tenth, covers a part of a full batch at 20 gwei.
    let poor = u128::from(each) * 20 * GWEI * 10 / 9;
    let mut ids = vec![world.order(&world.ask_for(&INPUT, 86_400).await, &INPUT, 100 * GOOD).await];
    for index in 0..2_u8 {
        ids.push(world.order(&world.ask_for(&[index; 4], 86_400).await, &[index; 4], poor).await);
    }
    let policy = Policy { least_fee: LeastFee::Gas { percent: 100 }, ..paying().policy };
    world.gas_costs(15).await;
    let shift = Shift::new(&world, Options { policy, patience: Duration::from_secs(600), ..paying() }).await;
    shift.batch(&world, &ids).await;
    let rival = world.anvil.account(RIVAL).await;
    let faster = world.fulfilment_of(&rival, ids[0]).await;

    world.anvil.ask("evm_setAutomine", json!([false])).await;
    world.gas_costs(15).await;
    let service = shift.serve(&world).await;
    until("the batch", async || service.count("transactions_total") == 1).await;
    let price = Price { max: 200 * GWEI, tip: 100 * GWEI };
    assert!(rival.broadcast(&rival.sign(&faster, 0, 5_000_000, price).unwrap()).await.unwrap());
    world.mine(1).await;
    until("the verdict", async || service.count("lost_total") == 1).await;
    let is_back = async || service.count("withdrawn_answers_total") == 2;
    until("a withdrawal", is_back).await;
    service.stop();

    // Nobody is blamed: they may go together with others.
    for id in &ids[1..] {
        let job = shift.store.job(id.0).await.unwrap().unwrap();
        assert!(!job.goes_alone && job.failures == 0, "{job:?}");
    }
    let used = world.gas_of_first(OPERATOR).await;
    assert!(used > 21_000 && used < check / 2, "{used} {check}");
    assert_eq!((world.paid(OPERATOR).await, world.sent(OPERATOR).await), (U256::ZERO, 1));
}

/// A transaction that the node does not take, such as one that the account can't pay for, stands in nobody's way.
#[tokio::test]
async fn a_transaction_that_the_node_refuses_is_given_up() {
    let world = World::batched(&[]).await;
    let ids = world.requests(2).await;
    let shift = Shift::new(&world, options()).await;
    shift.batch(&world, &ids).await;
    let operator = world.anvil.account(OPERATOR).await.address();
    let balance = world.anvil.ask("eth_getBalance", json!([operator, "latest"])).await;
    world.anvil.ask("anvil_setBalance", json!([operator, "0x1"])).await;
    let service = shift.serve(&world).await;
    let is_held = async || service.count("transactions_total") > 0 && shift.store.depth().await.unwrap().held == 2;
    until("a refusal", is_held).await;
    assert_eq!((shift.store.submission().await.unwrap(), service.count("failures_total")), (None, 0));
    assert_eq!((service.count("batches_total"), world.sent(OPERATOR).await), (0, 0));
    world.anvil.ask("anvil_setBalance", json!([operator, balance])).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    assert_eq!(world.sent(OPERATOR).await, 1);
    service.stop();
}
