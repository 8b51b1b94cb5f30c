//! The whole flow through the program: exit codes, JSON fields and refusals.
#![allow(missing_docs)]

mod arrays;
mod batches;
mod bench;
mod digests;
mod doctor;
mod documents;
mod facts;
mod files;
mod inputs;
mod kept;
mod manual;
mod outputs;
mod progress;
mod repository;
mod scores;
mod settings;
mod settlement;
mod status;
mod story;
mod trust;
mod words;
mod world;

use std::fs;

use hallmark_circuits::verifier::statement::Statement;
use hallmark_proving::artifact::{read_key, read_receipt, write_key, write_receipt};
use hallmark_testing::ptau::Ptau;
use ndarray::ArrayD;
use serde_json::Value;
use world::{World, fixture, floats, text};

#[test]
fn proofs_of_both_kinds_are_made_and_accepted() {
    for (kind, flag, other) in [("settlement", "", "p.proof"), ("off-chain", "--off-chain", "o.proof")] {
        a_proof_is_made_and_accepted(World::shared(), kind, flag, other);
    }
}

fn a_proof_is_made_and_accepted(world: &World, kind: &str, flag: &str, other: &str) {
    let ran = world.done("run m.hallmark --input x.npy");
    let made = format!("{kind}-again.proof");
    let proved = world.done(&format!("prove m.hallmark --srs srs.bin --input x.npy -o {made} {flag}"));
    let verified =
        world.done(&world.verify(&made, &format!("--input x.npy --output y.npy --save-output {kind}-z.npy")));
    assert_eq!(verified["valid"], true);
    for json in [&ran, &proved, &verified] {
        assert_eq!(json["argmax"], 5);
        assert_eq!(floats(json), floats(&ran));
    }
    for json in [&proved, &verified] {
        assert_eq!(text(json, "weight_digest"), world.weights);
        assert_eq!(json["insecure_setup"], true);
        assert_eq!(json["kind"], kind);
    }
    assert_eq!(text(&verified, "model_digest"), world.digest);
    assert_eq!(proved["proof_bytes"].as_u64().unwrap(), fs::metadata(world.path(&made)).unwrap().len());
    assert!(proved["seconds"].as_f64().unwrap() > 0.0);
    assert_ne!(fs::read(world.path(&made)).unwrap(), fs::read(world.path(other)).unwrap());
    let output = world.array(&format!("{kind}-z.npy"));
    assert_eq!(world.array("y.npy"), output);
    assert_eq!(output.as_slice().unwrap(), floats(&verified));
}

#[test]
fn compiling_twice_gives_one_architecture_and_committing_twice_two_digests() {
    let world = World::copy();
    let arguments = format!(
        "compile {} --calibration {} --labels {} -o n.hallmark",
        fixture("models/digits_mlp.onnx"),
        fixture("data/digits_calibration.npy"),
        fixture("data/digits_test_labels.npy")
    );
    let compiled = world.done(&arguments);
    assert!(compiled["accuracy"]["argmax_agreement"].as_f64().unwrap() > 0.9);
    assert!(compiled["widths"]["activation_bits"].is_u64() && compiled["estimates"]["gas"].is_number());
    assert_eq!(compiled["settles"], true);
    let first = world.done("commit n.hallmark --srs srs.bin");
    let second = world.done("commit n.hallmark --srs srs.bin --force");
    let inspected = world.done("inspect m.hallmark");
    for json in [&first, &second, &inspected] {
        assert_eq!(json["architecture_digest"], compiled["architecture_digest"]);
    }
    assert_ne!(first["weight_digest"], second["weight_digest"]);
    assert_ne!(first["model_digest"], second["model_digest"]);
    // The first commitment is not lost.
    let kept = world.done(&format!("inspect {}", text(&second, "previous")));
    assert_eq!(kept["weight_digest"], first["weight_digest"]);
}

#[test]
fn inspection_shows_models_and_keys() {
    let world = World::shared();
    for (file, kind) in [("m.hallmark", "model"), ("m.key", "verifying key")] {
        let json = world.done(&format!("inspect {file}"));
        assert_eq!((json["kind"].as_str(), text(&json, "weight_digest")), (Some(kind), world.weights.clone()));
        assert_eq!(json["steps"].as_array().unwrap().len(), 2);
        assert_eq!(json["insecure_setup"], true);
        assert!(json["srs_log_size"].as_u64() >= json["layout"]["row_bits"].as_u64());
        for (file, field) in [("p.proof", "proof_bytes"), ("o.proof", "off_chain_proof_bytes")] {
            // The container's header and the length of its payload come on top.
            let bytes = fs::metadata(world.path(file)).unwrap().len();
            assert!((50..60).contains(&(bytes - json[field].as_u64().unwrap())));
        }
    }
    world.fails("inspect p.proof", 3, "this is a proof");
}

