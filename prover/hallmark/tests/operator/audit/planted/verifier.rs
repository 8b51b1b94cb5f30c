//! A verifier with the genuine code, where an attacker has deployed it.

use hallmark_chain::node::{
    Intent,
    contracts::{Contract, market::InferenceMarket::listCall, registry::IModelRegistry::Setup},
    deployment::Plan,
};
use hallmark_proving::srs::Srs;

use super::{super::Sold, refuses};
use crate::{
    program::{done, text},
    world::{DEPLOYER, FILES, OPERATOR, deploy, place},
};

#[tokio::test]
async fn a_verifier_that_an_attacker_deployed_fails_by_its_address_alone() {
    let sold = Sold::new().await;
    let attacker = sold.world.anvil.account(OPERATOR).await;
    let verifier = deploy(&attacker, Contract::Verifier, &[]).await;
    // Registry and market are where this program's code puts them, with this verifier.
    let setup = Setup::from(Srs::read(FILES.path("srs.bin")).unwrap().opening_key());
    let registry = place(&attacker, Plan::registry(verifier, setup)).await;
    let market = place(&attacker, Plan::market(registry)).await;
    let url = sold.world.anvil.url();
    let register = format!("register m.hallmark --srs srs.bin --registry {registry} --rpc {url}");
    refuses(&register, "the verifier");
    let model = text(&done(DEPLOYER, &format!("{register} --foreign-contracts")), "model");
    let listing = listCall { modelId: model.parse().unwrap(), holders: attacker.address(), holdersBps: 1000 };
    sold.world.anvil.account(DEPLOYER).await.send(&Intent::call(market, &listing)).await.unwrap();

    let key = format!("--model-key {} --srs srs.bin --for-tests", sold.file("m.key"));
    let audit = format!("audit {model} --registry {registry} --market {market} {key} --rpc {url}");
    sold.audit_by(&audit).assert_fails(&["verifier/address"]);
    refuses(&format!("models --registry {registry} --rpc {url}"), "the verifier");
    refuses(&format!("claim --market {market} --rpc {url}"), "the verifier");
    let listed = done(OPERATOR, &format!("models --registry {registry} --foreign-contracts --rpc {url}"));
    assert_eq!(text(&listed["models"][0], "model"), model);
}
