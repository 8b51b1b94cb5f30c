//! `hallmark demo --full`: the whole story, through the program.

use std::{collections::BTreeMap, fs, process::Command};

use serde_json::{Value, json};

use crate::world::text;

const ETHER: i128 = 1_000_000_000_000_000_000;
/// What the five accounts have at first.
const BEFORE: i128 = 10_000 * ETHER;

/// The story as JSON, told where the environment is all wrong: it does not count.
fn story(arguments: &str) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.current_dir(folder.path()).args(["demo", "--full", "--json"]).args(arguments.split_whitespace());
    for (name, value) in [
        ("HALLMARK_RPC", "http://203.0.113.1:1"),
        ("HALLMARK_CHAIN", "1"),
        ("HALLMARK_REGISTRY", "nowhere"),
        ("HALLMARK_MARKET", "nowhere"),
        ("HALLMARK_PRIVATE_KEY", "none"),
    ] {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "files are left behind");
    let json = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    (output.status.code().unwrap(), json)
}

fn steps(json: &Value) -> &Vec<Value> {
    json["steps"].as_array().unwrap()
}

/// The answer of the first step whose command holds these words.
fn step<'j>(json: &'j Value, command: &str) -> &'j Value {
    let found = steps(json).iter().find(|step| step["command"].as_str().is_some_and(|line| line.contains(command)));
    &found.unwrap_or_else(|| panic!("no {command}"))["outcome"]
}

fn wei(value: &Value) -> i128 {
    value.as_str().unwrap().parse().unwrap()
}

/// What each account paid for gas, by its address.
fn fees(json: &Value) -> BTreeMap<String, i128> {
    let mut fees = BTreeMap::new();
    for transaction in steps(json).iter().filter_map(|step| step["transactions"].as_array()).flatten() {
        assert_eq!(transaction["succeeded"], true, "{transaction}");
        *fees.entry(text(transaction, "from")).or_default() += wei(&transaction["fee_wei"]);
    }
    fees
}

fn assert_story(json: &Value) {
    assert!(steps(json).iter().all(|step| step["as_expected"] == true), "{json:#}");
    let answer = step(json, "hallmark answer");
    assert_eq!((&answer["argmax"], &answer["proof"]), (&json["label"], &Value::from("holds")));
    let tranches = step(json, "hallmark release")["tranches"].as_array().unwrap();
    assert_eq!(tranches.iter().map(|tranche| text(tranche, "state")).collect::<Vec<_>>(), ["released", "waits"]);
    assert_eq!(step(json, "$ALICE hallmark buy")["tokens"], "600");
    assert_eq!(step(json, "$BOB hallmark buy")["excess_wei"], ETHER.to_string());
    for buyer in ["$ALICE hallmark claim", "$BOB hallmark claim"] {
        assert_eq!(step(json, buyer)["tokens"], "500");
    }
    let snapshot = step(json, "--snapshot");
    assert_eq!((wei(&snapshot["revenue_wei"]), &snapshot["claimed"]), (ETHER / 20, &Value::Bool(false)));
    for holder in ["$ALICE", "$BOB"] {
        let claimed = step(json, &format!("{holder} hallmark revenue --token $TOKEN --claim"));
        assert_eq!((&claimed["claimed"], wei(&claimed["revenue_wei"])), (&Value::Bool(true), ETHER / 20));
    }
    let audit = &json["audit"];
    assert_eq!((&audit["failed"], &audit["not_checked"]), (&Value::from(0), &Value::from(0)), "{audit:#}");
    assert!(audit["passed"].as_u64().unwrap() >= 24 && audit["settlements"].as_array().unwrap().len() == 1);
    assert_batch(json);
    let refused: Vec<_> = steps(json).iter().filter_map(|step| step["error"].as_str()).collect();
    let lies = ["ProofRejected", "ProofRejected", "InputMismatch", "ProofRejected", "PointInvalid", "ScalarNotReduced"];
    let after = ["NothingToWithdraw", "ProofRejected", "NotOpen", "NotOpen"];
    assert_eq!(refused, [&["NothingToClaim"], lies.as_slice(), &after].concat());
}