#[test]
fn lies_are_refused_with_their_reasons() {
    let world = World::shared();
    let other = format!("0x{}", "ab".repeat(32));
    let mut input = world.array("x.npy");
    input[[0, 20]] = 16.0 - input[[0, 20]];
    world.write("other_x.npy", input.view());
    let mut output = world.array("y.npy");
    output[[0, 3]] += 0.1;
    world.write("other_y.npy", output.view());
    output.fill(f32::NAN);
    world.write("nan_y.npy", output.view());
    for proof in ["p.proof", "o.proof"] {
        world.refuses(&format!("verify {proof} --key m.key --srs srs.bin --digest {other} --input x.npy"), &other);
        world.refuses(&world.verify(proof, &format!("--input x.npy --context {other}")), "context");
        world.refuses(&world.verify(proof, "--input other_x.npy"), "does not hold");
        world.refuses(&world.verify(proof, "--input x.npy --output other_y.npy"), "output 3");
        world.refuses(&world.verify(proof, "--input x.npy --output nan_y.npy"), "output 0");
        world.refuses(
            &world.verify(&relabelled(world, proof), &format!("--input x.npy --context {other}")),
            "does not hold",
        );
    }
}

/// The proof with another context and another output written over its own.
fn relabelled(world: &World, proof: &str) -> String {
    let key = read_key(&world.path("m.key")).unwrap();
    let statement = Statement::new(&key.architecture).unwrap();
    let mut receipt = read_receipt(&world.path(proof), &statement).unwrap();
    receipt.answer.context = hallmark_cli::Digest([0xab; 32]);
    receipt.answer.output.swap(0, 1);
    write_receipt(&world.path(&format!("false-{proof}")), &receipt).unwrap();
    format!("false-{proof}")
}

#[test]
fn other_weights_and_other_setups_are_refused() {
    let world = World::copy();
    fs::copy(world.path("m.key"), world.path("old.key")).unwrap();
    let old = world.digest.clone();
    let committed = world.done("commit m.hallmark --srs srs.bin --force");
    let (new, weights) = (text(&committed, "model_digest"), text(&committed, "weight_digest"));
    world.done("export-key m.hallmark -o m.key");
    world.done("srs new --insecure --log-size 13 -o other.bin");
    for (flag, proof) in [("", "p.proof"), ("--off-chain", "o.proof")] {
        world.done(&format!("prove m.hallmark --srs srs.bin --input x.npy -o new.proof {flag}"));
        world.refuses(&format!("verify new.proof --key old.key --srs srs.bin --digest {old} --input x.npy"), &weights);
        world.refuses(&format!("verify new.proof --key m.key --srs srs.bin --digest {old} --input x.npy"), &new);
        world.fails(&format!("verify {proof} --key old.key --srs other.bin --digest {old} --input x.npy"), 3, "setup");
    }
    world.fails("prove m.hallmark --srs other.bin --input x.npy -o q.proof", 1, "another structured reference string");
    world.done("srs new --insecure --log-size 4 -o small.bin");
    world.fails("commit m.hallmark --srs small.bin --force", 1, "2^4");
}

#[test]
fn a_key_with_other_tables_is_refused_under_its_own_digest() {
    let world = World::shared();
    let mut published = read_key(&world.path("m.key")).unwrap();
    published.entry_outputs.swap(0, 1);
    write_key(&world.path("false.key"), &published).unwrap();
    let digest = published.digest();
    // Proofs that are relabelled, since it is the tables that are to be the reason.
    for proof in ["p.proof", "o.proof"] {
        let statement = Statement::new(&published.architecture).unwrap();
        let mut receipt = read_receipt(&world.path(proof), &statement).unwrap();
        receipt.key = digest;
        write_receipt(&world.path("tables.proof"), &receipt).unwrap();
        for name in ["--digest", "--weight-digest"] {
            let arguments = format!("verify tables.proof --key false.key --srs srs.bin {name} {digest} --input x.npy");
            world.refuses(&arguments, "tables");
        }
    }
    world.fails("setup false.key --srs srs.bin -o false.settlement", 1, "tables");
}

#[test]
fn damaged_files_are_refused() {
    let world = World::shared();
    for proof in ["p.proof", "o.proof"].map(|name| fs::read(world.path(name)).unwrap()) {
        for place in [0, 9, 20, 100, proof.len() / 2, proof.len() - 1] {
            let mut damaged = proof.clone();
            damaged[place] ^= 1;
            fs::write(world.path("damaged.proof"), damaged).unwrap();
            world.fails(&world.verify("damaged.proof", "--input x.npy"), 3, "damaged.proof");
            fs::write(world.path("damaged.proof"), &proof[..place]).unwrap();
            world.fails(&world.verify("damaged.proof", "--input x.npy"), 3, "damaged.proof");
        }
    }
    let mut model = fs::read(world.path("m.hallmark")).unwrap();
    model[500] ^= 1;
    fs::write(world.path("damaged.hallmark"), model).unwrap();
    world.fails("run damaged.hallmark --input x.npy", 3, "checksum");
}

