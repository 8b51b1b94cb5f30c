//! Data sets and scores: what a model scores is proved, and agrees with what `evaluate` counts.

use std::fs;
use std::sync::OnceLock;

use hallmark_proving::{
    artifact::{read_score, write_score},
    file::Target,
    npy::read_floats,
};
use ndarray::{Axis, Slice};
use serde_json::{Value, json};

use super::world::{World, fixture, text};

/// The folder of a set of 300 images in chunks of 128, with a score of it that is not settled.
struct Scored {
    world: World,
    set_digest: String,
    proved: Value,
}

fn scored() -> &'static Scored {
    static SCORED: OnceLock<Scored> = OnceLock::new();
    SCORED.get_or_init(|| {
        let world = World::copy();
        let (images, labels) = (fixture("data/digits_test.npy"), fixture("data/digits_test_labels.npy"));
        let set = format!("--inputs {images} --labels {labels} --srs srs.bin --key m.key --chunk 128");
        let committed = world.done(&format!("dataset commit {set} -o test.dataset"));
        assert_eq!(
            (&committed["samples"], &committed["chunks"], &committed["bits"]),
            (&json!(300), &json!(3), &json!(8))
        );
        assert_eq!(committed["next"][0], "hallmark dataset export-key test.dataset -o test.set");
        world.done("dataset export-key test.dataset -o test.set");
        let proved = world.done(&score("accuracy", "s.score --off-chain"));
        let verify = proved["next"][0].as_str().unwrap().replace("KEY", "m.key").replace("SET", "test.set");
        world.done(verify.strip_prefix("hallmark ").unwrap());
        Scored { world, set_digest: text(&committed, "data_set_digest"), proved }
    })
}

fn score(metric: &str, rest: &str) -> String {
    format!("score m.hallmark --dataset test.dataset --metric {metric} --srs srs.bin -o {rest}")
}

impl Scored {
    fn verify(&self, file: &str) -> String {
        let (weights, set) = (&self.world.weights, &self.set_digest);
        format!(
            "verify-score {file} --key m.key --set test.set --srs srs.bin --weight-digest {weights} --set-digest {set}"
        )
    }

    /// A copy of all files, to be changed.
    fn copy(&self) -> World {
        let names = ["srs.bin", "m.hallmark", "m.key", "test.dataset", "test.set", "s.score"];
        self.world.copied(&names)
    }
}

#[test]
fn a_score_is_what_evaluate_counts() {
    let Scored { world, proved, .. } = scored();
    let (images, labels) = (fixture("data/digits_test.npy"), fixture("data/digits_test_labels.npy"));
    let evaluated = world.done(&format!("evaluate m.hallmark --inputs {images} --labels {labels}"));
    let share = evaluated["labels_found"].as_f64().unwrap();
    assert!((0.5..1.0).contains(&share), "{share}");
    let right = (share * 300.0).round() as u64;
    assert_eq!(proved["score"], json!({ "right": right, "samples": 300, "share": right as f64 / 300.0 }));
    assert_eq!((&proved["chunks"], &proved["proved"]), (&json!(3), &json!(3)));
    let verified = world.done(&scored().verify("s.score"));
    assert_eq!((&verified["valid"], &verified["score"]), (&json!(true), &proved["score"]));
    let shown = world.done("dataset show test.set");
    assert_eq!(shown["data_set_digest"], json!(scored().set_digest));
    let bytes = fs::read(world.path("test.set")).unwrap();
    assert!(bytes.len() < 4000, "the key of a set holds no samples: {}", bytes.len());
}

#[test]
fn a_score_is_of_the_named_model_and_set_alone() {
    let scored = scored();
    let other = format!("0x{}", "11".repeat(32));
    let named = scored.verify("s.score");
    scored.world.refuses(&named.replace(&scored.set_digest, &other), "these are other samples or labels");
    scored.world.refuses(&named.replace(&scored.world.weights, &other), "the key is of another model");
    let again = scored.copy();
    fs::remove_file(again.path("test.dataset")).unwrap();
    let (images, labels) = (fixture("data/digits_test.npy"), fixture("data/digits_test_labels.npy"));
    let set = format!("--inputs {images} --labels {labels} --srs srs.bin --chunk 128");
    again.done(&format!("dataset commit {set} -o test.dataset"));
    again.done("dataset export-key test.dataset -o test.set --force");
    again.refuses(&named, "these are other samples or labels");
}

