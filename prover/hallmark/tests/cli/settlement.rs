//! Settlement keys at the command line: derived, kept, found stale or damaged, and never trusted by a verifier.

use std::fs;

use serde_json::Value;

use crate::world::{World, fixture, text};

const PROVE: &str = "prove m.hallmark --srs srs.bin --input x.npy -o new.proof";

/// The reason for which a proof's keys were made; nothing where they were found.
fn reason(json: &Value) -> Option<&str> {
    json["keys"]["made"]["reason"].as_str()
}

#[test]
fn setup_is_deterministic_and_takes_no_weights() {
    let world = World::copy();
    let kept = fs::read(world.path("m.settlement")).unwrap();
    let of_model = world.done("setup m.hallmark --srs srs.bin --blob m.blob");
    assert_eq!((of_model["keys"]["file"].as_str(), reason(&of_model)), (Some("m.settlement"), None));
    let of_key = world.done("setup m.key --srs srs.bin -o other.settlement --blob key.blob");
    assert_eq!(reason(&of_key), Some("there were none"));
    assert_eq!(fs::read(world.path("other.settlement")).unwrap(), kept, "prove made the same keys");
    let blob = fs::read(world.path("m.blob")).unwrap();
    assert_eq!(
        (blob.len() as u64, &blob),
        (of_model["settlement_key_bytes"].as_u64().unwrap(), &fs::read(world.path("key.blob")).unwrap())
    );
    world.done(&format!(
        "compile {} --calibration {} -o raw.hallmark",
        fixture("models/digits_mlp.onnx"),
        fixture("data/digits_calibration.npy")
    ));
    let of_raw = world.done("setup raw.hallmark --srs srs.bin -o other.settlement");
    assert!(of_raw["model_digest"].is_null());
    for json in [&of_key, &of_raw] {
        for field in ["settlement_architecture_digest", "architecture_digest", "setup_digest", "rows", "log_rows"] {
            assert_eq!(json[field], of_model[field], "{field}");
        }
    }
    assert_eq!(of_key["model_digest"], of_model["model_digest"]);
    assert_eq!(
        (text(&of_key, "model_digest"), text(&of_key, "weight_digest")),
        (world.digest.clone(), world.weights.clone())
    );
    world.fails("setup raw.hallmark --srs srs.bin --blob raw.blob", 1, "hallmark commit");
}

#[test]
fn keys_are_reused_and_made_again_where_they_are_of_no_use() {
    let world = World::copy();
    let kept = fs::read(world.path("m.settlement")).unwrap();
    assert_eq!(reason(&world.done(PROVE)), None);
    fs::remove_file(world.path("m.settlement")).unwrap();
    assert_eq!(reason(&world.done(PROVE)), Some("there were none"));
    let mut damaged = kept.clone();
    damaged[1000] ^= 1;
    fs::write(world.path("m.settlement"), damaged).unwrap();
    assert!(reason(&world.done(PROVE)).unwrap().contains("damaged"));
    assert_eq!(fs::read(world.path("m.settlement")).unwrap(), kept);
    let output = world.command(PROVE);
    assert!(!String::from_utf8(output.stdout).unwrap().contains("Made the settlement keys"));
}

#[test]
fn keys_under_another_setup_are_made_again() {
    let world = World::copy();
    world.done("srs new --insecure --log-size 13 -o other.bin");
    fs::copy(world.path("m.hallmark"), world.path("n.hallmark")).unwrap();
    world.done("commit n.hallmark --srs other.bin --force");
    let prove = "prove n.hallmark --srs other.bin --input x.npy -o n.proof --keys m.settlement";
    assert!(reason(&world.done(prove)).unwrap().contains("another structured reference string"));
    world.done("export-key n.hallmark -o n.key");
    world.fails("setup n.key --srs srs.bin", 1, "setup");
}

#[test]
fn a_file_that_is_something_else_is_left_alone() {
    let world = World::copy();
    for name in ["m.key", "x.npy", "m.hallmark"] {
        let bytes = fs::read(world.path(name)).unwrap();
        world.fails(&format!("{PROVE} --keys {name}"), 1, "move it away");
        world.fails(&format!("setup m.key --srs srs.bin -o {name}"), 1, "move it away");
        assert_eq!(fs::read(world.path(name)).unwrap(), bytes);
    }
    // Keys that can't be kept are no reason not to prove.
    let said = world.say(&format!("{PROVE} --keys absent/m.settlement"));
    assert!(said.code == 0 && said.stderr.contains("can't be kept"), "{}", said.stderr);
    world.fails("setup m.key --srs srs.bin -o absent/m.settlement", 3, "absent/m.settlement");
}

#[test]
fn a_verifier_reads_no_kept_keys_and_asks_for_the_model_digest() {
    let world = World::copy();
    fs::write(world.path("m.settlement"), b"nonsense").unwrap();
    for proof in ["p.proof", "o.proof"] {
        let verified = world.done(&world.verify(proof, "--input x.npy"));
        assert_eq!(
            (text(&verified, "model_digest"), text(&verified, "weight_digest")),
            (world.digest.clone(), world.weights.clone())
        );
        // The weight digest is not the model's name.
        let named = format!("verify {proof} --key m.key --srs srs.bin --digest {} --input x.npy", world.weights);
        world.refuses(&named, &world.digest);
        let both = world.verify(proof, &format!("--input x.npy --weight-digest {}", world.digest));
        world.refuses(&both, &world.weights);
    }
    let output = world.command(&world.verify("p.proof", "--input x.npy"));
    assert!(String::from_utf8(output.stdout).unwrap().contains("settlement proof"));
    // Off chain, the weight digest will do, and no circuit is derived.
    let verify = |proof: &str| {
        world.done(&format!("verify {proof} --key m.key --srs srs.bin --weight-digest {} --input x.npy", world.weights))
    };
    assert!(verify("o.proof")["model_digest"].is_null());
    assert_eq!(text(&verify("p.proof"), "model_digest"), world.digest);
    world.fails("verify p.proof --key m.key --srs srs.bin --input x.npy", 2, "--digest");
}

#[test]
fn the_size_of_the_setup_is_told_in_time() {
    let world = World::copy();
    // Rows that are shorter than the circuit.
    let compiled = world.done(&format!(
        "compile {} --calibration {} --row-bits 10 -o short.hallmark",
        fixture("models/digits_mlp.onnx"),
        fixture("data/digits_calibration.npy")
    ));
    let needed = format!("2^{}", compiled["srs_log_size"]);
    assert_eq!(compiled["srs_log_size"], compiled["settlement"]["log_rows"]);
    world.done("srs new --insecure --log-size 10 -o short.bin");
    let said = world.say("commit short.hallmark --srs short.bin");
    assert!(said.code == 0 && said.stderr.contains(&needed), "{}", said.stderr);
    world.fails("prove short.hallmark --srs short.bin --input x.npy -o q.proof", 1, &needed);
    world.fails("setup short.hallmark --srs short.bin", 1, &needed);
    world.done("prove short.hallmark --srs short.bin --input x.npy -o q.proof --off-chain");
    world.done("export-key short.hallmark -o short.key");
    let inspected = world.done("inspect short.key");
    for field in ["srs_log_size", "settlement"] {
        assert_eq!(inspected[field], compiled[field]);
    }
    let digest = text(&inspected, "weight_digest");
    world.done(&format!("verify q.proof --key short.key --srs short.bin --weight-digest {digest} --input x.npy"));
    let verify = format!("verify q.proof --key short.key --srs short.bin --digest {digest} --input x.npy");
    world.fails(&verify, 3, &needed);
}
