//! Stacks of samples: proved at once, and verified as so many answers.

use std::{fs, sync::OnceLock};

use hallmark_circuits::{
    codec::Receipt,
    key::VerifyingKey,
    model::{Batch, MIN_ROW_BITS},
    verifier::statement::Statement,
};
use hallmark_proving::artifact::{read_key, read_receipt, read_receipt_head, write_key, write_receipt};
use hallmark_proving::npy::read_floats;
use ndarray::{ArrayD, Axis, Slice};
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{World, fixture, text};

/// A folder with a model that is offered in batches of 2 and 4, a stack of three samples and both kinds of proof of it.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut world = World { folder: TempDir::new().unwrap(), digest: String::new(), weights: String::new() };
        world.done("srs new --insecure --log-size 14 -o srs.bin");
        let (model, data) = (fixture("models/digits_mlp.onnx"), fixture("data/digits_calibration.npy"));
        world.done(&format!("compile {model} --calibration {data} -o m.hallmark"));
        let committed = world.done("commit m.hallmark --srs srs.bin --batches 4,2");
        assert_eq!(committed["batches"], serde_json::json!([2, 4]));
        (world.digest, world.weights) = (text(&committed, "model_digest"), text(&committed, "weight_digest"));
        world.done("export-key m.hallmark -o m.key");
        let samples = read_floats(data.as_ref(), 1 << 24).unwrap();
        world.write("stack.npy", samples.slice_axis(Axis(0), Slice::from(0..3)));
        world.write("pair.npy", samples.slice_axis(Axis(0), Slice::from(0..2)));
        world.write("five.npy", samples.slice_axis(Axis(0), Slice::from(0..5)));
        let proved =
            world.done("prove m.hallmark --srs srs.bin --inputs stack.npy -o o.proof --off-chain --save-output y.npy");
        assert_eq!((proved["batch"].as_u64(), proved["samples"].as_u64()), (Some(4), Some(3)));
        world.done("prove m.hallmark --srs srs.bin --inputs stack.npy -o p.proof");
        world
    })
}

fn rows(json: &Value) -> Vec<Vec<f64>> {
    let row = |row: &Value| row.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
    json["outputs"].as_array().unwrap().iter().map(row).collect()
}

fn sample(stack: &ArrayD<f32>, index: usize) -> ArrayD<f32> {
    stack.index_axis(Axis(0), index).to_owned()
}

