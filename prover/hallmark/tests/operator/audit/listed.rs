//! The models of a registry, where an auditor does not know which to ask about.

use super::Sold;
use crate::{
    program::{done, say, text},
    world::{DEPLOYER, RIVAL},
};

#[tokio::test]
async fn a_registry_s_models_are_listed() {
    let sold = Sold::new().await;
    let (registry, url) = (sold.world.registry, sold.world.anvil.url());
    let list = format!("audit --registry {registry} --rpc {url}");
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
    // The market announces no models.
    let none = done(RIVAL, &format!("audit --registry {} --rpc {url}", sold.world.market));
    assert_eq!(none["models"].as_array().unwrap().len(), 0);
    let (code, json) = say(RIVAL, &format!("audit --registry nowhere --rpc {url}"));
    assert_eq!(code, 2, "{json}");
}
