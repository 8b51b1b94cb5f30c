//! What need not be typed: variables, the file of settings, and setups by their digest.

use std::{
    fs,
    process::{Command, Output},
};

use crate::world::World;

const PROVE: &str = "prove m.hallmark --input x.npy --off-chain --force -o f.proof";

/// A command with variables of its own.
fn run(world: &World, arguments: &str, variables: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.current_dir(world.folder.path()).args(arguments.split_whitespace()).envs(variables.iter().copied());
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap() + &String::from_utf8(stderr).unwrap())
}

fn assert_says(world: &World, arguments: &str, variables: &[(&str, &str)], code: i32, words: &str) {
    let (found, told) = run(world, arguments, variables);
    assert!(found == Some(code) && told.contains(words), "{arguments}: {found:?} {told}");
}

#[test]
fn what_nobody_typed_is_in_a_variable_or_in_the_file() {
    let world = World::shared().copied(&["srs.bin", "m.hallmark", "x.npy"]);
    let says = |arguments: &str, variables: &[(&str, &str)], code, words| {
        assert_says(&world, arguments, variables, code, words);
    };
    says(PROVE, &[], 2, "--srs <SRS>");
    says(PROVE, &[("HALLMARK_SRS", "srs.bin")], 0, "Wrote f.proof");
    fs::write(world.path("hallmark.toml"), "srs = \"srs.bin\"\nrpc = \"http://127.0.0.1:1\"\n").unwrap();
    says(PROVE, &[], 0, "note: hallmark.toml sets --srs srs.bin\n");
    says(&format!("{PROVE} --quiet"), &[], 0, "note: hallmark.toml sets --srs srs.bin\n");
    says(&format!("{PROVE} --json"), &[], 0, "\"settings\":{\"srs\":\"srs.bin\"}");
    // A variable goes before the file, and a flag before both.
    says(PROVE, &[("HALLMARK_SRS", "absent.bin")], 3, "absent.bin");
    let typed = format!("{PROVE} --srs srs.bin");
    assert!(!run(&world, &typed, &[("HALLMARK_SRS", "absent.bin")]).1.contains("note:"));
    says(&typed, &[("HALLMARK_SRS", "absent.bin")], 0, "Wrote f.proof");
    let id = format!("0x{}", "11".repeat(32));
    let answer = format!("answer {id} --market 0x{}", "11".repeat(20));
    says(&answer, &[], 3, "http://127.0.0.1:1: ");
    says(&answer, &[("HALLMARK_RPC", "http://127.0.0.1:2")], 3, "http://127.0.0.1:2: ");
    // Another file, with paths of its own; and none.
    fs::create_dir(world.path("other")).unwrap();
    fs::write(world.path("other/h.toml"), "srs = \"away.bin\"\n").unwrap();
    says(PROVE, &[("HALLMARK_CONFIG", "other/h.toml")], 3, "other/away.bin");
    says(PROVE, &[("HALLMARK_CONFIG", "")], 2, "--srs <SRS>");
    says(PROVE, &[("HALLMARK_CONFIG", "absent.toml")], 3, "absent.toml");
}

#[test]
fn a_file_of_settings_that_is_wrong_is_refused() {
    let world = World::shared().copied(&["m.hallmark", "x.npy"]);
    fs::write(world.path("hallmark.toml"), "private-key = \"0x11\"\n").unwrap();
    assert_says(&world, PROVE, &[], 2, "hallmark.toml: \"private-key\" is a secret");
    assert_says(&world, "inspect m.hallmark --json", &[], 2, "\"kind\":\"usage\"");
    // It is in nobody's way who asks for help, or for what is wrong.
    assert_says(&world, "prove --help", &[], 0, "HALLMARK_SRS");
    assert_says(&world, "doctor", &[], 1, "FAIL  settings    hallmark.toml: ");
    fs::write(world.path("hallmark.toml"), "market = \"0x12\"\n").unwrap();
    let answer = format!("answer 0x{}", "11".repeat(32));
    assert_says(&world, &answer, &[], 2, "note: hallmark.toml sets --market 0x12\n");
    // What terminals obey is not repeated, nor what may be a key of a node's user.
    fs::write(world.path("hallmark.toml"), "rpc = \"http://127.0.0.1:1/key\"\nmarket = \"\\u202e\"\n").unwrap();
    assert_says(&world, &answer, &[], 2, "sets --rpc http://127.0.0.1:1, --market \\u{202e}\n");
}

#[test]
fn the_help_names_the_variables() {
    let world = World::shared();
    for (arguments, words) in [
        ("--help", "hallmark.toml"),
        ("buy --help", "[env: HALLMARK_KEYSTORE]"),
        ("buy --help", "[env: HALLMARK_MAX_FEE]"),
        ("commit --help", "[env: HALLMARK_SRS]"),
        ("models --help", "HALLMARK_REGISTRY"),
    ] {
        assert_says(world, arguments, &[], 0, words);
    }
    // A setup that is not needed is none that a variable names.
    assert!(!run(world, "answer --help", &[]).1.contains("HALLMARK_SRS]"));
}

#[test]
fn a_setup_is_named_by_its_digest() {
    let world = World::shared().copied(&["srs.bin", "m.hallmark", "x.npy"]);
    let folder = world.path("kept");
    let variables = [("HALLMARK_SRS_DIR", folder.to_str().unwrap())];
    let (code, told) = run(&world, "srs new --insecure --log-size 4 --json", &variables);
    assert_eq!(code, Some(0), "{told}");
    let said: serde_json::Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    let [other, key] = [&said["setup_digest"], &world.done("inspect m.hallmark")["setup_digest"]]
        .map(|digest| digest.as_str().unwrap().to_owned());
    assert!(folder.join(&other).with_extension("bin").is_file());
    let prove = format!("{PROVE} --srs {key}");
    assert_says(&world, &prove, &variables, 2, "`hallmark srs import` without -o puts a setup there");
    // The name of a file is no proof of what is in it.
    let kept = folder.join(&key).with_extension("bin");
    fs::copy(folder.join(&other).with_extension("bin"), &kept).unwrap();
    assert_says(&world, &prove, &variables, 2, &format!("has the setup {other}"));
    fs::copy(world.path("srs.bin"), &kept).unwrap();
    assert_says(&world, &prove, &variables, 0, "Wrote f.proof");
    fs::write(folder.join("x.bin"), "x").unwrap();
    let (_, list) = run(&world, "srs list", &variables);
    for part in ["3 setups in", key.as_str(), other.as_str(), "x.bin  of no use: "] {
        assert!(list.contains(part), "{part}: {list}");
    }
}
