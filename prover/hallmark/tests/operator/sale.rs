//! A model's sale from the beginning to the end, by the commands alone.

use serde_json::{Value, json};

use crate::{
    anvil::Anvil,
    program::{done, say, text},
    world::{DEPLOYER, FILES, OPERATOR, RIVAL, until},
};

/// Who buys tokens.
const BUYERS: [usize; 2] = [3, 4];
const CUSTOMER: usize = 1;

const ETHER: u128 = 1_000_000_000_000_000_000;
/// Nobody, who says nothing: such a milestone is never reached.
const NO_MILESTONE: &str = "0x4242424242424242424242424242424242424242";

/// How far the tranches are.
fn stands(told: &Value) -> Vec<String> {
    told["tranches"].as_array().unwrap().iter().map(|tranche| text(tranche, "state")).collect()
}

#[tokio::test]
async fn a_model_is_sold_and_its_buyers_share_its_fees() {
    let anvil = Anvil::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let rpc = format!("--rpc {}", anvil.url());
    done(DEPLOYER, &format!("export-key m.hallmark -o {}/m.key", folder.path().display()));
    let key = folder.path().join("m.key").display().to_string();
    let input = folder.path().join("x.npy");
    let values = ndarray::ArrayD::from_shape_vec(vec![4], vec![1.0f32, 2.0, 3.0, 4.0]).unwrap();
    hallmark_proving::npy::write_floats(&input, values.view()).unwrap();

    let (code, json) = say(DEPLOYER, &format!("deploy --srs srs.bin {rpc}"));
    assert!(code == 2 && text(&json, "error").contains("--for-tests"), "{json}");
    let deployed = done(DEPLOYER, &format!("deploy --srs srs.bin --for-tests {rpc}"));
    let (registry, market) = (text(&deployed, "registry"), text(&deployed, "market"));
    let register = format!("register m.hallmark --srs srs.bin --registry {registry} --uri ipfs://m {rpc}");
    let registered = done(DEPLOYER, &register);
    let (model, digest) = (text(&registered, "model"), text(&registered, "model_digest"));
    // A second time costs nothing.
    let again = done(DEPLOYER, &register);
    assert_eq!((&again["was_registered"], &again["transactions"]), (&true.into(), &serde_json::json!([])), "{again}");
    assert_eq!((&again["model"], &again["key"]), (&registered["model"], &registered["key"]));
    let offered = done(
        DEPLOYER,
        &format!(
            "offer --market {market} --model-id {model} --name Digits --symbol DGT --for-sale 1000 --price 0.01ether \
             --minimum 1ether --closes-in 1h --holders-bps 2500 --tranche 6000:0.1ether:365d --tranche 4000:1wei:30d:{NO_MILESTONE} {rpc}"
        ),
    );
    let (offering, token, terms) = (text(&offered, "offering"), text(&offered, "token"), text(&offered, "terms"));
    let release = |flags: &str| format!("release --offering {offering} {flags} {rpc}");
    let early = done(RIVAL, &release(""));
    assert_eq!((&early["paid"], stands(&early)), (&json!(0), vec!["waits".to_owned(); 2]));

    let buy = |pay: &str, digest: &str| {
        format!("buy --yes --offering {offering} --pay {pay} --digest {digest} --for-tests {rpc}")
    };
    let other = format!("0x{}", "22".repeat(32));
    let (code, json) = say(BUYERS[0], &buy("1ether", &other));
    assert!(code == 1 && text(&json, "error").contains(&digest), "{json}");
    let (code, json) = say(BUYERS[0], &buy("1ether", &digest).replace(" --for-tests", ""));
    assert!(code == 2 && text(&json, "error").contains("--for-tests"), "{json}");
    let (code, json) = say(BUYERS[0], &buy("1ether", &digest).replace(&rpc, &format!("--terms {other} {rpc}")));
    assert!(code == 1 && text(&json, "error").contains(&terms), "{json}");
    // Twice the cap is paid, in three parts of four and one.
    let bought = done(BUYERS[0], &buy("15ether", &digest).replace(&rpc, &format!("--terms {terms} {rpc}")));
    assert_eq!(text(&bought, "terms"), terms);
    assert_eq!(text(&done(BUYERS[1], &buy("5ether", &digest)), "tokens"), "250");
    anvil.ask("evm_increaseTime", json!([4000])).await;
    anvil.ask("anvil_mine", json!([])).await;
    for (buyer, tokens, excess) in [(0, "750", "7500"), (1, "250", "2500")] {
        let claimed = done(BUYERS[buyer], &format!("claim --offering {offering} {rpc}"));
        assert_eq!(text(&claimed, "tokens"), tokens);
        assert_eq!(text(&claimed, "excess_wei"), format!("{excess}000000000000000"));
        assert_eq!(text(&claimed, "repaid_wei"), text(&claimed, "excess_wei"));
    }

    let order = format!(
        "request {key} --market {market} --model-id {model} --digest {digest} --fee 0.4ether --for-tests {rpc}"
    );
    let requested = done(CUSTOMER, &format!("{order} --within 1h --input {}", input.display()));
    let hopeless = done(CUSTOMER, &format!("{order} --within 1m --input {}", input.display()));
    anvil.ask("evm_increaseTime", json!([120])).await;
    anvil.ask("anvil_mine", json!([])).await;
    let serve = format!(
        "serve m.hallmark --model-id {model} --srs srs.bin --market {market} --journal {}/j --from-block 0 --poll 50 {rpc}",
        folder.path().display()
    );
    let mut service = crate::program::hallmark(OPERATOR, &serve).stderr(std::process::Stdio::null()).spawn().unwrap();
    let operator = anvil.account(OPERATOR).await;
    let market_address = market.parse().unwrap();
    let call = hallmark_chain::node::contracts::market::InferenceMarket::requestOfCall {
        requestId: text(&requested, "request").parse().unwrap(),
    };
    until("the answer", async || operator.node.view(market_address, &call).await.unwrap().state == 2).await;
    service.kill().unwrap();
    service.wait().unwrap();
    let earned = done(OPERATOR, &format!("claim --market {market} {rpc}"));
    assert_eq!(text(&earned, "paid_wei"), "300000000000000000");

    let refund = format!("refund --market {market} --request {} {rpc}", text(&hopeless, "request"));
    assert_eq!(text(&done(RIVAL, &refund), "amount_wei"), "400000000000000000");
    assert_eq!(text(&done(CUSTOMER, &format!("claim --market {market} {rpc}")), "paid_wei"), "400000000000000000");
    let (code, json) = say(RIVAL, &refund);
    assert!(code == 1 && text(&json, "error").contains("NotOpen"), "{json}");

    // Of ten ether six are the team's by now. What waits for a milestone says so.
    let team = anvil.account(DEPLOYER).await.address();
    let before = operator.node.balance(team).await.unwrap();
    let released = done(RIVAL, &release(""));
    assert_eq!((&released["paid"], stands(&released)), (&json!(1), vec!["released".to_owned(), "waits".to_owned()]));
    assert_eq!(operator.node.balance(team).await.unwrap() - before, alloy::primitives::U256::from(6 * ETHER));
    assert!(text(&released["tranches"][1], "waits_for").contains(NO_MILESTONE), "{released}");
    for (tranche, expected) in [(0, 1), (1, 1), (2, 2)] {
        assert_eq!(say(RIVAL, &release(&format!("--tranche {tranche}"))).0, expected, "{tranche}");
    }
    assert_eq!(done(RIVAL, &release(""))["paid"], 0);

    let revenue = |flags: &str| format!("revenue --token {token} {flags} {rpc}");
    let told = |account: usize, flags: &str| {
        let output = crate::program::hallmark(account, &revenue(flags)).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(told(BUYERS[1], "").contains("There is no snapshot yet"), "{}", told(BUYERS[1], ""));
    let (code, json) = say(BUYERS[1], &revenue("--snapshot"));
    assert!(code == 1 && text(&json, "error").contains("SnapshotTooEarly"), "{json}");
    anvil.ask("evm_increaseTime", json!([7 * 86_400])).await;
    anvil.ask("anvil_mine", json!([])).await;
    done(BUYERS[1], &revenue("--snapshot"));
    // The buyers have had their parts all the time, or the offering for them.
    for (buyer, share) in [(0, "75000000000000000"), (1, "25000000000000000")] {
        let claimed = done(BUYERS[buyer], &revenue("--claim"));
        assert_eq!((text(&claimed, "revenue_wei"), claimed["claimed"].as_bool()), (share.to_owned(), Some(true)));
        assert_eq!(text(&done(BUYERS[buyer], &revenue("")), "revenue_wei"), "0");
        assert!(told(BUYERS[buyer], "").contains("has nothing to claim"), "{}", told(BUYERS[buyer], ""));
    }
    // What was not reached in time goes back to the buyers.
    anvil.ask("evm_increaseTime", json!([31 * 86_400])).await;
    anvil.ask("anvil_mine", json!([])).await;
    let snapshot = told(BUYERS[1], "--snapshot");
    assert!(snapshot.contains("Took snapshot 2. No fees have come in"), "{snapshot}");
    assert_eq!(stands(&done(RIVAL, &release(""))), ["released", "missed"]);
    let forfeited = done(RIVAL, &release("--forfeit --tranche 1"));
    assert_eq!(
        (&forfeited["paid"], stands(&forfeited)),
        (&json!(1), vec!["released".to_owned(), "forfeited".to_owned()])
    );
    let refund = format!("refund --offering {offering} {rpc}");
    for (buyer, ether) in [(0, 3), (1, 1)] {
        assert_eq!(text(&done(BUYERS[buyer], &refund), "amount_wei"), (ether * ETHER).to_string());
    }
    let (code, json) = say(BUYERS[0], &refund);
    assert!(code == 1 && text(&json, "error").contains("NothingToRefund"), "{json}");
    assert!(FILES.path("m.settlement").exists());
}
