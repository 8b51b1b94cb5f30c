//! A registry that says of a model that its registrant has it, which nobody has ever proved.

use alloy::{
    primitives::{B256, U256, keccak256},
    sol_types::SolValue,
};
use hallmark_chain::node::{
    Intent,
    contracts::{
        market::InferenceMarket::listCall,
        registry::{
            IModelRegistry::{Model, Setup},
            ModelRegistry::{modelCall, verifierCall},
        },
    },
    deployment::Plan,
};
use hallmark_operator::model_id;
use hallmark_proving::srs::Srs;

use super::{super::Sold, SLOTS, plant, refuses};
use crate::{
    program::done,
    world::{DEPLOYER, FILES, OPERATOR, place},
};

/// The words of a record without a text, in the order of its fields.
fn words(record: &Model) -> [B256; 7] {
    let times: U256 = (U256::from(record.provenAt) << 64) | U256::from(record.registeredAt);
    [
        record.registrant.into_word(),
        record.key.into_word(),
        record.keyDigest,
        record.architectureDigest,
        record.weightDigest,
        record.predecessor,
        times.into(),
    ]
}

/// A record under its number, in every mapping that there may be.
fn records(id: B256, record: &Model) -> Vec<(B256, B256)> {
    let begins = (0..SLOTS).map(|slot| U256::from_be_bytes(keccak256((id, U256::from(slot)).abi_encode()).0));
    let words = words(record);
    begins
        .flat_map(|at| words.into_iter().enumerate().map(move |(index, word)| ((at + U256::from(index)).into(), word)))
        .collect()
}

#[tokio::test]
async fn a_registry_with_a_planted_record_fails_by_its_address_alone() {
    let sold = Sold::new().await;
    let attacker = sold.world.anvil.account(OPERATOR).await;
    let node = attacker.node.clone();
    let genuine = node.view(sold.world.registry, &modelCall { modelId: sold.world.model }).await.unwrap();
    // The attacker has the public key alone, and has proved nothing.
    let record = Model { registrant: attacker.address(), uri: String::new(), ..genuine };
    assert_ne!(record.provenAt, 0);
    let address = attacker.address().create(node.nonce(attacker.address()).await.unwrap());
    let id = model_id(31_337, address, attacker.address(), record.keyDigest, B256::ZERO, "");
    let verifier = node.view(sold.world.registry, &verifierCall {}).await.unwrap();
    let setup = Setup::from(Srs::read(FILES.path("srs.bin")).unwrap().opening_key());
    let registry = plant(&sold, &attacker, &Plan::registry(verifier, setup).unwrap(), &records(id, &record)).await;
    assert_eq!(registry, address);
    let market = place(&attacker, Plan::market(registry)).await;
    let listing = listCall { modelId: id, holders: attacker.address(), holdersBps: 1000 };
    attacker.send(&Intent::call(market, &listing)).await.unwrap();

    let url = sold.world.anvil.url();
    let key = format!("--model-key {} --srs srs.bin --for-tests", sold.file("m.key"));
    let audit = format!("audit {id} --registry {registry} --market {market} {key} --rpc {url}");
    sold.audit_by(&audit).assert_fails(&["registry/address"]);
    let register = format!("register m.hallmark --srs srs.bin --registry {registry} --rpc {url} --dry-run");
    refuses(&register, "the registry");
    refuses(&format!("models --registry {registry} --rpc {url}"), "the registry");
    refuses(&format!("claim --market {market} --rpc {url}"), "the registry");
    done(DEPLOYER, &format!("{register} --foreign-contracts"));
}
