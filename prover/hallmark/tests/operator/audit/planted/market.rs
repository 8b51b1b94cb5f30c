//! A market that owes an attacker something from the beginning.

use alloy::primitives::{Address, U256};
use hallmark_chain::node::{
    Intent,
    contracts::market::InferenceMarket::{listCall, withdrawCall},
    deployment::Plan,
};

use super::{super::Sold, everywhere, plant, refuses};
use crate::{
    program::done,
    world::{CUSTOMER, DEPLOYER, FEE, OPERATOR},
};

#[tokio::test]
async fn a_market_with_a_planted_credit_fails_by_its_address_alone() {
    let sold = Sold::new().await;
    let attacker = sold.world.anvil.account(OPERATOR).await;
    let credit = everywhere(attacker.address(), U256::from(FEE).into());
    let market = plant(&sold, &attacker, &Plan::market(sold.world.registry).unwrap(), &credit).await;
    // It is listed like any other, and a customer pays there.
    let deployer = sold.world.anvil.account(DEPLOYER).await;
    let listing = listCall { modelId: sold.world.model, holders: Address::repeat_byte(0x77), holdersBps: 1000 };
    deployer.send(&Intent::call(market, &listing)).await.unwrap();
    let key = format!("--model-key {} --srs srs.bin --for-tests", sold.file("m.key"));
    let audit = sold.audit(&format!("--market {market} {key}"));
    audit.assert_fails(&["market/address"]);
    assert!(audit.lines("pass").contains(&"market/code".to_owned()), "{:#}", audit.json);
    sold.audit(&format!("--market {} {key}", sold.world.market)).assert_fails(&[]);

    // Whoever pays or works by the commands is told, unless it says that it knows.
    let input = sold.file("x.npy");
    let values = ndarray::ArrayD::from_shape_vec(vec![4], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    hallmark_proving::npy::write_floats(&input, values.view()).unwrap();
    let (model, url) = (sold.world.model, sold.world.anvil.url());
    let request = format!(
        "request {} --market {market} --model-id {model} --input {input} --fee 1gwei --for-tests --dry-run --digest {} \
         --rpc {url}",
        sold.file("m.key"),
        sold.digest
    );
    let journal = sold.file("planted.journal");
    let id = format!("0x{}", "33".repeat(32));
    let terms = "--name D --symbol D --for-sale 1 --price 1ether --minimum 1ether --closes-in 1h --holders-bps 1 --tranche 10000:1wei:1d";
    let (registry, at) = (sold.world.registry, format!("--market {market} --rpc {url}"));
    let serve =
        format!("serve m.hallmark --market {market} --model-id {model} --srs srs.bin --journal {journal} --rpc {url}");
    for command in [
        request.clone(),
        serve,
        format!("claim {at}"),
        format!("claim {at} --to {}", deployer.address()),
        format!("refund --request {id} {at}"),
        format!("answer {id} {at}"),
        format!("request show {id} {at}"),
        format!("mint {id} --name D --symbol D {at}"),
        format!("models --registry {registry} {at}"),
        format!("offer --model-id {model} {terms} {at}"),
    ] {
        refuses(&command, "the market");
    }
    done(CUSTOMER, &format!("{request} --foreign-contracts"));
    done(CUSTOMER, &request.replace(&market.to_string(), &sold.world.market.to_string()));

    // What is at stake: the customer's fee is the attacker's.
    let genuine = sold.world.market;
    let world = crate::world::World { market, ..sold.world };
    world.request(&[1, 2, 3, 4]).await;
    let customer = world.anvil.account(CUSTOMER).await;
    assert_eq!(customer.node.balance(market).await.unwrap(), U256::from(FEE));
    attacker.send(&Intent::call(market, &withdrawCall { account: attacker.address() })).await.unwrap();
    assert_eq!(customer.node.balance(market).await.unwrap(), U256::ZERO);
    assert_ne!(genuine, market);
}