#[test]
fn inputs_of_another_shape_are_refused_and_axes_of_one_do_not_matter() {
    let world = World::shared();
    let input = world.array("x.npy");
    world.write("flat.npy", input.to_shape(64).unwrap().view().into_dyn());
    assert_eq!(world.done("run m.hallmark --input flat.npy")["argmax"], 5);
    world.write("square.npy", input.to_shape((8, 8)).unwrap().view().into_dyn());
    world.fails("run m.hallmark --input square.npy", 1, "[8, 8]");
    world.write("short.npy", ArrayD::zeros(vec![1, 63]).view());
    world.fails("run m.hallmark --input short.npy", 1, "[1, 63]");
    world.fails("run m.hallmark --input absent.npy", 3, "absent.npy");
}

#[test]
fn wrong_usage_has_its_own_exit_code() {
    let world = World::shared();
    let contradiction = "prove m.hallmark --srs srs.bin --input x.npy -o q.proof --off-chain --keys m.settlement";
    let incomplete =
        ["prove m.hallmark", "unknown", "verify p.proof --digest 0x12", "srs new --insecure -o", "setup m.key"];
    for arguments in incomplete.into_iter().chain([contradiction]) {
        world.fails(arguments, 2, "");
        let output = world.command(arguments);
        assert!(output.status.code() == Some(2) && output.stdout.is_empty() && !output.stderr.is_empty());
    }
    world.fails("srs new --log-size 10 -o refused.bin", 2, "--insecure");
    assert!(!world.path("refused.bin").exists());
    world.done(&format!(
        "compile {} --calibration {} -o raw.hallmark",
        fixture("models/digits_mlp.onnx"),
        fixture("data/digits_calibration.npy")
    ));
    world.fails("export-key raw.hallmark -o raw.key", 1, "hallmark commit");
}

#[test]
fn text_goes_to_standard_output_and_the_rest_to_standard_error() {
    let world = World::shared();
    let output = world.command(&format!("{} --timings", world.verify("p.proof", "--input x.npy")));
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(stdout.starts_with("VALID") && stdout.contains(&world.digest), "{stdout}");
    assert!(stderr.contains("insecure") && stderr.contains(" ms"), "{stderr}");
    let output = world.command("prove m.hallmark --srs srs.bin --input x.npy -o timed.proof --timings");
    let stderr = String::from_utf8(output.stderr).unwrap();
    for phase in ["load keys", "commit", "helpers", "main sumcheck", "merging sumcheck", "open", "settle", "quotient"] {
        assert!(stderr.contains(phase), "{stderr}");
    }
    // Kept keys spare what takes long.
    assert!(!stderr.contains("lagrange basis") && !stderr.contains("verifying key"), "{stderr}");
}

#[cfg(unix)]
#[test]
fn the_model_is_its_owner_s_alone() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |name: &str| fs::metadata(World::shared().path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("m.hallmark"), 0o600);
    assert_eq!(mode("m.key"), mode("p.proof"));
    assert_eq!(mode("m.key"), mode("srs.bin"));
    assert_eq!(mode("m.key"), mode("m.settlement"));
}

#[test]
fn ceremonies_are_imported_as_secure_setups() {
    let world = World::shared();
    fs::write(world.path("ceremony.ptau"), Ptau::new(4, 77).bytes()).unwrap();
    let json = world.done("srs import ceremony.ptau -o imported.bin");
    assert_eq!((&json["log_size"], &json["insecure_setup"]), (&Value::from(4), &Value::Bool(false)));
    world.fails("srs import m.key -o refused.bin", 3, ".ptau");
}

#[test]
fn the_demo_settles_the_truth_and_the_contracts_refuse_lies() {
    let world = World::shared();
    for model in ["mlp", "cnn"] {
        let json = world.done(&format!("demo --model {model}"));
        let steps = json["steps"].as_array().unwrap();
        assert!(steps.iter().all(|step| step["as_expected"] == true), "{json:#}");
        let command =
            |words: &str| steps.iter().find(|step| step["command"].as_str().is_some_and(|line| line.contains(words)));
        let answer = &command("hallmark answer").unwrap()["outcome"];
        assert_eq!((&answer["argmax"], &answer["proof"]), (&json["label"], &Value::from("holds")));
        assert!(json["gas"]["transaction"].as_u64().unwrap() < 700_000);
        let lies = steps.iter().filter(|step| step["attack"].is_string());
        let errors: Vec<String> = lies.clone().map(|lie| text(lie, "error")).collect();
        let first =
            ["ProofRejected", "ProofRejected", "InputMismatch", "ProofRejected", "PointInvalid", "ScalarNotReduced"];
        assert_eq!(errors, [first.as_slice(), &["ProofRejected", "NotOpen"]].concat());
        assert!(lies.into_iter().all(|lie| !text(lie, "reason").is_empty()));
        // The sale's end is for the whole story.
        assert!(command("hallmark buy").is_none() && command("hallmark audit").is_none());
    }
    let story = String::from_utf8(world.command("demo --image 3").stdout).unwrap();
    for part in ["$ hallmark compile", "halo2 multi-scalar multiplication", "pairing", "REFUSED  InputMismatch"] {
        assert!(story.contains(part), "{story}");
    }
}
