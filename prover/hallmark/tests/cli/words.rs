//! What the program says: in errors, and of one thing.

use crate::world::{World, text};

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
