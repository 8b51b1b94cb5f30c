//! What transformers have that small networks lack: padding, wide scores, and channels that exceed the others by far.

use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileOptions, Compiled, Task, compile};
use hallmark_fixtures::{OnnxBuilder, Value};
use ndarray::{ArrayD, IxDyn};

use crate::compiling::{check_architecture, check_extremes, model, random, samples};

const TOKENS: usize = 8;
const WIDTH: usize = 32;
/// Weights of this channel of the embedding are so many times larger.
const OUTLIER: (usize, f32) = (5, 40.0);

/// Token ids of 24 sentences, of which some end early.
fn sentences() -> ArrayD<f32> {
    let token = |index: usize| if index % TOKENS < 4 + index / TOKENS % 5 { 1 + index * 17 % 59 } else { 0 };
    let tokens = (0..24 * TOKENS).map(|index| token(index) as f32).collect();
    ArrayD::from_shape_vec(IxDyn(&[24, 1, TOKENS]), tokens).unwrap()
}

/// Embeds tokens; one channel is far larger than the others.
fn embed(graph: &mut OnnxBuilder, tokens: &Value) -> Value {
    let mut data = random(2, 60 * WIDTH);
    data.iter_mut().skip(OUTLIER.0).step_by(WIDTH).for_each(|value| *value = OUTLIER.1 * (1.0 + 0.1 * *value));
    let table = graph.initializer("table", &[60, WIDTH], data);
    graph.apply("Gather", &[&table, tokens])
}

fn norm(graph: &mut OnnxBuilder, x: &Value, name: &str) -> Value {
    let scale = random(name.as_bytes()[0].into(), WIDTH).iter().map(|value| 1.0 + 0.3 * value).collect();
    let scale = graph.initializer(&format!("{name} scale"), &[WIDTH], scale);
    let shift = graph.initializer(&format!("{name} shift"), &[WIDTH], random(name.as_bytes()[0].into(), WIDTH));
    graph.node("LayerNormalization", &[x, &scale, &shift]).int("axis", -1).output()
}

fn linear(graph: &mut OnnxBuilder, x: &Value, name: &str, size: [usize; 2], gain: f32) -> Value {
    let gain = gain / (size[0] as f32).sqrt();
    let data = random(name.bytes().map(u64::from).sum(), size[0] * size[1]).iter().map(|value| value * gain).collect();
    let weights = graph.initializer(name, &size, data);
    graph.apply("MatMul", &[x, &weights])
}

/// Attention of one head that leaves padding out, with scores that reach far.
fn attend(graph: &mut OnnxBuilder, x: &Value, tokens: &Value) -> Value {
    let zero = graph.initializer_i64("zero", &[], vec![0]);
    let [one, low] = [1.0, -1e4].map(|value: f32| graph.initializer(&format!("c{value}"), &[], vec![value]));
    let kept = graph.apply("Greater", &[tokens, &zero]);
    let kept = graph.node("Cast", &[&kept]).int("to", 1).output();
    let left_out = graph.apply("Sub", &[&one, &kept]);
    let mask = graph.apply("Mul", &[&left_out, &low]);
    let shape = graph.initializer_i64("mask shape", &[3], vec![1, 1, TOKENS as i64]);
    let mask = graph.apply("Reshape", &[&mask, &shape]);
    let [q, k, v] = ["query", "key", "value"].map(|name| linear(graph, x, name, [WIDTH, WIDTH], 0.7));
    let keys = graph.node("Transpose", &[&k]).ints("perm", &[0, 2, 1]).output();
    let scores = graph.apply("MatMul", &[&q, &keys]);
    let scores = graph.apply("Add", &[&scores, &mask]);
    let shares = graph.node("Softmax", &[&scores]).int("axis", -1).output();
    graph.apply("MatMul", &[&shares, &v])
}

/// A block of a transformer, with norms after the sums as BERT has them.
fn block(bits: u32) -> Compiled {
    let mut graph = OnnxBuilder::new();
    let tokens = graph.input_i64("x", &[1, TOKENS]);
    let x = embed(&mut graph, &tokens);
    let x = norm(&mut graph, &x, "a");
    let mixed = attend(&mut graph, &x, &tokens);
    let x = graph.apply("Add", &[&mixed, &x]);
    let x = norm(&mut graph, &x, "b");
    let inner = linear(&mut graph, &x, "inner", [WIDTH, 2 * WIDTH], 1.0);
    let inner = graph.apply("Relu", &[&inner]);
    let outer = linear(&mut graph, &inner, "outer", [2 * WIDTH, WIDTH], 1.0);
    let x = graph.apply("Add", &[&outer, &x]);
    let x = norm(&mut graph, &x, "c");
    let onnx = graph.finish(&[&x]);
    let options = CompileOptions { activation_bits: Some(bits), task: Some(Task::Embed), ..CompileOptions::default() };
    let compiled = compile(&onnx, &sentences(), None, &options).unwrap();
    check_architecture(&compiled);
    check_extremes(&compiled);
    compiled
}

#[test]
fn no_layer_of_a_block_errs_by_much() {
    for (bits, most) in [(12, 0.005), (10, 0.02)] {
        let report = block(bits).report;
        for layer in &report.layers {
            // An exponential magnifies the error of its score, which a bound of all scores leaves few bits.
            let most = if layer.name.contains("Softmax") { 0.4 } else { most };
            assert!(layer.relative_error < most, "{bits} bits: {} errs by {}", layer.name, layer.relative_error);
        }
        assert!(report.quality.least_cosine.unwrap() > 1.0 - most * most, "{:?}", report.quality);
    }
}

