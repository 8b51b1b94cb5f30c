//! An offering to which an attacker has paid nothing, and which says that it has.

use alloy::primitives::U256;
use hallmark_chain::node::{
    Intent,
    contracts::{
        market::InferenceMarket::listCall,
        offering::{
            IInitialModelOffering::Terms,
            InitialModelOffering::{buyCall, termsCall},
        },
    },
    deployment::{self, Plan},
};
use serde_json::json;

use super::{super::Sold, everywhere, plant, refuses};
use crate::{
    program::{done, text},
    world::{CUSTOMER, DEPLOYER, OPERATOR},
};

const ETHER: u64 = 1_000_000_000_000_000_000;

#[tokio::test]
async fn an_offering_with_a_planted_contribution_fails_by_its_address_alone() {
    let sold = Sold::new().await;
    let (registry, url) = (sold.world.registry, sold.world.anvil.url());
    let deployer = sold.world.anvil.account(DEPLOYER).await;
    let attacker = sold.world.anvil.account(OPERATOR).await;
    let registered =
        done(DEPLOYER, &format!("register other.hallmark --srs srs.bin --registry {registry} --rpc {url}"));
    let (model, digest) = (text(&registered, "model"), text(&registered, "model_digest"));
    let terms = deployer.node.view(sold.offering, &termsCall {}).await.unwrap();
    let terms = Terms { modelId: model.parse().unwrap(), keyDigest: digest.parse().unwrap(), ..terms };
    let contribution = everywhere(attacker.address(), U256::from(5 * ETHER).into());
    let offering = plant(&sold, &attacker, &Plan::offering(terms.clone()).unwrap(), &contribution).await;
    let token = deployment::token(offering);
    let listing = listCall { modelId: terms.modelId, holders: token, holdersBps: terms.holdersBps };
    deployer.send(&Intent::call(sold.world.market, &listing)).await.unwrap();

    let key = format!("--model-key {} --srs srs.bin --digest {digest} --for-tests", sold.file("other.key"));
    let audit = format!("audit {model} --registry {registry} --offering {offering} {key} --rpc {url}");
    sold.audit_by(&audit).assert_fails(&["token/offering address"]);
    let at = format!("--offering {offering} --rpc {url}");
    let buy = format!("buy --pay 5ether --digest {digest} --for-tests --dry-run {at}");
    for command in [
        buy.clone(),
        format!("claim {at}"),
        format!("refund {at}"),
        format!("refund {at} --to {}", deployer.address()),
        format!("release {at}"),
        format!("offering show {offering} --rpc {url}"),
        format!("revenue --token {token} --rpc {url}"),
    ] {
        refuses(&command, "the offering");
    }
    done(CUSTOMER, &format!("{buy} --foreign-contracts"));
    let shown = done(CUSTOMER, &format!("offering show {offering} --foreign-contracts --rpc {url}"));
    assert_eq!((text(&shown, "state"), text(&shown, "raised_wei")), ("open".to_owned(), "0".to_owned()));

    // What is at stake: a customer pays, and the attacker gets as many tokens for nothing.
    let pay = Intent::call(offering, &buyCall { expected: terms.digest() }).paying(U256::from(5 * ETHER));
    sold.world.customer.send(&pay).await.unwrap();
    sold.world.anvil.ask("evm_increaseTime", json!([4000])).await;
    sold.world.mine(1).await;
    let claimed = done(OPERATOR, &format!("claim {at} --foreign-contracts"));
    assert_eq!(text(&claimed, "tokens"), "500");
}
