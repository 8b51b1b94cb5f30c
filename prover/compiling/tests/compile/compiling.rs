//! What the compiler's tests share.
use hallmark_circuits::model::Architecture;
use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileOptions, Compiled, compile};
use hallmark_fixtures::{OnnxBuilder, Value};
use ndarray::{ArrayD, IxDyn};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// Random numbers, the same each time.
pub fn random(seed: u64, count: usize) -> Vec<f32> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-1.0f32..1.0)).collect()
}

/// Samples of a shape whose first axis is a batch of 1.
pub fn samples(seed: u64, count: usize, shape: &[usize]) -> ArrayD<f32> {
    let mut wide = shape.to_vec();
    wide[0] = count;
    let size = wide.iter().product();
    ArrayD::from_shape_vec(IxDyn(&wide), random(seed, size)).unwrap()
}

/// Builds a model with one input of a shape.
pub fn model(shape: &[usize], build: impl FnOnce(&mut OnnxBuilder, Value) -> Value) -> Vec<u8> {
    let mut graph = OnnxBuilder::new();
    let input = graph.input("x", shape);
    let output = build(&mut graph, input);
    graph.finish(&[&output])
}

/// Compiles a model and checks it: valid, accurate on the calibration data, and total on the extreme inputs.
pub fn check(onnx: &[u8], shape: &[usize], tolerance: f64) -> Compiled {
    let calibration = samples(1, 12, shape);
    let options = CompileOptions { activation_bits: Some(10), ..CompileOptions::default() };
    let compiled = compile(onnx, &calibration, None, &options).unwrap_or_else(|error| panic!("{error}"));
    let accuracy = &compiled.report.accuracy;
    let relative = accuracy.worst_error / accuracy.output_range.max(1e-9);
    assert!(relative <= tolerance, "the worst error is {relative:.5} of the range, above {tolerance}");
    check_architecture(&compiled);
    check_extremes(&compiled);
    compiled
}

/// Refuses a model that the verifier's side would refuse.
pub fn check_architecture(compiled: &Compiled) {
    compiled.architecture.validate().unwrap();
    compiled.weights.validate(&compiled.architecture).unwrap();
}

/// Runs the reference semantics on inputs that press every bound.
pub fn check_extremes(compiled: &Compiled) {
    for input in extreme_inputs(&compiled.architecture) {
        execute(&compiled.architecture, &compiled.weights, &input).unwrap();
    }
}

/// All least, all greatest, all zero, and mixtures of least and greatest.
pub fn extreme_inputs(model: &Architecture) -> Vec<Vec<i64>> {
    let (least, greatest) = model.input.range();
    let cells: usize = model.input.axes.iter().product();
    let mixture = |seed: u64| random(seed, cells).iter().map(|&x| if x < 0.0 { least } else { greatest }).collect();
    let uniform = [least, greatest, 0].map(|value| vec![value; cells]);
    uniform.into_iter().chain((0..3).map(mixture)).collect()
}
