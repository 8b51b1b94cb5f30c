//! Contracts are where their code and their arguments put them, on every chain, and nobody pays for them twice.

use hallmark_chain::{
    chain::{PROXY, PROXY_COST, PROXY_SIGNER},
    node::{contracts::registry::IModelRegistry::Setup, deployment::Plan},
};
use hallmark_proving::srs::Srs;
use serde_json::json;

use crate::{
    anvil::Anvil,
    program::{done, say, text},
    world::{DEPLOYER, FILES, RIVAL},
};

const NAMES: [&str; 3] = ["verifier", "registry", "market"];

#[tokio::test]
async fn the_same_deployment_is_at_the_same_place_and_paid_for_once() {
    let anvil = Anvil::start(&[]);
    let deploy = format!("deploy --srs srs.bin --for-tests --rpc {}", anvil.url());
    let first = done(DEPLOYER, &deploy);
    assert_eq!(first["transactions"].as_array().unwrap().len(), 3);
    let setup = Setup::from(Srs::read(FILES.path("srs.bin")).unwrap().opening_key());
    let verifier = Plan::verifier().unwrap().address();
    let registry = Plan::registry(verifier, setup).unwrap().address();
    let market = Plan::market(registry).unwrap().address();
    for (name, address) in NAMES.into_iter().zip([verifier, registry, market]) {
        assert_eq!((text(&first, name), &first["already_there"][name]), (address.to_string(), &json!(false)));
    }
    let again = done(RIVAL, &deploy);
    assert_eq!(again["transactions"], json!([]));
    for name in NAMES {
        assert_eq!((&again[name], &again["already_there"][name]), (&first[name], &json!(true)));
    }
}

#[tokio::test]
async fn a_chain_without_the_proxy_gets_it_when_asked_to() {
    let anvil = Anvil::start(&["--disable-default-create2-deployer"]);
    let node = anvil.node().await;
    let deploy = format!("deploy --srs srs.bin --for-tests --rpc {}", anvil.url());
    let (code, json) = say(DEPLOYER, &deploy);
    assert!(code == 1 && text(&json, "error").contains("--with-proxy"), "{json}");
    assert_eq!(node.nonce(anvil.account(DEPLOYER).await.address()).await.unwrap(), 0, "nothing was sent");
    let deployed = done(DEPLOYER, &format!("{deploy} --with-proxy"));
    // The gas money, the proxy, and three contracts.
    assert_eq!(deployed["transactions"].as_array().unwrap().len(), 5);
    assert!(!node.code(PROXY).await.unwrap().is_empty());
    assert!(node.balance(PROXY_SIGNER).await.unwrap() < alloy::primitives::U256::from(PROXY_COST));
    assert_eq!(done(RIVAL, &format!("{deploy} --with-proxy"))["transactions"], json!([]));
}
