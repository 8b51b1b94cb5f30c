//! A model with several outputs, whose arrays go by name.

use std::{fs, sync::OnceLock};

use hallmark_fixtures::{OnnxBuilder, models::heads};
use hallmark_proving::npz::{Arrays, read_arrays};
use ndarray::{ArrayD, Axis, IxDyn, Slice};
use serde_json::{Value, json};

use crate::{
    arrays::{array, savez},
    world::{World, text},
};

const NAMES: [&str; 4] = ["scores", "total", "table", "best"];

/// The model in batches of four, with a sample, three samples and their proofs.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut world = World::shared().copied(&[]);
        world.done("srs new --insecure --log-size 15 -o srs.bin");
        fs::write(world.path("heads.onnx"), heads()).unwrap();
        world.write("calibration.npy", array(&[40, 6], 7).view());
        world.write("x.npy", array(&[1, 6], 7).view());
        world.write("three.npy", array(&[40, 6], 7).slice_axis(Axis(0), Slice::from(0..3)));
        let compiled = world.done("compile heads.onnx --calibration calibration.npy -o m.hallmark");
        let outputs: Vec<&Value> =
            compiled["outputs"].as_array().unwrap().iter().map(|output| &output["name"]).collect();
        assert_eq!(outputs, NAMES);
        let committed = world.done("commit m.hallmark --srs srs.bin --batches 4");
        (world.digest, world.weights) = (text(&committed, "model_digest"), text(&committed, "weight_digest"));
        world.done("export-key m.hallmark -o m.key");
        world.done("prove m.hallmark --srs srs.bin --input x.npy -o p.proof --save-output y.npz");
        world.done("prove m.hallmark --srs srs.bin --inputs three.npy -o b.proof --off-chain --save-output ys.npz");
        world
    })
}

fn named(world: &World, name: &str) -> Vec<(String, ArrayD<f32>)> {
    match read_arrays(&world.path(name), 1 << 20).unwrap() {
        Arrays::Named(arrays) => arrays,
        Arrays::One(array) => panic!("{array:?}"),
    }
}

