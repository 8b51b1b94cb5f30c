//! The models of a registry, where an auditor does not know which to ask about.

use hallmark_proving::srs::Srs;

use super::Sold;
use crate::{
    program::{done, hallmark, say, text},
    world::{DEPLOYER, RIVAL},
};

#[tokio::test]
async fn a_registry_s_models_are_listed() {
    let sold = Sold::new().await;
    let (registry, url) = (sold.world.registry, sold.world.anvil.url());
    let list = format!("models --registry {registry} --rpc {url}");
    let listed = done(RIVAL, &list);
    let models = listed["models"].as_array().unwrap();
    assert_eq!(models.len(), 1, "{listed:#}");
    assert_eq!(text(&models[0], "model"), sold.world.model.to_string());
    let other =
        done(DEPLOYER, &format!("register other.hallmark --srs srs.bin --registry {registry} --uri two --rpc {url}"));
    let listed = done(RIVAL, &list);
    let models = listed["models"].as_array().unwrap();
    assert_eq!((models.len(), text(&models[1], "model")), (2, text(&other, "model")));
    assert_eq!(text(&models[1], "weight_digest"), text(&other, "weight_digest"));
    assert_eq!((text(&models[1], "uri").as_str(), &listed["is_cut"]), ("two", &false.into()));
    assert_eq!((&listed["is_for_tests"], &models[0]["listing"]), (&true.into(), &serde_json::Value::Null));
    assert!(models.iter().all(|model| model["proven_at"].as_u64().unwrap() > 0), "{listed:#}");
    // With the market they are told apart by whether they take requests.
    let listed = done(RIVAL, &format!("{list} --market {}", sold.world.market));
    let token = hallmark_chain::node::deployment::token(sold.offering).to_string();
    assert_eq!(text(&listed["models"][0]["listing"], "holders"), token.to_lowercase());
    assert_eq!(listed["models"][1]["listing"], serde_json::Value::Null);
    // Without a key, for people.
    let mut command = hallmark(RIVAL, &format!("{list} --market {}", sold.world.market));
    let told = String::from_utf8(command.env_remove("HALLMARK_PRIVATE_KEY").output().unwrap().stdout).unwrap();
    for part in [
        "2 models in the registry",
        "which is for tests",
        "10% of each fee for",
        "none: the market does not list it",
        " UTC",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // A market of another registry says nothing of this one's models.
    let srs = sold.file("other.bin");
    Srs::insecure(12, &mut rand::rng()).write(&srs).unwrap();
    let elsewhere = text(&done(DEPLOYER, &format!("deploy --srs {srs} --for-tests --rpc {url}")), "market");
    let (code, json) = say(RIVAL, &format!("{list} --market {elsewhere}"));
    assert!(code == 2 && text(&json, "error").contains("is of the registry"), "{json}");
    // The market is no registry.
    let (code, json) = say(RIVAL, &format!("models --registry {} --rpc {url}", sold.world.market));
    assert_eq!(code, 1, "{json}");
    let (code, json) = say(RIVAL, &format!("models --registry nowhere --rpc {url}"));
    assert_eq!(code, 2, "{json}");
}
