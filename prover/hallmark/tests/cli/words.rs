//! What the program says: in errors, of one thing, and of what is next.

use crate::world::{World, fixture, text};

const ADDRESS: &str = "0x1111111111111111111111111111111111111111";

#[test]
fn errors_say_what_is_wrong_and_what_to_do() {
    let world = World::shared();
    world.fails("run m.hallmark --input -", 2, "-: Hallmark reads files, not standard input: save the data");
    world.fails(
        "prove m.hallmark --srs srs.bin --input x.npy -o -",
        2,
        "-: Hallmark writes files, not standard output",
    );
    // A node's address may end with a key.
    let away = world.say(&format!("offering show {ADDRESS} --rpc http://127.0.0.1:1/secret"));
    let message = text(&away.json["error"], "message");
    assert!(away.code == 3 && message.contains(" http://127.0.0.1:1: ") && message.contains("--rpc"), "{message}");
    assert!(!message.contains("secret"), "{message}");
}

#[test]
fn one_sample_is_told_as_one() {
    let output = World::shared().command("evaluate m.hallmark --inputs x.npy --expected y.npy");
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("1 sample\n"));
}

/// Each command's first suggestion, with what only a person knows filled in, is a command that succeeds.
#[test]
fn what_is_suggested_next_works() {
    let world = World::copy();
    let (model, samples) = (fixture("models/digits_mlp.onnx"), fixture("data/digits_calibration.npy"));
    let mut said = world.done(&format!("compile {model} --calibration {samples} -o n.hallmark"));
    let suggested = |json: &serde_json::Value, index: usize| {
        let next = json["next"][index].as_str().unwrap_or_else(|| panic!("no {index} in {json}"));
        next.strip_prefix("hallmark ").unwrap().replace("SRS", "srs.bin").replace("INPUT.npy", "x.npy")
    };
    for expected in ["commit n.hallmark", "export-key n.hallmark -o n.key", "setup n.hallmark"] {
        let next = suggested(&said, 0);
        assert!(next.starts_with(expected), "{next}");
        if expected.starts_with("export-key") {
            let proved = world.done(&suggested(&said, 1));
            world.done("export-key n.hallmark -o p.key");
            world.done(&suggested(&proved, 0).replace("KEY", "p.key"));
        }
        said = world.done(&next);
    }
    assert_eq!(suggested(&said, 0), "register n.hallmark --srs srs.bin --registry REGISTRY");
}
