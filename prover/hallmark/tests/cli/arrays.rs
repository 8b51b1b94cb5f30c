//! A model with several inputs, whose arrays come by name.

use std::{
    fs::File,
    io::{Cursor, Write},
};

use hallmark_fixtures::OnnxBuilder;
use ndarray::{ArrayD, Ix2, IxDyn};
use ndarray_npy::WriteNpyExt;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::world::{World, floats, text};

/// An array of small numbers.
pub(crate) fn array(shape: &[usize], factor: usize) -> ArrayD<f32> {
    let count = shape.iter().product();
    let values = (0..count).map(|index: usize| (index * factor % 41) as f32 / 20.0 - 1.0).collect();
    ArrayD::from_shape_vec(IxDyn(shape), values).unwrap()
}

/// As `numpy.savez` writes it.
pub(crate) fn savez(world: &World, name: &str, arrays: &[(&str, ArrayD<f32>)]) {
    let mut archive = ZipWriter::new(File::create(world.path(name)).unwrap());
    for (name, array) in arrays {
        let mut bytes = Cursor::new(Vec::new());
        array.write_npy(&mut bytes).unwrap();
        archive.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes.get_ref()).unwrap();
    }
    archive.finish().unwrap();
}

/// What the model answers to the arrays of one sample.
fn answers<'a>(x: impl Iterator<Item = &'a f32> + Clone, z: impl Iterator<Item = &'a f32>) -> Vec<f32> {
    let weights = array(&[6, 4], 17).into_dimensionality::<Ix2>().unwrap();
    let product = |column: usize| x.clone().zip(weights.column(column)).map(|(x, weight)| x * weight).sum::<f32>();
    z.enumerate().map(|(column, z)| product(column).max(0.0) + z).collect()
}

/// `relu(x w) + z`, with its samples and one input.
fn world() -> World {
    let world = World::shared().copied(&["srs.bin", "m.key"]);
    let mut graph = OnnxBuilder::new();
    let (x, z) = (graph.input("x", &[1, 6]), graph.input("z", &[1, 2, 2]));
    let weights = graph.initializer("w", &[6, 4], array(&[24], 17).into_raw_vec_and_offset().0);
    let product = graph.apply("MatMul", &[&x, &weights]);
    let positive = graph.apply("Relu", &[&product]);
    let shape = graph.initializer_i64("shape", &[3], vec![1, 2, 2]);
    let square = graph.apply("Reshape", &[&positive, &shape]);
    let y = graph.apply("Add", &[&square, &z]);
    std::fs::write(world.path("sum.onnx"), graph.finish(&[&y])).unwrap();
    savez(&world, "samples.npz", &[("z", array(&[40, 2, 2], 13)), ("x", array(&[40, 6], 7))]);
    savez(&world, "one.npz", &[("x", array(&[1, 6], 7)), ("z", array(&[1, 2, 2], 13))]);
    world
}

#[test]
fn arrays_by_name_are_proved_and_checked() {
    let world = world();
    world.done("compile sum.onnx --calibration samples.npz -o sum.hallmark");
    let shown = world.done("inspect sum.hallmark");
    assert_eq!(shown["input"]["arrays"][1]["name"], "z", "{shown}");
    assert_eq!(shown["input"]["arrays"][1]["shape"], serde_json::json!([1, 2, 2]));
    let digest = text(&world.done("commit sum.hallmark --srs srs.bin"), "model_digest");
    world.done("export-key sum.hallmark -o sum.key");
    let ran = world.done("run sum.hallmark --input one.npz");
    let expected = answers(array(&[1, 6], 7).iter(), array(&[1, 2, 2], 13).iter());
    for (found, expected) in floats(&ran).into_iter().zip(expected) {
        assert!((found - expected).abs() < 0.05, "{found} for {expected}");
    }
    // The order of the arrays in the file says nothing.
    savez(&world, "turned.npz", &[("z", array(&[1, 2, 2], 13)), ("x", array(&[1, 6], 7))]);
    assert_eq!(world.done("run sum.hallmark --input turned.npz")["output"], ran["output"]);
    let [xs, zs] = [array(&[40, 6], 7), array(&[40, 2, 2], 13)];
    let expected = xs.outer_iter().zip(zs.outer_iter()).flat_map(|(x, z)| answers(x.iter(), z.iter())).collect();
    world.write("y.npy", ArrayD::from_shape_vec(IxDyn(&[40, 2, 2]), expected).unwrap().view());
    let many = world.done("evaluate sum.hallmark --inputs samples.npz --expected y.npy");
    assert!(many["samples"] == 40 && many["relative_error"].as_f64().unwrap() < 0.02, "{many}");
    world.done("prove sum.hallmark --srs srs.bin --input one.npz -o sum.proof");
    let verify = format!("verify sum.proof --key sum.key --srs srs.bin --digest {digest} --input");
    assert_eq!(world.done(&format!("{verify} one.npz"))["valid"], true);
    savez(&world, "other.npz", &[("x", array(&[1, 6], 7)), ("z", array(&[1, 2, 2], 11))]);
    world.refuses(&format!("{verify} other.npz"), "input");
}

#[test]
fn arrays_under_other_names_are_refused() {
    let world = world();
    world.fails("compile sum.onnx --calibration one.npz --dim n=1 -o sum.hallmark", 1, "--dim names `n`");
    world.write("x.npy", array(&[40, 6], 7).view());
    world.fails("compile sum.onnx --calibration x.npy -o sum.hallmark", 1, "2 inputs (`x`, `z`)");
    world.done("compile sum.onnx --calibration samples.npz -o sum.hallmark");
    let run = "run sum.hallmark --input";
    world.fails(&format!("{run} x.npy"), 1, "takes 2 arrays, and the file is one");
    savez(&world, "less.npz", &[("x", array(&[1, 6], 7))]);
    world.fails(&format!("{run} less.npz"), 1, "takes the arrays x, z, and the file has x");
    savez(&world, "named.npz", &[("x", array(&[1, 6], 7)), ("mask", array(&[1, 2, 2], 13))]);
    world.fails(&format!("{run} named.npz"), 1, "numpy.savez('inputs.npz', x=..., z=...)");
    savez(&world, "shaped.npz", &[("x", array(&[1, 6], 7)), ("z", array(&[1, 4], 13))]);
    world.fails(&format!("{run} shaped.npz"), 1, "input `z`");
    savez(&world, "uneven.npz", &[("x", array(&[3, 6], 7)), ("z", array(&[2, 2, 2], 13))]);
    world.write("y.npy", array(&[3, 2, 2], 1).view());
    world.fails("evaluate sum.hallmark --inputs uneven.npz --expected y.npy", 1, "input `z`");
    // A model with one input takes one array, from either file.
    let world = World::copy();
    savez(&world, "one.npz", &[("x", world.array("x.npy"))]);
    assert_eq!(world.done("run m.hallmark --input one.npz"), world.done("run m.hallmark --input x.npy"));
    savez(&world, "two.npz", &[("x", world.array("x.npy")), ("z", array(&[1], 1))]);
    world.fails("run m.hallmark --input two.npz", 1, "takes one array, and the file has x, z");
}
