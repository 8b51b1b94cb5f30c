//! Inputs that a model has no answer to are refused before anything is proved or paid.

use crate::world::{World, fixture, text};

const ID: &str = "0x1111111111111111111111111111111111111111111111111111111111111111";

/// Commands that take an input, up to its name.
fn askers(world: &World) -> [String; 4] {
    [
        "run m.hallmark --input".into(),
        "prove m.hallmark --srs srs.bin -o new.proof --off-chain --input".into(),
        world.verify("o.proof", "--input"),
        // A node that is away is not even asked.
        format!(
            "request m.key --model-id {ID} --digest {ID} --fee 1wei --market 0x{} --rpc http://127.0.0.1:1 --input",
            "11".repeat(20)
        ),
    ]
}

#[test]
fn what_is_not_finite_is_no_input() {
    let world = World::copy();
    for (name, value) in [("nan", f32::NAN), ("inf", f32::INFINITY), ("-inf", f32::NEG_INFINITY)] {
        let mut input = world.array("x.npy");
        input[[0, 9]] = value;
        world.write("bad.npy", input.view());
        for asker in askers(&world) {
            for flag in ["", "--allow-clamping"] {
                let said = world.say(&format!("{asker} bad.npy {flag}"));
                let message = text(&said.json["error"], "message").to_lowercase();
                let code = if asker.starts_with("verify") { 3 } else { 1 };
                assert_eq!(
                    (said.code, text(&said.json["error"], "kind").as_str()),
                    (code, "input"),
                    "{asker}: {message}"
                );
                assert!(message.contains("bad.npy: value 9 is") && message.contains(name), "{message}");
            }
        }
    }
    assert!(!world.path("new.proof").exists());
}

#[test]
fn an_input_that_is_clamped_much_takes_a_flag() {
    let world = World::copy();
    let input = world.array("x.npy");
    // In another unit: every value that is not zero is beyond the range.
    world.write("far.npy", input.mapv(|value| 255.0 * value).view());
    for asker in askers(&world) {
        let said = world.say(&format!("{asker} far.npy"));
        let message = text(&said.json["error"], "message");
        let code = if asker.starts_with("verify") { 3 } else { 1 };
        assert_eq!((said.code, text(&said.json["error"], "kind").as_str()), (code, "input"), "{asker}: {message}");
        assert!(message.contains("--allow-clamping") && message.contains("of 64 input values"), "{message}");
    }
    let said = world.say("run m.hallmark --input far.npy --allow-clamping");
    assert!(said.code == 0 && said.stderr.contains("clamped input"), "{}", said.json);
    assert!(
        said.json["clamped_inputs"].as_u64().unwrap() > 3 && said.json["clamping"]["excess"].as_f64().unwrap() > 1.0
    );
    world.done("prove m.hallmark --srs srs.bin -o new.proof --off-chain --allow-clamping --input far.npy");
    world.done(&world.verify("new.proof", "--allow-clamping --input far.npy"));
    let paying = &askers(&world)[3];
    let said = world.say(&format!("{paying} far.npy --allow-clamping"));
    assert_eq!(text(&said.json["error"], "kind"), "account", "{}", said.json);
}

#[test]
fn an_input_that_is_clamped_a_little_is_taken_and_told() {
    let world = World::copy();
    let mut input = world.array("x.npy");
    input[[0, 9]] = 20.0;
    world.write("near.npy", input.view());
    let said = world.say("run m.hallmark --input near.npy");
    assert_eq!((said.code, said.json["clamped_inputs"].as_u64()), (0, Some(1)), "{}", said.json);
    assert!(said.stderr.contains("1 of 64 input values") && said.stderr.contains("value 9: 20"), "{}", said.stderr);
    assert_eq!(world.done("run m.hallmark --input x.npy")["clamped_inputs"], 0);
}

#[test]
fn a_batch_is_told_from_another_shape() {
    let world = World::copy();
    world.write("batch.npy", ndarray::ArrayD::zeros(vec![8, 64]).view());
    world.fails(
        "run m.hallmark --input batch.npy",
        1,
        "a stack of 8 samples: give one sample, such as x[0:1], or name a stack with `--inputs`",
    );
}

