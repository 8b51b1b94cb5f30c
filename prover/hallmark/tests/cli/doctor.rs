//! The doctor, without a node.

use std::process::Command;

use serde_json::Value;

use crate::world::World;

/// A key that everybody knows.
const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// The doctor's status and findings.
fn found(arguments: &str, key: Option<&str>) -> (Option<i32>, Vec<Value>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.current_dir(World::shared().folder.path()).args(["doctor", "--json"]).args(arguments.split_whitespace());
    command.env_remove("HALLMARK_PRIVATE_KEY").env_remove("HALLMARK_RPC");
    let output = command.envs(key.map(|key| ("HALLMARK_PRIVATE_KEY", key))).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(!told.contains(&KEY[..16]));
    let json: Value = serde_json::from_str(&told).unwrap();
    (output.status.code(), json["findings"].as_array().unwrap().clone())
}

fn finding<'f>(findings: &'f [Value], name: &str) -> (&'f str, &'f str) {
    let found = findings.iter().find(|finding| finding["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    (found["verdict"].as_str().unwrap(), found["text"].as_str().unwrap())
}

#[test]
fn the_doctor_tells_what_commands_would_find() {
    let (code, findings) = found("", None);
    // A node may be there.
    assert!(code == Some(0) && finding(&findings, "node").0 != "FAIL", "{findings:?}");
    for name in ["program", "processor", "memory", "settings", "setups"] {
        finding(&findings, name);
    }
    assert_eq!(finding(&findings, "key").0, "look");
    let (code, findings) = found("--srs srs.bin", Some(KEY));
    assert_eq!(code, Some(0), "{findings:?}");
    assert!(finding(&findings, "key").1.starts_with("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"), "{findings:?}");
    assert!(matches!(finding(&findings, "setup"), ("look", text) if text.contains("for tests")), "{findings:?}");
    assert!(finding(&findings, "settings").1.contains("HALLMARK_PRIVATE_KEY"), "{findings:?}");
}

/// What a command would fail at, each by itself.
#[test]
fn the_doctor_fails_at_what_commands_would_fail_at() {
    for (arguments, key, name, words) in [
        ("--rpc http://127.0.0.1:1/secret", None, "node", "http://127.0.0.1:1: "),
        ("--rpc nowhere", None, "node", "not the address of a node"),
        ("--srs absent.bin", None, "setup", "absent.bin"),
        ("--srs x.npy", None, "setup", "x.npy"),
        ("--keystore absent.json", None, "key", "absent.json"),
        ("--keystore x.npy --password-file x.npy", None, "key", "no keystore"),
        ("", Some("12"), "key", "64 hexadecimal digits"),
    ] {
        let (code, findings) = found(arguments, key);
        let (verdict, text) = finding(&findings, name);
        assert!(code == Some(1) && verdict == "FAIL" && text.contains(words), "{arguments}: {findings:?}");
        assert!(!text.contains("secret"), "{text}");
        let failed = findings.iter().filter(|finding| finding["verdict"] == "FAIL").count();
        assert_eq!(failed, 1, "{arguments}: {findings:?}");
    }
}
