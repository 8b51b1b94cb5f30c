//! The ONNX importer: bytes at random, and graphs whose parts are exchanged, dropped and resized.

use hallmark_compiling::{CompileOptions, compile};
use hallmark_fixtures::{Fixture, OnnxBuilder, Value, seeded_inputs};
use ndarray::{ArrayD, Axis};
use prost::Message;
use rand::{Rng, RngExt};
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto};

use crate::harness::Target;
use crate::mutate::{interesting, mutate};

/// Operators that a node may become, some of them unknown.
const OPERATORS: &str = "Add AveragePool BatchNormalization Cast Clip Concat Constant ConstantOfShape Conv Div Dropout \
    Erf Exp Flatten Gather Gelu Gemm GlobalAveragePool HardSwish If Identity LeakyRelu Log Loop MatMul Max MaxPool Mul \
    PRelu Pad Pow ReduceMax ReduceMean ReduceSum Relu Reshape Scan Shape Sigmoid Slice Softmax Split Squeeze Sub Tanh \
    Transpose Unsqueeze";

/// A valid model with samples that it takes.
struct Seed {
    model: Vec<u8>,
    calibration: ArrayD<f32>,
}

fn seeds() -> Vec<Seed> {
    let trained = ["digits_mlp", "wine_mlp"].map(|name| {
        let fixture = Fixture::find(name).unwrap();
        let mut calibration = fixture.calibration();
        calibration.slice_axis_inplace(Axis(0), (0..3).into());
        Seed { model: fixture.model().into_owned(), calibration }
    });
    let small = [convolution, windows, movement, functions].map(|build| {
        let mut graph = OnnxBuilder::new();
        let input = graph.input("x", &[1, 2, 6, 5]);
        let output = build(&mut graph, &input);
        Seed { model: graph.finish(&[&output]), calibration: seeded_inputs(&[2, 6, 5], 3, 1) }
    });
    trained.into_iter().chain(small).collect()
}

fn values(count: usize) -> Vec<f32> {
    (0..count).map(|index| (index * 37 % 19) as f32 / 19.0 - 0.45).collect()
}

fn convolution(graph: &mut OnnxBuilder, x: &Value) -> Value {
    let weights = graph.initializer("w", &[4, 1, 3, 3], values(36));
    let bias = graph.initializer("b", &[4], values(4));
    let conv = graph.node("Conv", &[x, &weights, &bias]).int("group", 2).ints("pads", &[1, 1, 1, 1]);
    let y = conv.ints("strides", &[2, 1]).output();
    let y = graph.apply("Relu", &[&y]);
    let y = graph.apply("GlobalAveragePool", &[&y]);
    let y = graph.apply("Flatten", &[&y]);
    let weights = graph.initializer("v", &[4, 3], values(12));
    graph.apply("Gemm", &[&y, &weights])
}

fn windows(graph: &mut OnnxBuilder, x: &Value) -> Value {
    let y = graph.node("MaxPool", &[x]).ints("kernel_shape", &[2, 2]).ints("strides", &[2, 2]).output();
    let z = graph.node("AveragePool", &[x]).ints("kernel_shape", &[2, 2]).ints("strides", &[2, 2]).output();
    let sum = graph.apply("Add", &[&y, &z]);
    graph.node("ReduceMean", &[&sum]).ints("axes", &[2, 3]).output()
}

fn movement(graph: &mut OnnxBuilder, x: &Value) -> Value {
    let y = graph.node("Transpose", &[x]).ints("perm", &[0, 2, 3, 1]).output();
    let starts = graph.initializer_i64("starts", &[2], vec![1, 0]);
    let ends = graph.initializer_i64("ends", &[2], vec![5, 4]);
    let axes = graph.initializer_i64("axes", &[2], vec![1, 2]);
    let y = graph.apply("Slice", &[&y, &starts, &ends, &axes]);
    let z = graph.node("Concat", &[&y, &y]).int("axis", 3).output();
    let pads = graph.initializer_i64("pads", &[8], vec![0, 1, 0, 0, 0, 0, 1, 0]);
    let z = graph.apply("Pad", &[&z, &pads]);
    let shape = graph.initializer_i64("shape", &[2], vec![1, -1]);
    graph.apply("Reshape", &[&z, &shape])
}

fn functions(graph: &mut OnnxBuilder, x: &Value) -> Value {
    let low = graph.initializer("low", &[], vec![-0.5]);
    let high = graph.initializer("high", &[], vec![0.75]);
    let y = graph.apply("Clip", &[x, &low, &high]);
    let y = graph.node("LeakyRelu", &[&y]).float("alpha", 0.1).output();
    let y = graph.apply("Sigmoid", &[&y]);
    let scale = graph.initializer("scale", &[2, 1, 1], values(2));
    let y = graph.apply("Mul", &[&y, &scale]);
    let y = graph.apply("Sub", &[&y, x]);
    graph.apply("Tanh", &[&y])
}

/// A mutated model, with the number of its seed in front.
fn input(seeds: &[Seed], rng: &mut impl Rng) -> Vec<u8> {
    let number = rng.random_range(0..seeds.len());
    let model = &seeds[number].model;
    let mutated = if rng.random_bool(0.2) {
        mutate(std::slice::from_ref(model), rng)
    } else {
        let mut proto = ModelProto::decode(model.as_slice()).unwrap();
        let graph = proto.graph.as_mut().unwrap();
        for _ in 0..1 << rng.random_range(0..3) {
            mutate_graph(graph, rng);
        }
        proto.encode_to_vec()
    };
    [vec![number as u8], mutated].concat()
}