#[test]
fn a_logarithm_of_a_sum_of_exponentials_is_warned_of_where_these_spread_far() {
    let warnings = |gain: f32| {
        let onnx = model(&[1, 8], |graph, x| {
            let gain = graph.initializer("gain", &[], vec![gain]);
            let x = graph.apply("Mul", &[&x, &gain]);
            let exponentials = graph.apply("Exp", &[&x]);
            let ones = graph.initializer("ones", &[8, 1], vec![1.0; 8]);
            let sum = graph.apply("MatMul", &[&exponentials, &ones]);
            graph.apply("Log", &[&sum])
        });
        compile(&onnx, &samples(3, 12, &[1, 8]), None, &CompileOptions::default()).unwrap().report.warnings
    };
    let is_of_exponentials = |warning: &String| warning.contains("Subtract the greatest value first");
    assert!(warnings(20.0).iter().any(is_of_exponentials));
    assert!(!warnings(2.0).iter().any(is_of_exponentials));
}

/// What older operator sets spell with several nodes is exact as the one operator that it is.
#[test]
fn a_logarithm_of_a_sum_of_exponentials_is_one_operator() {
    let onnx = model(&[1, 8], |graph, x| {
        let gain = graph.initializer("gain", &[], vec![20.0]);
        let x = graph.apply("Mul", &[&x, &gain]);
        let exponentials = graph.apply("Exp", &[&x]);
        let axes = graph.initializer_i64("axes", &[1], vec![1]);
        let sum = graph.node("ReduceSum", &[&exponentials, &axes]).int("keepdims", 1).output();
        graph.apply("Log", &[&sum])
    });
    let report = compile(&onnx, &samples(3, 12, &[1, 8]), None, &CompileOptions::default()).unwrap().report;
    assert!(report.accuracy.worst_error < 0.02 * report.accuracy.output_range, "{:?}", report.accuracy);
    assert!(report.warnings.iter().all(|warning| !warning.contains("exponentials")), "{:?}", report.warnings);
}

/// A comparison with equality takes no equality of reals. An equality that is read elsewhere too is one.
#[test]
fn greater_or_equal_is_one_operator() {
    let build = |is_read: bool| {
        model(&[1, 6], |graph, x| {
            let bound = graph.initializer("bound", &[6], random(7, 6));
            let greater = graph.apply("Greater", &[&x, &bound]);
            let equal = graph.apply("Equal", &[&bound, &x]);
            let either = graph.apply("Or", &[&greater, &equal]);
            let either = graph.node("Cast", &[&either]).int("to", 1).output();
            if !is_read {
                return either;
            }
            let equal = graph.node("Cast", &[&equal]).int("to", 1).output();
            graph.apply("Add", &[&either, &equal])
        })
    };
    let compiled = |is_read| compile(&build(is_read), &samples(3, 12, &[1, 6]), None, &CompileOptions::default());
    assert!(compiled(false).unwrap().report.accuracy.worst_error < 1e-3);
    assert!(compiled(true).unwrap_err().to_string().contains("compares reals for equality"));
}

/// A saturated function is flat where it was calibrated. Its argument may not be rounded to where it is not.
#[test]
fn a_saturated_function_stays_saturated() {
    let onnx = model(&[1, 4], |graph, x| {
        let shift = graph.initializer("shift", &[], vec![14.0]);
        let far = graph.apply("Add", &[&x, &shift]);
        graph.apply("Tanh", &[&far])
    });
    let compiled = compile(&onnx, &samples(5, 12, &[1, 4]), None, &CompileOptions::default()).unwrap();
    let port = &compiled.architecture.output;
    let input: Vec<i64> = (0..4).map(|index| compiled.architecture.input.quantize(index, 0.5)).collect();
    let tensors = execute(&compiled.architecture, &compiled.weights, &input).unwrap();
    for value in port.dequantize(tensors.last().unwrap()) {
        assert!((value - 1.0).abs() < 0.01, "{value}");
    }
}

/// As attention with a token of zeros that is always kept: its mask is padded after it was computed.
#[test]
fn a_mask_that_is_padded_keeps_what_is_beside_it() {
    let onnx = model(&[1, 4], |graph, x| {
        let half = graph.initializer("half", &[], vec![0.5]);
        let [low, zero] = [("low", -1e9), ("zero", 0.0)].map(|(name, value)| graph.initializer(name, &[], vec![value]));
        let is_left_out = graph.apply("Greater", &[&x, &half]);
        let mask = graph.apply("Where", &[&is_left_out, &low, &zero]);
        let pads = graph.initializer_i64("pads", &[4], vec![0, 0, 0, 1]);
        let mask = graph.apply("Pad", &[&mask, &pads]);
        let weights = graph.initializer("w", &[4, 5], random(3, 20));
        let scores = graph.apply("MatMul", &[&x, &weights]);
        let scores = graph.apply("Add", &[&scores, &mask]);
        graph.node("Softmax", &[&scores]).int("axis", 1).output()
    });
    let compiled = compile(&onnx, &samples(6, 40, &[1, 4]), None, &CompileOptions::default()).unwrap();
    check_architecture(&compiled);
    check_extremes(&compiled);
    assert_eq!(compiled.report.unchecked, None);
    assert!(compiled.report.accuracy.worst_error < 0.03, "{}", compiled.report.accuracy.worst_error);
}
