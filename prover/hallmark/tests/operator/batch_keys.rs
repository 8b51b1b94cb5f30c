//! The keys of batches in the registry: who records them, and what becomes of requests without.

use alloy::primitives::{B256, U256};
use hallmark_chain::node::contracts::registry::ModelRegistry::batchKeyCall;
use serde_json::json;

use crate::{
    batches::BATCHED,
    program::{done, say, text},
    service::FULFILLED,
    world::{DEPLOYER, OPERATOR, RIVAL, World, at, until},
};

/// Whoever runs the command again pays for nothing twice.
#[tokio::test]
async fn register_records_the_keys_of_batches() {
    let world = World::with(&BATCHED, &[]).await;
    let (folder, registry) = (world.models(), world.registry);
    let [model, srs] = ["m.hallmark", "srs.bin"].map(|name| at(&folder, name));
    let register =
        format!("register {model} --srs {srs} --registry {registry} --uri batched --rpc {}", world.anvil.url());
    let without = done(DEPLOYER, &format!("{register} --no-batch-keys"));
    assert_eq!((&without["batch_keys"], &without["was_registered"]), (&json!([]), &json!(false)));
    // Anyone sees which of them are there.
    let id = text(&without, "model");
    let url = world.anvil.url();
    let sizes = || {
        let listed = done(RIVAL, &format!("models --registry {registry} --rpc {url}"));
        let models = listed["models"].as_array().unwrap();
        models.iter().find(|listed| listed["model"] == id.as_str()).unwrap()["batches"].clone()
    };
    let key = at(&folder, "batched.key");
    done(DEPLOYER, &format!("export-key {model} -o {key} --force"));
    let audited = || {
        let audit = format!("audit {id} --registry {registry} --model-key {key} --srs {srs} --for-tests --rpc {url}");
        let (_, report) = say(RIVAL, &audit);
        let checks = report["checks"].as_array().unwrap();
        let line = checks.iter().find(|check| check["name"] == "batches").unwrap();
        assert_eq!(line["verdict"], "pass", "{line}");
        text(line, "detail")
    };
    assert_eq!((sizes(), audited().as_str()), (json!([]), "listed and not recorded are those of 4, 8"));
    let with = done(DEPLOYER, &register);
    assert_eq!((sizes(), audited().as_str()), (json!([4, 8]), "recorded are those of 4, 8"));
    assert_eq!((&with["was_registered"], with["transactions"].as_array().unwrap().len()), (&json!(true), 4));
    let id: B256 = text(&with, "model").parse().unwrap();
    for (index, batch) in world.served().batches.iter().enumerate() {
        let call = batchKeyCall { modelId: id, size: U256::from(batch.size()) };
        let recorded = world.customer.node.view(registry, &call).await.unwrap();
        assert_eq!(recorded.keyDigest, B256::from(batch.key().digest().0));
        let told = &with["batch_keys"][index];
        assert_eq!((told["size"].as_u64(), text(told, "key")), (Some(batch.size() as u64), recorded.key.to_string()));
    }
    let again = done(DEPLOYER, &register);
    assert_eq!((&again["transactions"], &again["batch_keys"]), (&json!([]), &with["batch_keys"]));
}

/// Without the keys in the registry no batch would settle.
#[tokio::test]
async fn without_keys_in_the_registry_requests_are_proved_alone() {
    let world = World::with(&BATCHED, &[]).await;
    let ids = world.requests(3).await;
    let service = world.serve(OPERATOR).await;
    for id in &ids {
        world.wait(*id, FULFILLED).await;
    }
    until("the verdicts", async || service.count("settled_total") == 3).await;
    assert_eq!(["proofs_total", "batches_total", "singles_total"].map(|name| service.count(name)), [3, 0, 3]);
    service.stop();
}