/// The values of an output in JSON.
fn values(json: &Value, name: &str) -> Vec<f32> {
    json["outputs"][name]["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
}

#[test]
fn each_output_is_told_and_written_under_its_name() {
    let world = world();
    let ran = world.done("run m.hallmark --input x.npy");
    assert!(ran.get("output").is_none() && ran.get("argmax").is_none(), "{ran}");
    let saved = named(world, "y.npz");
    let shapes: Vec<(&str, &[usize])> = saved.iter().map(|(name, array)| (name.as_str(), array.shape())).collect();
    assert_eq!(shapes, [("scores", &[1, 4][..]), ("total", &[1]), ("table", &[1, 2, 3]), ("best", &[1])]);
    for (name, array) in &saved {
        assert_eq!(values(&ran, name), array.iter().copied().collect::<Vec<_>>(), "{name}");
    }
    assert_eq!(ran["outputs"]["scores"]["argmax"].as_f64(), Some(f64::from(values(&ran, "best")[0])));
    assert_eq!(ran["outputs"]["table"]["shape"], json!([1, 2, 3]));
    let text = String::from_utf8(world.command("run m.hallmark --input x.npy").stdout).unwrap();
    assert!(text.contains(" scores [1, 4]\n") && text.contains(" table [1, 2, 3]\n"), "{text}");
    let shown = world.done("inspect m.key");
    let arrays = shown["output"]["arrays"].as_array().unwrap();
    assert!(arrays[1]["scale"].as_f64().unwrap() > 20.0 * arrays[0]["scale"].as_f64().unwrap(), "{shown}");
    assert_eq!((arrays[3]["name"].as_str(), arrays[3]["scale"].as_f64()), (Some("best"), Some(1.0)));
    // A stack has an object for each sample, and arrays whose first axis counts them.
    let many = world.done("run m.hallmark --inputs three.npy");
    assert_eq!((many["outputs"].as_array().unwrap().len(), many.get("argmaxes")), (3, None));
    assert_eq!(many["outputs"][0], ran["outputs"]);
    let stacked = named(world, "ys.npz");
    let shapes: Vec<&[usize]> = stacked.iter().map(|(_, array)| array.shape()).collect();
    assert_eq!(shapes, [&[3, 4][..], &[3], &[3, 2, 3], &[3]]);
}

#[test]
fn claimed_outputs_are_compared_one_by_one() {
    let world = world();
    let verify = world.verify("p.proof", "--input x.npy");
    let valid = world.done(&format!("{verify} --output y.npz"));
    assert_eq!((&valid["valid"], values(&valid, "best").len()), (&json!(true), 1));
    let honest = named(world, "y.npz");
    for (place, (name, _)) in honest.iter().enumerate() {
        let mut lie = honest.clone();
        lie[place].1.mapv_inplace(|value| value + if name == "total" { 3.0 } else { 0.75 });
        let lie: Vec<(&str, ArrayD<f32>)> = lie.iter().map(|(name, array)| (name.as_str(), array.clone())).collect();
        savez(world, "lie.npz", &lie);
        world.refuses(&format!("{verify} --output lie.npz"), &format!("in `{name}` value 0 is claimed"));
    }
    world.fails(&format!("{verify} --output x.npy"), 3, "has 4 arrays, and the file is one");
    savez(world, "less.npz", &[("scores", array(&[1, 4], 3))]);
    world.fails(&format!("{verify} --output less.npz"), 3, "numpy.savez('outputs.npz', scores=..., total=...");
    let batch =
        format!("verify b.proof --key m.key --srs srs.bin --weight-digest {} --inputs three.npy", world.weights);
    assert_eq!(world.done(&format!("{batch} --output ys.npz"))["outputs"].as_array().unwrap().len(), 3);
    world.fails(&format!("{batch} --output y.npz"), 3, "claimed outputs `scores`");
}

#[test]
fn a_whole_set_is_held_against_each_output() {
    let world = world();
    let answers = world.done("run m.hallmark --inputs calibration.npy --save-output all.npz");
    assert_eq!(answers["outputs"].as_array().unwrap().len(), 40);
    let same = world.done("evaluate m.hallmark --inputs calibration.npy --expected all.npz");
    assert_eq!((&same["judged"], &same["relative_error"]), (&json!("scores"), &json!(0.0)));
    assert_eq!(same["relative_errors"], json!({ "scores": 0.0, "total": 0.0, "table": 0.0, "best": 0.0 }));
    assert_eq!(same["quality"]["agreement"], 1.0);
    let mut other = named(world, "all.npz");
    other[2].1.mapv_inplace(|value| 2.0 * value);
    let other: Vec<(&str, ArrayD<f32>)> = other.iter().map(|(name, array)| (name.as_str(), array.clone())).collect();
    savez(world, "other.npz", &other);
    let half = world.done("evaluate m.hallmark --inputs calibration.npy --expected other.npz");
    assert_eq!((&half["relative_error"], &half["relative_errors"]["table"]), (&json!(0.0), &json!(0.5)));
    // The right classes are those of the output that is judged.
    let best: Vec<i64> = other[3].1.iter().map(|&best| best as i64).collect();
    let labels = ndarray::Array1::from(best);
    ndarray_npy::write_npy(world.path("labels.npy"), &labels).unwrap();
    let found = world.done("evaluate m.hallmark --inputs calibration.npy --labels labels.npy");
    assert_eq!(found["labels_found"], 1.0, "{found}");
}

#[test]
fn one_of_several_outputs_may_be_named() {
    let world = world();
    world.done("compile heads.onnx --calibration calibration.npy --output-name table -o table.hallmark");
    let table = world.done("run table.hallmark --input x.npy");
    assert_eq!(table["output"].as_array().unwrap().len(), 6);
    world.done(
        "compile heads.onnx --calibration calibration.npy --output-name best --output-name scores -o two.hallmark",
    );
    let two = world.done("run two.hallmark --input x.npy");
    let names: Vec<&String> = two["outputs"].as_object().unwrap().keys().collect();
    assert_eq!((names.len(), values(&two, "scores").len(), values(&two, "best").len()), (2, 4, 1));
    world.fails(
        "compile heads.onnx --calibration calibration.npy --output-name none -o n.hallmark",
        1,
        "no node makes `none`",
    );
    // A model with one output has one array, in either kind of file.
    let mut graph = OnnxBuilder::new();
    let x = graph.input("x", &[1, 6]);
    let y = graph.apply("Relu", &[&x]);
    fs::write(world.path("relu.onnx"), graph.finish(&[&y])).unwrap();
    world.done("compile relu.onnx --calibration calibration.npy -o relu.hallmark");
    world.done("run relu.hallmark --inputs calibration.npy --save-output relu.npy");
    savez(
        world,
        "relu.npz",
        &[("y", ArrayD::from_shape_vec(IxDyn(&[40, 6]), world.array("relu.npy").into_iter().collect()).unwrap())],
    );
    for file in ["relu.npy", "relu.npz"] {
        let same = world.done(&format!("evaluate relu.hallmark --inputs calibration.npy --expected {file}"));
        assert_eq!((&same["relative_error"], same.get("relative_errors")), (&json!(0.0), None));
    }
}
