//! The doctor at a node.

use serde_json::{Value, json};

use crate::{
    program::{say, text},
    world::{CUSTOMER, World},
};

fn finding(told: &Value, name: &str) -> (String, String) {
    let found = told["findings"].as_array().unwrap().iter().find(|finding| finding["name"] == name);
    let found = found.unwrap_or_else(|| panic!("no {name} in {told}"));
    (text(found, "verdict"), text(found, "text"))
}

#[tokio::test]
async fn the_doctor_looks_at_the_node_and_the_contracts() {
    let world = World::new(&[]).await;
    let World { registry, market, .. } = &world;
    let doctor = format!("doctor --rpc {}", world.anvil.url());
    let (code, told) = say(CUSTOMER, &format!("{doctor} --chain 31337 --registry {registry} --market {market}"));
    assert_eq!(code, 0, "{told}");
    assert!(finding(&told, "node").1.starts_with("chain 31337, block "), "{told}");
    for name in ["node", "proxy", "registry", "market", "balance"] {
        assert_eq!(finding(&told, name).0, "ok", "{told}");
    }
    for (rest, name, words) in [
        ("--chain 1".to_owned(), "node", "chain 1 was expected"),
        (format!("--market {registry}"), "market", ""),
        (format!("--registry 0x{}", "11".repeat(20)), "registry", "no contract"),
    ] {
        let (code, told) = say(CUSTOMER, &format!("{doctor} {rest}"));
        let (verdict, text) = finding(&told, name);
        assert!(code == 1 && verdict == "FAIL" && text.contains(words), "{rest}: {told}");
    }
    world.anvil.ask("evm_increaseTime", json!([4000])).await;
    world.mine(1).await;
    let (code, told) = say(CUSTOMER, &doctor);
    let (verdict, text) = finding(&told, "clock");
    assert!(code == 0 && verdict == "look" && text.contains("ahead of this machine"), "{told}");
}
