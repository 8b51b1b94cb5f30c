//! Exit statuses: no, wrong usage, an open question and an answer that can't be written are told apart, by every command.

use std::{
    fs::{File, OpenOptions},
    process::{Command, Output, Stdio},
};

use serde_json::Value;

use crate::world::{World, fixture, text};

const ID: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";
const ADDRESS: &str = "0x1111111111111111111111111111111111111111";
/// A port that nothing listens at.
const NOWHERE: &str = "--rpc http://127.0.0.1:1";
/// The same of a database.
const NO_QUEUE: &str = "postgres://127.0.0.1:1/none";

/// The program, with a key that everybody knows, so that commands which pay get as far as the node.
fn hallmark(world: &World, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hallmark"));
    command.env("HALLMARK_PRIVATE_KEY", "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
    command.current_dir(world.folder.path()).args(arguments.split_whitespace());
    command
}

/// What every command says where a file is missing or a node is away: the kind of the error.
fn open_questions() -> Vec<(String, &'static str)> {
    let sender = format!("--market {ADDRESS} {NOWHERE}");
    let buyer = format!("--offering {ADDRESS} {NOWHERE}");
    let terms = "--name A --symbol A --for-sale 1 --price 1wei --minimum 1wei --closes-in 1d --holders-bps 1";
    [
        ("srs import absent.ptau -o new.bin".into(), "missing"),
        ("compile absent.onnx --calibration x.npy -o new.hallmark".into(), "missing"),
        ("commit absent.hallmark --srs srs.bin".into(), "missing"),
        ("export-key absent.hallmark -o new.key".into(), "missing"),
        ("setup absent.hallmark --srs srs.bin".into(), "missing"),
        ("inspect absent.hallmark".into(), "missing"),
        ("digest absent.hallmark --input x.npy".into(), "missing"),
        ("run m.hallmark --input absent.npy".into(), "missing"),
        ("evaluate m.hallmark --inputs absent.npy --labels absent.npy".into(), "missing"),
        ("prove m.hallmark --srs absent.bin --input x.npy -o new.proof".into(), "missing"),
        ("dataset commit --inputs absent.npy --labels x.npy --srs srs.bin -o new.dataset".into(), "missing"),
        ("score m.hallmark --dataset absent.dataset --metric mae --srs srs.bin -o new.score".into(), "missing"),
        (
            format!(
                "verify-score absent.score --key m.key --set absent.set --srs srs.bin --digest {ID} --set-digest {ID}"
            ),
            "missing",
        ),
        (format!("verify p.proof --key absent.key --srs srs.bin --digest {ID} --input x.npy"), "missing"),
        (format!("deploy --srs srs.bin --for-tests {NOWHERE}"), "node"),
        (format!("register m.key --srs srs.bin --registry {ADDRESS} {NOWHERE}"), "node"),
        (format!("offer --model-id {ID} {terms} --tranche 10000:1wei:1d {sender}"), "node"),
        (format!("release {buyer}"), "node"),
        (format!("serve absent.hallmark --model-id {ID} --srs srs.bin --journal j {sender}"), "missing"),
        (format!("work absent.hallmark --model-id {ID} --srs srs.bin --queue {NO_QUEUE}"), "missing"),
        (format!("work m.hallmark --model-id {ID} --srs srs.bin --queue {NO_QUEUE}"), "queue"),
        (format!("queue --queue {NO_QUEUE}"), "queue"),
        (format!("buy --pay 1wei --digest {ID} {buyer}"), "node"),
        (format!("claim {sender}"), "node"),
        (format!("request m.key --model-id {ID} --digest {ID} --input x.npy --fee 1wei {sender}"), "node"),
        (format!("request show {ID} {sender}"), "node"),
        (format!("offering show {ADDRESS} {NOWHERE}"), "node"),
        (format!("models --registry {ADDRESS} {NOWHERE}"), "node"),
        (format!("mint {ID} --name A --symbol A {sender}"), "node"),
        (format!("answer {ID} {sender}"), "node"),
        (format!("refund --request {ID} {sender}"), "node"),
        (format!("revenue --token {ADDRESS} {NOWHERE}"), "node"),
        (format!("audit {ID} --registry {ADDRESS} {NOWHERE}"), "node"),
        ("bench --compare absent.json absent.json".into(), "missing"),
    ]
    .into()
}

fn error(output: &Output) -> Value {
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    json["error"].clone()
}

#[test]
fn an_open_question_is_no_answer() {
    let world = World::shared();
    let mut seen = ["demo", "operators", "doctor", "completions", "man"].map(String::from).to_vec();
    for (arguments, kind) in open_questions() {
        let output = hallmark(world, &arguments).arg("--json").output().unwrap();
        let error = error(&output);
        assert_eq!((output.status.code(), text(&error, "kind").as_str()), (Some(3), kind), "{arguments}: {error}");
        assert!(!text(&error, "message").is_empty(), "{arguments}");
        let output = hallmark(world, &arguments).output().unwrap();
        assert!(output.status.code() == Some(3) && output.stdout.is_empty(), "{arguments}");
        seen.push(arguments.split(' ').next().unwrap().into());
    }
    // Every command has a line above.
    let help = String::from_utf8(hallmark(world, "--help").output().unwrap().stdout).unwrap();
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let commands =
        listed.lines().take_while(|line| !line.is_empty()).map(|line| line.split_whitespace().next().unwrap());
    for command in commands.filter(|command| *command != "help") {
        assert!(seen.iter().any(|name| name == command), "{command}");
    }
}

#[test]
fn a_false_proof_is_told_from_one_that_could_not_be_checked() {
    let world = World::shared();
    world.refuses(&world.verify("p.proof", &format!("--input x.npy --context {ID}")), "context");
    for (arguments, kind) in [
        (world.verify("absent.proof", "--input x.npy"), "missing"),
        (world.verify("m.key", "--input x.npy"), "damaged"),
        (world.verify("p.proof", "--input absent.npy"), "missing"),
        (world.verify("p.proof", "--input p.proof"), "damaged"),
        (world.verify("p.proof", "--input x.npy --output absent.npy"), "missing"),
        (world.verify("p.proof", "--input x.npy --save-output absent/y.npy"), "missing"),
    ] {
        let said = world.say(&arguments);
        assert_eq!((said.code, text(&said.json["error"], "kind").as_str()), (3, kind), "{arguments}: {}", said.json);
        assert!(said.json.get("valid").is_none(), "{arguments}");
    }
    // An input of another shape says nothing of the proof.
    world.write("shape.npy", ndarray::ArrayD::zeros(vec![1, 3]).view());
    world.fails(&world.verify("p.proof", "--input shape.npy"), 3, "[1, 3]");
}

/// Commands that write an answer, each with what it needs.
fn answers(world: &World) -> Vec<String> {
    [
        "srs new --insecure --log-size 4 -o full.bin --force".into(),
        format!(
            "compile {} --calibration {} -o full.hallmark --force",
            fixture("models/digits_mlp.onnx"),
            fixture("data/digits_calibration.npy")
        ),
        "commit full.hallmark --srs srs.bin --force".into(),
        "export-key m.hallmark -o full.key".into(),
        "setup m.hallmark --srs srs.bin".into(),
        "inspect m.key".into(),
        "digest m.key --input x.npy".into(),
        "run m.hallmark --input x.npy".into(),
        "prove m.hallmark --srs srs.bin --input x.npy -o full.proof --off-chain".into(),
        world.verify("o.proof", "--input x.npy"),
        "demo".into(),
        "completions bash".into(),
        "man prove".into(),
        "--help".into(),
        "prove --help".into(),
        "--version".into(),
    ]
    .into()
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_can_t_be_written_is_not_given() {
    let world = World::copy();
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in answers(&world) {
        for json in [false, true] {
            let arguments = if json { format!("{arguments} --json") } else { arguments.clone() };
            let output = hallmark(&world, &arguments).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
            let output = output.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(4), "{arguments}");
            if !arguments.contains("help") && !arguments.contains("version") {
                assert!(String::from_utf8(output.stderr).unwrap().contains("can't be written"), "{arguments}");
            }
        }
    }
    // What fails or is refused does so all the same, and says why.
    for (arguments, status, reason) in [
        ("inspect absent.key --json".to_owned(), 3, "absent.key"),
        (format!("{} --context {ID}", world.verify("p.proof", "--input x.npy --json")), 1, "can't be written"),
    ] {
        let output = hallmark(&world, &arguments).stdout(full()).stderr(Stdio::piped()).spawn().unwrap();
        let output = output.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{arguments}");
        assert!(String::from_utf8(output.stderr).unwrap().contains(reason), "{arguments}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_that_nobody_reads_is_not_written_to() {
    let world = World::shared();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output =
        hallmark(world, "inspect m.key --json").stdout(writer).stderr(File::create("/dev/null").unwrap()).status();
    assert_eq!(output.unwrap().code(), Some(4));
}

#[test]
fn the_statuses_are_documented() {
    let help = String::from_utf8(hallmark(World::shared(), "--help").output().unwrap().stdout).unwrap();
    let readme = std::fs::read_to_string(fixture("../README.md")).unwrap();
    for text in [help, readme] {
        let text = text.replace(['|', ' '], "");
        for part in
            ["0the command did", "1the answer is no:", "2the arguments", "3the command could", "4the command did"]
        {
            assert!(text.contains(&part.replace(' ', "")), "{part}");
        }
    }
}
