//! Commands that send nothing: what they say is what comes of it when it is sent.

use alloy::primitives::{Address, B256, Bytes, U256};
use hallmark_chain::node::{Account, Intent, contracts::market::InferenceMarket::nonceOfCall};
use serde_json::Value;

use crate::{
    program::{done, hallmark, say, text},
    world::{CUSTOMER, OPERATOR, RIVAL, World, at},
};

/// The words of a request, but for who sends it.
fn request(world: &World) -> String {
    let World { market, model, .. } = world;
    let (key, input) = (at(world.folder.path(), "m.key"), at(world.folder.path(), "x.npy"));
    done(CUSTOMER, &format!("export-key m.hallmark -o {key}"));
    let values = ndarray::ArrayD::from_shape_vec(vec![4], vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    hallmark_proving::npy::write_floats(&input, values.view()).unwrap();
    format!(
        "request {key} --market {market} --model-id {model} --input {input} --fee 1gwei --for-tests --rpc {}",
        world.anvil.url()
    )
}

/// What an account has: its ether, and how many transactions it has sent.
async fn standing(account: &Account) -> (U256, u64) {
    let address = account.address();
    (account.node.balance(address).await.unwrap(), account.node.nonce(address).await.unwrap())
}

fn wei(json: &Value, field: &str) -> u128 {
    text(json, field).parse().unwrap()
}

#[tokio::test]
async fn a_rehearsal_says_what_would_come_of_it_and_sends_nothing() {
    let world = World::new(&[]).await;
    let (request, before) = (request(&world), standing(&world.customer).await);
    let hidden = at(world.folder.path(), "hidden.bin");
    let rehearsed = done(CUSTOMER, &format!("{request} --hashed -o {hidden} --dry-run"));
    assert_eq!(standing(&world.customer).await, before);
    assert!(!std::path::Path::new(&hidden).exists(), "a rehearsal writes nothing");
    assert_eq!((&rehearsed["dry_run"], wei(&rehearsed, "value_wei")), (&true.into(), 1_000_000_000));
    assert!(wei(&rehearsed, "gas_cost_wei") >= u128::from(rehearsed["gas"].as_u64().unwrap()), "{rehearsed}");
    assert!(wei(&rehearsed, "gas_cost_at_most_wei") >= wei(&rehearsed, "gas_cost_wei"), "{rehearsed}");

    let sent = done(CUSTOMER, &format!("{request} --hashed -o {hidden}"));
    assert_eq!((text(&sent, "request"), &sent["deadline"]), (text(&rehearsed, "request"), &rehearsed["deadline"]));
    assert_eq!(sent["transactions"][0]["gas"], rehearsed["gas"]);
    assert!(sent.get("dry_run").is_none() && standing(&world.customer).await.1 == before.1 + 1);
}

#[tokio::test]
async fn calldata_is_for_whoever_sends_it_and_takes_no_key() {
    let world = World::new(&[]).await;
    let request = request(&world);
    let rival = world.anvil.account(RIVAL).await;
    let mut command = hallmark(RIVAL, &format!("{request} --calldata --from {} --json", rival.address()));
    let output = command.env_remove("HALLMARK_PRIVATE_KEY").output().unwrap();
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let transaction = &told["transactions"][0];
    let (to, data): (Address, Bytes) = (
        text(transaction, "to").parse().unwrap_or_else(|_| panic!("{told}")),
        text(transaction, "data").parse().unwrap(),
    );
    let intent = Intent { call: "the calldata", to: Some(to), value: U256::from(wei(transaction, "value_wei")), data };
    rival.send(&intent).await.unwrap();
    let id: B256 = text(&told, "request").parse().unwrap();
    assert_eq!(world.request_of(id).await.customer, rival.address());
    // Who sends is said by the key, and nothing else.
    let (code, json) = say(CUSTOMER, &format!("{request} --from {}", rival.address()));
    assert!(code == 2 && text(&json, "error").contains("--dry-run"), "{json}");
}

#[tokio::test]
async fn a_rehearsal_fails_where_sending_would() {
    let world = World::new(&[]).await;
    let claim = format!("claim --market {} --rpc {}", world.market, world.anvil.url());
    let [sent, rehearsed] = ["", "--dry-run"].map(|flag| say(OPERATOR, &format!("{claim} {flag}")));
    assert_eq!(sent, rehearsed);
    assert_eq!(rehearsed.0, 1);
    // An account that can't pay for the gas is told so before.
    let poor = Address::repeat_byte(0x31);
    let request = request(&world).replace("--fee 1gwei", "--fee 0wei");
    let output = hallmark(RIVAL, &format!("{request} --dry-run --from {poor}")).output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(stderr.contains("the account has 0 ether"), "{stderr}");
    assert!(
        stdout.starts_with("Nothing was sent.") && stdout.contains("would send") && stdout.contains("costs"),
        "{stdout}"
    );
}

/// Each transaction sees what those before it have done, and so does a question behind them.
#[tokio::test]
async fn transactions_are_simulated_one_after_another() {
    let world = World::new(&[]).await;
    let order = world.ask_for(&[1; 4], 3600).await;
    let call = hallmark_chain::node::contracts::market::InferenceMarket::requestHashedCall { order };
    let (customer, request) = (world.customer.address(), Intent::call(world.market, &call));
    let question = Intent::call(world.market, &nonceOfCall { customer });
    let calls = [(customer, &request), (customer, &request), (Address::ZERO, &question)];
    let told = world.customer.node.simulate(&calls).await.unwrap();
    assert_eq!(told[2].output.as_ref(), U256::from(2).to_be_bytes::<32>());
    assert_ne!(told[0].logs[0].topics()[1], told[1].logs[0].topics()[1], "two requests have two ids");
    assert_eq!(world.customer.node.view(world.market, &nonceOfCall { customer }).await.unwrap(), U256::ZERO);
}