/// What was proved is not proved again, and some of the proofs are no score.
#[test]
fn a_run_that_was_stopped_goes_on() {
    let world = scored().copy();
    let path = world.path("s.score");
    let mut record = read_score(&path).unwrap();
    record.receipts[1].clear();
    write_score(Target { replace: true, ..path.as_path().into() }, &record).unwrap();
    world.refuses(&scored().verify("s.score"), "proofs of 2 of the data set's 3 chunks");
    let proved = world.done(&score("accuracy", "s.score --off-chain"));
    assert_eq!((&proved["proved"], &proved["score"]), (&json!(1), &scored().proved["score"]));
    world.done(&scored().verify("s.score"));
    // A proof in another's place is of other samples.
    record = read_score(&path).unwrap();
    record.receipts.swap(0, 1);
    write_score(Target { replace: true, ..path.as_path().into() }, &record).unwrap();
    world.refuses(&scored().verify("s.score"), "other weights");
}

#[test]
fn a_score_takes_no_other_s_place() {
    let world = scored().copy();
    world.fails(&score("top-3", "s.score --off-chain"), 2, "s.score is another score");
    world.fails(&score("accuracy", "m.key --off-chain"), 3, "this is a verifying key, but a score is needed");
    let other = world.done(&score("top-3", "s.score --off-chain --force"));
    assert!(other["score"]["right"].as_u64() >= scored().proved["score"]["right"].as_u64());
    let verified = world.done(&scored().verify("s.score"));
    assert_eq!(verified["score"], other["score"]);
}

#[test]
fn a_score_settles_under_the_model_digest() {
    let world = World::copy();
    let few = |name: &str, file: &str| {
        let all = read_floats(fixture(file).as_ref(), 1 << 20).unwrap();
        world.write(name, all.slice_axis(Axis(0), Slice::from(..5)));
    };
    few("few.npy", "data/digits_test.npy");
    fs::copy(fixture("data/digits_test_labels.npy"), world.path("labels.npy")).unwrap();
    let set = "dataset commit --inputs few.npy --labels labels.npy --srs srs.bin --key m.key -o test.dataset";
    world.fails(set, 2, "there are 5 samples and 300 labels");
    let targets = world.done("run m.hallmark --inputs few.npy --save-output answers.npy");
    assert_eq!(targets["outputs"].as_array().map(Vec::len), Some(5));
    let mut answers = world.array("answers.npy");
    answers += 1.0;
    world.write("targets.npy", answers.view());
    let set = "dataset commit --inputs few.npy --targets targets.npy --srs srs.bin --key m.key -o test.dataset";
    let set_digest = text(&world.done(set), "data_set_digest");
    world.done("dataset export-key test.dataset -o test.set");
    world.fails(&score("accuracy", "s.score"), 1, "this metric takes labels that are classes");
    let proved = world.done(&score("mae", "s.score"));
    let mean = proved["score"]["mean"].as_f64().unwrap();
    assert!((mean - 1.0).abs() < 0.02, "{mean}");
    assert_eq!(proved["score"]["samples"], 5);
    let verify = format!(
        "verify-score s.score --key m.key --set test.set --srs srs.bin --digest {} --set-digest {set_digest}",
        world.digest
    );
    assert_eq!(world.done(&verify)["score"], proved["score"]);
    world.refuses(&verify.replace(&world.digest, &set_digest), "the key is of another model");
}

#[test]
fn what_is_no_set_is_refused_with_what_to_do() {
    let world = scored().copy();
    let (images, labels) = (fixture("data/digits_test.npy"), fixture("data/digits_test_labels.npy"));
    let commit =
        |rest: &str| format!("dataset commit --inputs {images} --labels {labels} --srs srs.bin -o b.dataset {rest}");
    world.fails(&commit("--chunk 100"), 2, "a power of two of samples");
    world.fails(&commit("--classes 5"), 2, "allows 0 to 4");
    world.done(&commit("--row-bits 12"));
    let score = "score m.hallmark --dataset b.dataset --metric accuracy --srs srs.bin -o b.score --off-chain";
    world.fails(score, 1, "commit to the set again with --row-bits 13");
    world.fails(&commit("--row-bits 12"), 1, "b.dataset: the file exists");
    world.fails("dataset show m.key", 3, "this is a verifying key");
    world.fails("dataset show absent.set", 3, "absent.set");
}