#[test]
fn labels_and_calibration_samples_are_checked() {
    let world = World::copy();
    let compile = |samples: &str, labels: &str| {
        let model = fixture("models/digits_mlp.onnx");
        format!("compile {model} --calibration {samples} --labels {labels} -o new.hallmark")
    };
    let samples = fixture("data/digits_calibration.npy");
    world.write("labels.npy", ndarray::ArrayD::zeros(vec![100]).view());
    world.fails(&compile(&samples, "labels.npy"), 3, "labels.astype('int64')");
    let mut bad = hallmark_proving::npy::read_floats(samples.as_ref(), 1 << 24).unwrap();
    bad[[3, 5]] = f32::NAN;
    world.write("bad.npy", bad.view());
    let labels = fixture("data/digits_test_labels.npy");
    world.fails(&compile("bad.npy", &labels), 1, "value 5 of sample 3 is NaN");
    assert!(!world.path("new.hallmark").exists());
}

#[test]
fn tokens_are_whole_and_in_range() {
    let world = World::copy();
    let mut graph = hallmark_fixtures::OnnxBuilder::new();
    let tokens = graph.input_i64("tokens", &[1, 3]);
    let table = graph.initializer("table", &[20, 2], (0..40u8).map(f32::from).collect());
    let rows = graph.apply("Gather", &[&table, &tokens]);
    std::fs::write(world.path("t.onnx"), graph.finish(&[&rows])).unwrap();
    let write = |name: &str, shape: &[usize], values: Vec<f32>| {
        world.write(name, ndarray::ArrayD::from_shape_vec(shape, values).unwrap().view());
    };
    write("samples.npy", &[20, 3], (0..60u8).map(|index| f32::from(index % 20)).collect());
    world.done("compile t.onnx --calibration samples.npy -o t.hallmark");
    write("t.npy", &[1, 3], vec![0.0, 7.0, 19.0]);
    let answer = crate::world::floats(&world.done("run t.hallmark --input t.npy"));
    let near = answer.iter().zip([0.0, 1.0, 14.0, 15.0, 38.0, 39.0]).all(|(found, row)| (found - row).abs() < 0.1);
    assert!(near, "{answer:?}");
    write("half.npy", &[1, 3], vec![0.0, 7.5, 19.0]);
    world.fails("run t.hallmark --input half.npy", 1, "value 1 is 7.5, but the model takes whole numbers");
    // One value in three, and near: of other inputs that much is taken.
    write("far.npy", &[1, 3], vec![0.0, 128.0, 19.0]);
    world.fails("run t.hallmark --input far.npy", 1, "--allow-clamping");
}

#[test]
fn a_set_is_evaluated_in_one_go_and_others_are_refused() {
    let world = World::shared();
    let test = fixture("data/digits_test.npy");
    let labels = fixture("data/digits_test_labels.npy");
    let found = world.done(&format!("evaluate m.hallmark --inputs {test} --labels {labels}"));
    assert_eq!(found["samples"], 300);
    assert!(found["labels_found"].as_f64().unwrap() > 0.95, "{found}");
    let rows = found["confusion"].as_array().unwrap();
    let counts = rows.iter().flat_map(|row| row.as_array().unwrap()).map(|count| count.as_u64().unwrap());
    assert_eq!((rows.len(), counts.sum::<u64>()), (10, 300));
    // The model held against itself is the same.
    world.done("run m.hallmark --input x.npy --save-output own.npy --force");
    let own = world.done("evaluate m.hallmark --inputs x.npy --expected own.npy");
    assert_eq!((own["quality"]["task"].as_str(), own["quality"]["agreement"].as_f64()), (Some("classify"), Some(1.0)));
    assert_eq!(own["relative_error"], 0.0);
    let vectors = world.done("evaluate m.hallmark --inputs x.npy --expected own.npy --task embed");
    assert!(vectors["quality"]["least_cosine"].as_f64().unwrap() > 0.999_999, "{vectors}");
    world.fails(
        &format!("evaluate m.hallmark --inputs x.npy --labels {labels}"),
        2,
        "300 labels for 1 input: give one for each",
    );
    world.fails(&format!("evaluate m.hallmark --inputs x.npy --expected {test}"), 1, "shape of the expected outputs");
    world.fails("evaluate m.hallmark --inputs x.npy --expected own.npy --task sort", 2, "next-token");
}