fn mutate_graph(graph: &mut GraphProto, rng: &mut impl Rng) {
    let names: Vec<String> =
        graph.node.iter().flat_map(|node| node.output.iter().chain(&node.input)).cloned().collect();
    match rng.random_range(0..10) {
        0 if graph.node.len() > 1 => drop(graph.node.remove(rng.random_range(0..graph.node.len()))),
        1 => {
            let copy = graph.node[rng.random_range(0..graph.node.len())].clone();
            graph.node.insert(rng.random_range(0..=graph.node.len()), copy);
        }
        2 => {
            let (left, right) = (rng.random_range(0..graph.node.len()), rng.random_range(0..graph.node.len()));
            graph.node.swap(left, right);
        }
        3 if !graph.initializer.is_empty() => {
            let index = rng.random_range(0..graph.initializer.len());
            mutate_tensor(&mut graph.initializer[index], rng);
        }
        4 if !graph.output.is_empty() => graph.output[0].name = pick(&names, rng),
        _ => {
            let index = rng.random_range(0..graph.node.len());
            mutate_node(&mut graph.node[index], &names, rng);
        }
    }
}

fn mutate_node(node: &mut NodeProto, names: &[String], rng: &mut impl Rng) {
    match rng.random_range(0..6) {
        0 => {
            let operators: Vec<&str> = OPERATORS.split_whitespace().collect();
            node.op_type = operators[rng.random_range(0..operators.len())].into();
        }
        1 if !node.input.is_empty() => {
            let index = rng.random_range(0..node.input.len());
            node.input[index] = pick(names, rng);
        }
        2 => node.input.push(pick(names, rng)),
        3 => drop(node.input.pop()),
        4 => node.attribute.push(AttributeProto {
            name: ["axis", "axes", "perm", "pads", "strides", "dilations", "kernel_shape", "group", "to", "ceil_mode"]
                [rng.random_range(0..10)]
            .into(),
            r#type: if rng.random_bool(0.5) { 7 } else { 2 },
            i: integer(rng),
            ints: (0..rng.random_range(0..6)).map(|_| integer(rng)).collect(),
            ..Default::default()
        }),
        _ => {
            if let Some(attribute) = node.attribute.first_mut() {
                mutate_attribute(attribute, rng);
            }
        }
    }
}

fn mutate_attribute(attribute: &mut AttributeProto, rng: &mut impl Rng) {
    attribute.i = integer(rng);
    attribute.f = f32::from_bits(rng.random());
    match attribute.ints.len() {
        0 => attribute.ints.push(integer(rng)),
        length => attribute.ints[rng.random_range(0..length)] = integer(rng),
    }
    if let Some(tensor) = &mut attribute.t {
        mutate_tensor(tensor, rng);
    }
}

fn mutate_tensor(tensor: &mut TensorProto, rng: &mut impl Rng) {
    match rng.random_range(0..7) {
        0 if !tensor.dims.is_empty() => {
            let index = rng.random_range(0..tensor.dims.len());
            tensor.dims[index] = integer(rng);
        }
        1 => tensor.dims.push(integer(rng)),
        2 => drop(tensor.dims.pop()),
        3 => tensor.data_type = rng.random_range(0..20),
        4 => {
            let at = rng.random_range(0..=tensor.raw_data.len());
            tensor.raw_data.truncate(at);
        }
        _ => {
            // Another float: an infinity, a NaN, something huge or just other bits.
            let bits: u32 = if rng.random_bool(0.5) { rng.random() } else { 0x7f80_0000 };
            if let Some(chunk) = tensor.raw_data.chunks_exact_mut(4).next() {
                chunk.copy_from_slice(&bits.to_le_bytes());
            } else if let Some(value) = tensor.float_data.first_mut() {
                *value = f32::from_bits(bits);
            } else if let Some(value) = tensor.int64_data.first_mut() {
                *value = i64::from(bits);
            }
        }
    }
}

/// A small number that may make sense, or an interesting one.
fn integer(rng: &mut impl Rng) -> i64 {
    if rng.random_bool(0.7) { rng.random_range(-3..9) } else { interesting(rng) as i64 }
}

fn pick(names: &[String], rng: &mut impl Rng) -> String {
    names.get(rng.random_range(0..names.len() + 1)).cloned().unwrap_or_default()
}

#[test]
fn onnx() {
    let seeds = seeds();
    let read = |bytes: &[u8]| {
        let Some((&number, model)) = bytes.split_first() else { return false };
        let calibration = &seeds[usize::from(number)].calibration;
        match compile(model, calibration, None, &CompileOptions::default()) {
            Ok(compiled) => {
                assert_eq!(compiled.architecture.validate(), Ok(()));
                assert_eq!(compiled.weights.validate(&compiled.architecture), Ok(()));
                true
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                false
            }
        }
    };
    for (number, seed) in seeds.iter().enumerate() {
        let result = compile(&seed.model, &seed.calibration, None, &CompileOptions::default());
        assert!(result.is_ok(), "seed {number} is valid: {:?}", result.err());
    }
    // The importer's limits allow constants and tensors of 2^26 values of eight bytes, of which it keeps a few at a time: a
    // short model can ask for large ones.
    Target { name: "onnx", max_memory: 2048, input: &|rng| input(&seeds, rng), read: &read }.run();
}
