//! A service that is killed again and again while it answers requests in batches.
//!
//! `HALLMARK_REQUESTS=1000` has as many as that. The default is what a test may take.

use std::{collections::BTreeSet, env, time::Duration};

use alloy::primitives::{B256, U256};
use hallmark_chain::node::{
    Intent,
    contracts::market::InferenceMarket::{nonceOfCall, requestCall},
};
use hallmark_operator::request_id;
use serde_json::json;

use crate::{
    program::Process,
    world::{CUSTOMER, FEE, OPERATOR, World, until},
};

/// How many requests there are, unless the environment says so.
const REQUESTS: u64 = 120;
/// The requests of a block.
const BLOCK: u64 = 100;
/// How long the service lives each time, in milliseconds.
const LIVES: [u64; 6] = [900, 1_300, 1_700, 2_100, 2_500, 2_900];

impl World {
    /// Orders the same many times, in few blocks, with a deadline in so many seconds.
    pub(crate) async fn order_many(&self, count: u64, seconds: u64) -> Vec<B256> {
        self.anvil.ask("evm_setAutomine", json!([false])).await;
        let customer = self.customer.address();
        let nonce = self.customer.node.nonce(customer).await.unwrap();
        let first = self.customer.node.view(self.market, &nonceOfCall { customer }).await.unwrap();
        let order = self.ask_for(&[7; 4], seconds).await;
        let call = requestCall { order: order.clone(), input: vec![7; 4].into() };
        let intent = Intent::call(self.market, &call).paying(U256::from(FEE));
        let account = self.anvil.account(CUSTOMER).await;
        let mut ids = Vec::new();
        for index in 0..count {
            let price = account.price(&account.node.head().await.unwrap()).await.unwrap();
            let signed = account.sign(&intent, nonce + index, 300_000, price).unwrap();
            assert!(account.broadcast(&signed).await.unwrap());
            ids.push(request_id(31_337, self.market, customer, first + U256::from(index), &order, FEE));
            if index % BLOCK == BLOCK - 1 {
                self.mine(1).await;
            }
        }
        self.mine(1).await;
        ids
    }
}

#[tokio::test]
async fn requests_in_batches_survive_kills_and_none_is_paid_twice() {
    let count = env::var("HALLMARK_REQUESTS").map_or(REQUESTS, |count| count.parse().unwrap());
    let world = World::batched(&[]).await;
    let ids = world.order_many(count, 86_400).await;
    world.anvil.ask("evm_setIntervalMining", json!([1])).await;
    let journal = world.folder.path().join("killed.journal");
    for life in LIVES {
        let mut process = Process::start(&world, &journal, "--batch-wait 1s --patience 2s");
        tokio::time::sleep(Duration::from_millis(life)).await;
        process.signal("-KILL");
    }
    let process = Process::start(&world, &journal, "");
    until("all", async || world.settled().await.len() as u64 >= count).await;
    let settled = world.settled().await;
    assert_eq!(settled.iter().collect::<BTreeSet<_>>(), ids.iter().collect::<BTreeSet<_>>());
    assert_eq!(settled.len() as u64, count, "some were paid twice");
    let operator = world.anvil.account(OPERATOR).await.address();
    assert_eq!(world.credit(operator).await, U256::from(u128::from(count) * (FEE - FEE / 10)));
    // Most went together.
    let transactions = world.customer.node.nonce(operator).await.unwrap();
    assert!(transactions <= count / 4, "{transactions} transactions");
    drop(process);
}