#[test]
fn a_stack_has_the_answers_of_its_samples() {
    let world = world();
    let run = world.done("run m.hallmark --inputs stack.npy --save-output run.npy");
    let answers = rows(&run);
    assert_eq!(answers.len(), 3);
    let stack = world.array("stack.npy");
    for (index, expected) in answers.iter().enumerate() {
        let name = format!("sample{index}.npy");
        world.write(&name, sample(&stack, index).view());
        let one = world.done(&format!("run m.hallmark --input {name}"));
        let output: Vec<f64> = one["output"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
        assert_eq!(output, *expected);
        assert_eq!(one["argmax"], run["argmaxes"][index]);
    }
    assert_eq!(world.array("run.npy"), world.array("y.npy"));
    assert_eq!(world.array("run.npy").shape()[0], 3);
}

#[test]
fn both_kinds_of_proof_of_a_stack_verify() {
    let world = world();
    for (proof, kind) in [("o.proof", "off-chain"), ("p.proof", "settlement")] {
        let verified = world.done(&world.verify(proof, "--inputs stack.npy --output y.npy"));
        assert_eq!((&verified["kind"], verified["batch"].as_u64()), (&Value::from(kind), Some(4)));
        assert_eq!(rows(&verified).len(), 3);
        assert_eq!(verified["model_digest"], Value::from(world.digest.clone()));
    }
    let by_weights =
        format!("verify o.proof --key m.key --srs srs.bin --weight-digest {} --inputs stack.npy", world.weights);
    assert_eq!(world.done(&by_weights)["weight_digest"], Value::from(world.weights.clone()));
    // A stack of one is one sample.
    let stack = world.array("stack.npy");
    world.write("one.npy", stack.slice_axis(Axis(0), Slice::from(0..1)));
    let one = world.done("prove m.hallmark --srs srs.bin --inputs one.npy -o one.proof --off-chain");
    assert_eq!((one["batch"].as_u64(), one["samples"].as_u64()), (Some(1), Some(1)));
    world.done(&world.verify("one.proof", "--inputs one.npy"));
}

#[test]
fn a_proof_is_of_its_samples_in_their_order() {
    let world = world();
    let stack = world.array("stack.npy");
    let mut turned = stack.clone();
    turned.invert_axis(Axis(0));
    world.write("turned.npy", turned.as_standard_layout().view());
    for proof in ["o.proof", "p.proof"] {
        world.refuses(&world.verify(proof, "--inputs turned.npy"), "does not hold");
        world.refuses(&world.verify(proof, "--inputs pair.npy"), "the proof is of 3 samples, and 2 were given");
    }
    world.write("first.npy", sample(&stack, 0).view());
    world.refuses(&world.verify("o.proof", "--input first.npy"), "the proof is of 3 samples, and 1 was given");
    let mut claimed = world.array("y.npy");
    claimed[[1, 0]] += 100.0;
    world.write("claimed.npy", claimed.view());
    world.refuses(&world.verify("o.proof", "--inputs stack.npy --output claimed.npy"), "is claimed to be");
}

/// The number of samples in a proof's file says how the batch was filled, and no other filling makes the same proof.
#[test]
fn another_number_of_samples_does_not_hold() {
    let world = world();
    let key = read_key(&world.path("m.key")).unwrap();
    assert_eq!(read_receipt_head(&world.path("o.proof"), 1 << 20).unwrap().size, 4);
    let batched = key.architecture.batched(key.batch(4).unwrap()).unwrap();
    let statement = Statement::new(&batched).unwrap();
    let honest = read_receipt(&world.path("o.proof"), &statement).unwrap();
    assert_eq!((honest.size, honest.samples), (4, 3));
    let changed = |name: &str, change: &dyn Fn(&mut Receipt)| {
        let mut receipt = honest.clone();
        change(&mut receipt);
        write_receipt(&world.path(name), &receipt).unwrap();
    };
    changed("fewer.proof", &|receipt| receipt.samples = 2);
    world.refuses(&world.verify("fewer.proof", "--inputs stack.npy"), "the proof is of 2 samples, and 3 were given");
    world.refuses(&world.verify("fewer.proof", "--inputs pair.npy"), "does not hold");
    changed("answer.proof", &|receipt| receipt.answer.output[0] ^= 1);
    world.refuses(&world.verify("answer.proof", "--inputs stack.npy"), "does not hold");
    changed("size.proof", &|receipt| receipt.size = 8);
    world.refuses(&world.verify("size.proof", "--inputs stack.npy"), "no batch of 8 samples, but those of 2, 4");
    changed("shape.proof", &|receipt| (receipt.size, receipt.samples) = (2, 2));
    world.refuses(&world.verify("shape.proof", "--inputs pair.npy"), "bytes where the verifying key fixes");
}

/// Whoever supplies the key file could offer what the model digest does not cover.
#[test]
fn a_key_with_another_list_is_another_model() {
    let world = world();
    let key = read_key(&world.path("m.key")).unwrap();
    let listed = |name: &str, sizes: &[usize]| {
        let row_bits = key.architecture.row_bits.max(MIN_ROW_BITS);
        let batches = sizes.iter().map(|size| Batch::of(*size, row_bits).unwrap()).collect();
        write_key(&world.path(name), &VerifyingKey { batches, ..key.clone() }).unwrap();
    };
    let verify =
        |name: &str| format!("verify o.proof --key {name} --srs srs.bin --digest {} --inputs stack.npy", world.digest);
    listed("more.key", &[2, 4, 8]);
    listed("less.key", &[4]);
    listed("none.key", &[]);
    for name in ["more.key", "less.key"] {
        world.refuses(&verify(name), "the key's digest is");
    }
    world.refuses(&verify("none.key"), "the model digest covers no batch of 4 samples, but none at all");
}

#[test]
fn more_samples_than_a_batch_holds_are_told_what_to_do() {
    let world = world();
    let many = "prove m.hallmark --srs srs.bin --inputs five.npy -o five.proof --off-chain";
    world.fails(many, 1, "5 samples, and the model is offered in batches of at most 4");
    let single = World::shared();
    single.write("stack.npy", world.array("stack.npy").view());
    let many = "prove m.hallmark --srs srs.bin --inputs stack.npy -o stack.proof --off-chain";
    single.fails(many, 1, "offered in no batches");
    for sizes in ["3", "1", "2,2", "8192"] {
        let said = world.say(&format!("commit m.hallmark --srs srs.bin --force --batches {sizes}"));
        assert_eq!((said.code, text(&said.json["error"], "kind")), (2, "usage".into()), "{}", said.json);
    }
}

#[test]
fn setup_writes_the_keys_of_each_batch_and_inspect_tells_of_them() {
    let world = world();
    let setup = world.done("setup m.key --srs srs.bin --blob m.blob");
    assert_eq!(text(&setup, "model_digest"), world.digest);
    let listed = setup["batches"].as_array().unwrap();
    assert_eq!(listed.iter().map(|batch| batch["size"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 4]);
    let blob = fs::read(world.path("m.blob")).unwrap();
    let digest = |name: &str| fs::read(world.path(name)).unwrap();
    for (name, batch) in ["m.2.blob", "m.4.blob"].iter().zip(listed) {
        let (single, batched) = (&blob, digest(name));
        // The same weights at the end, and the digest of the rest in the model's key.
        let rows = read_key(&world.path("m.key")).unwrap().weight_bytes();
        assert!(single.ends_with(&rows) && batched.ends_with(&rows));
        let listed = text(batch, "settlement_architecture_digest");
        let found = hallmark_circuits::digest::Digest::keccak(&batched[..batched.len() - rows.len()]);
        assert_eq!(found.to_string(), listed);
        assert!(single.windows(32).any(|word| word == found.as_ref()));
    }
    let inspected = world.done("inspect m.key");
    assert_eq!(inspected["batches"][1]["size"], 4);
    let gas =
        [&inspected["gas"], &inspected["batches"][0]["gas_per_answer"], &inspected["batches"][1]["gas_per_answer"]];
    let gas = gas.map(|gas| gas.as_u64().unwrap());
    assert!(gas.windows(2).all(|pair| pair[0] > pair[1]), "{gas:?}");
}

/// `setup` leaves a file of keys for each size. None is written over, and none is derived again that is there.
#[test]
fn the_keys_of_every_size_are_kept_and_used() {
    let world = world().copied(&["srs.bin", "m.hallmark", "m.key", "stack.npy"]);
    world.done("setup m.hallmark --srs srs.bin");
    let prove = "prove m.hallmark --srs srs.bin --inputs stack.npy --off-chain -o";
    for keys in ["m.settlement", "m.2.settlement", "m.4.settlement"] {
        world.fails(&format!("{prove} {keys}"), 2, "is an input of this command");
    }
    let stack = world.array("stack.npy");
    world.write("alone.npy", sample(&stack, 0).view());
    let derives = |proof: &str, input: &str| {
        let proved = world.done(&format!("prove m.hallmark --srs srs.bin {input} -o {proof} --timings"));
        assert_eq!(proved["model_digest"], Value::from(world.digest.clone()));
        proved["timings"].to_string().contains("derive circuit")
    };
    assert!(!derives("kept.proof", "--input alone.npy"));
    assert!(!derives("four.proof", "--inputs stack.npy"));
    world.done(&world.verify("kept.proof", "--input alone.npy"));
    // What is not there, or is damaged, is derived.
    fs::remove_file(world.path("m.2.settlement")).unwrap();
    assert!(derives("gone.proof", "--input alone.npy"));
    let mut damaged = fs::read(world.path("m.4.settlement")).unwrap();
    damaged[200] ^= 1;
    fs::write(world.path("m.2.settlement"), damaged).unwrap();
    assert!(derives("damaged.proof", "--input alone.npy"));
}
