//! The ONNX importer: bytes at random, and graphs whose parts are exchanged, dropped and resized.

use hallmark_compiling::{CompileOptions, compile, operators};
use hallmark_fixtures::{Fixture, OnnxBuilder, Value, models::heads, seeded_inputs};
use ndarray::{ArrayD, Axis};
use prost::Message;
use rand::{Rng, RngExt};
use tempfile::TempDir;
use tract_onnx::pb::{AttributeProto, GraphProto, ModelProto, NodeProto, StringStringEntryProto, TensorProto};

use crate::harness::Target;
use crate::mutate::{interesting, mutate};

/// Operators that a node may become beside those that are understood.
const UNKNOWN: [&str; 6] = ["If", "Loop", "Scan", "NonMaxSuppression", "Einsum", ""];

/// The file of weights beside the models.
const BESIDE: &str = "weights.bin";

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
    let small = [convolution, windows, movement, functions, enlarged, choices].map(|build| {
        let mut graph = OnnxBuilder::new();
        let input = graph.input("x", &[1, 2, 6, 5]);
        let output = build(&mut graph, &input);
        Seed { model: graph.finish(&[&output]), calibration: seeded_inputs(&[2, 6, 5], 3, 1) }
    });
    let several = Seed { model: heads(), calibration: seeded_inputs(&[6], 3, 1) };
    trained.into_iter().chain(small).chain([several]).collect()
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

fn enlarged(graph: &mut OnnxBuilder, x: &Value) -> Value {
    let weights = graph.initializer("w", &[2, 3, 2, 2], values(24));
    let y = graph.node("ConvTranspose", &[x, &weights]).ints("strides", &[2, 2]).ints("pads", &[1, 0, 0, 1]).output();
    let roi = graph.initializer("roi", &[0], vec![]);
    let scales = graph.initializer("scales", &[4], vec![1.0, 1.0, 0.5, 1.5]);
    let y = graph.node("Resize", &[&y, &roi, &scales]).string("mode", "linear").output();
    let indices = graph.initializer_i64("indices", &[3], vec![2, 0, -1]);
    let y = graph.node("Gather", &[&y, &indices]).int("axis", 1).output();
    let pads = graph.initializer_i64("pads", &[8], vec![0, 0, 1, 1, 0, 0, 0, 2]);
    graph.node("Pad", &[&y, &pads]).string("mode", "reflect").output()
}

fn choices(graph: &mut OnnxBuilder, x: &Value) -> Value {
    let zero = graph.initializer("zero", &[], vec![0.125]);
    let above = graph.apply("Greater", &[x, &zero]);
    let curve = graph.apply("Exp", &[x]);
    let y = graph.apply("Where", &[&above, x, &curve]);
    let y = graph.node("Softmax", &[&y]).int("axis", 1).output();
    let axis = graph.initializer_i64("axis", &[1], vec![3]);
    let y = graph.apply("CumSum", &[&y, &axis]);
    let shape = graph.initializer_i64("shape", &[4], vec![1, 2, 6, 5]);
    graph.apply("Expand", &[&y, &shape])
}

/// A mutated model, with the number of its seed in front.
fn input(seeds: &[Seed], rng: &mut impl Rng) -> Vec<u8> {
    let number = rng.random_range(0..seeds.len());
    let model = &seeds[number].model;
    let mutated = if rng.random_bool(0.2) {
        mutate(std::slice::from_ref(model), rng)
    } else {
        let mut proto = ModelProto::decode(model.as_slice()).unwrap();
        if let Some(set) = proto.opset_import.first_mut().filter(|_| rng.random_bool(0.1)) {
            set.version = rng.random_range(0..30);
        }
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
        4 if !graph.output.is_empty() => {
            let index = rng.random_range(0..graph.output.len());
            if rng.random_bool(0.5) {
                graph.output[index].name = pick(&names, rng);
            } else {
                let copy = graph.output[index].clone();
                graph.output.push(copy);
                graph.output[index].name = pick(&names, rng);
            }
        }
        _ => {
            let index = rng.random_range(0..graph.node.len());
            mutate_node(&mut graph.node[index], &names, rng);
        }
    }
}

fn mutate_node(node: &mut NodeProto, names: &[String], rng: &mut impl Rng) {
    match rng.random_range(0..6) {
        0 => {
            let operators: Vec<&str> = operators().map(|operator| operator.name).chain(UNKNOWN).collect();
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
            r#type: [7, 2, 1, 0][rng.random_range(0..4)],
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
    match rng.random_range(0..8) {
        7 => move_outside(tensor, rng),
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

/// Says that a tensor's data lie in a file: the one beside the model, or another.
fn move_outside(tensor: &mut TensorProto, rng: &mut impl Rng) {
    let locations =
        [BESIDE, "./weights.bin", "../weights.bin", "/etc/hostname", "link", "", "folder", "missing", "a\\b"];
    let location = locations[rng.random_range(0..locations.len())].to_owned();
    let mut entries = vec![("location", location)];
    for key in ["offset", "length"] {
        if rng.random_bool(0.5) {
            entries.push((key, integer(rng).to_string()));
        }
    }
    let entry = |(key, value): (&str, String)| StringStringEntryProto { key: key.into(), value };
    tensor.external_data = entries.into_iter().map(entry).collect();
    tensor.data_location = Some(rng.random_range(0..3));
}

/// A small number that may make sense, or an interesting one.
fn integer(rng: &mut impl Rng) -> i64 {
    if rng.random_bool(0.7) { rng.random_range(-3..9) } else { interesting(rng) as i64 }
}

fn pick(names: &[String], rng: &mut impl Rng) -> String {
    names.get(rng.random_range(0..names.len() + 1)).cloned().unwrap_or_default()
}

/// The folder of the models: a file of weights, one that a link leads out to, and a folder.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(BESIDE), [3; 4096]).unwrap();
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("/etc/hostname", folder.path().join("link")).unwrap();
    folder
}

#[test]
fn onnx() {
    let seeds = seeds();
    let folder = folder();
    let options = CompileOptions { folder: Some(folder.path().to_owned()), ..CompileOptions::default() };
    let read = |bytes: &[u8]| {
        let Some((&number, model)) = bytes.split_first() else { return false };
        let calibration = &seeds[usize::from(number)].calibration;
        match compile(model, calibration, None, &options) {
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