/// Three customers have their answers by one transaction, with one proof.
fn assert_batch(json: &Value) {
    let answers = ["$FIRST", "$OTHER", "$THIRD"].map(|id| step(json, &format!("hallmark answer {id}")));
    for answer in answers {
        assert_eq!((&answer["batch"], &answer["proof"]), (&json!({ "answers": 3, "size": 4 }), &json!("holds")));
        assert_eq!(answer["transaction"], answers[0]["transaction"]);
    }
    let argmaxes = answers.map(|answer| &answer["argmax"]);
    assert!(argmaxes[0] == &json["label"] && argmaxes[2] == argmaxes[0] && argmaxes[1] != argmaxes[0], "{argmaxes:?}");
    let serve = |step: &&Value| step["command"].as_str().is_some_and(|line| line.contains("--batch-wait"));
    let step = steps(json).iter().find(serve).unwrap();
    assert_eq!(step["transactions"].as_array().unwrap().len(), 1, "{step:#}");
}

/// No wei comes from nowhere, and none is lost but for gas.
fn assert_balances(json: &Value) {
    let (fees, mut sum) = (fees(json), 0);
    let expected = BTreeMap::from([
        ("OPERATOR", 4 * ETHER),
        ("ALICE", -5 * ETHER + ETHER / 20 - ETHER / 10),
        ("BOB", -5 * ETHER + ETHER / 20 - ETHER / 10),
        ("CUSTOMER", -4 * ETHER / 10 - ETHER / 10),
        ("SERVICE", 3 * ETHER / 10),
        ("OFFERING", 6 * ETHER),
        // The fees of the batch, which nobody has claimed yet.
        ("MARKET", 3 * ETHER / 10),
        ("TOKEN", 0),
    ]);
    let accounts = json["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), expected.len());
    for account in accounts {
        let paid = fees.get(&text(account, "address")).copied().unwrap_or_default();
        let change = wei(&account["wei"]) - wei(&account["wei_before"]);
        assert_eq!(change + paid, expected[text(account, "name").as_str()], "{account}");
        sum += wei(&account["wei"]);
    }
    assert_eq!(fees.len(), 5, "all five have sent something: {fees:?}");
    assert_eq!(sum + fees.values().sum::<i128>(), 5 * BEFORE);
}

#[test]
fn the_whole_story_is_told_and_adds_up() {
    let (code, json) = story("--image 3");
    assert_eq!(code, 0, "{json:#}");
    assert_story(&json);
    assert_balances(&json);
    assert_eq!((&json["image"], &json["insecure_setup"]), (&Value::from(3), &Value::Bool(true)));
    // Keys are named, not told.
    assert!(!json.to_string().contains("ac0974bec39a17e3"));
    let serve = steps(&json).iter().find(|step| step["command"].as_str().is_some_and(|line| line.contains("serve")));
    let gas = serve.unwrap()["gas"].as_u64().unwrap();
    assert!((400_000..700_000).contains(&gas), "{gas}");
}

#[test]
fn the_whole_story_is_told_of_another_model_for_people() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    let output = command.args(["demo", "--full", "--model", "cnn", "--image", "7"]).output().unwrap();
    let story = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{story}");
    for part in [
        "$ hallmark compile digits.onnx",
        "$ HALLMARK_PRIVATE_KEY=$ALICE hallmark buy --yes --offering $OFFERING",
        "INFO proved request=0x",
        "INFO settled request=0x",
        "REFUSED  ProofRejected",
        "lines pass, 1 has to be weighed, 0 fail, 0 were not checked",
    ] {
        assert!(story.contains(part), "{part}: {story}");
    }
    assert!(!story.contains("FAILED"));
}
