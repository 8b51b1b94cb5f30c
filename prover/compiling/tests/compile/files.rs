//! Files as exporters write them: weights beside the model, types, operator sets, open sizes, several outputs and leftovers.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

use half::{bf16, f16};
use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileError, CompileOptions, Compiled, compile};
use hallmark_fixtures::{Dim, OnnxBuilder};
use prost::Message;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{ModelProto, OperatorSetIdProto, StringStringEntryProto, TensorProto};

use crate::compiling::{model, random, samples};

const SHAPE: [usize; 2] = [1, 4];

fn dense() -> ModelProto {
    let onnx = model(&SHAPE, |graph, x| {
        let weights = graph.initializer("w", &[4, 3], random(1, 12));
        graph.apply("MatMul", &[&x, &weights])
    });
    ModelProto::decode(onnx.as_slice()).unwrap()
}

fn weights(proto: &mut ModelProto) -> &mut TensorProto {
    &mut proto.graph.as_mut().unwrap().initializer[0]
}

fn run(proto: &ModelProto, options: &CompileOptions) -> Result<Compiled, CompileError> {
    compile(&proto.encode_to_vec(), &samples(1, 8, &SHAPE), None, options)
}

fn refused(proto: &ModelProto, options: &CompileOptions) -> String {
    run(proto, options).unwrap_err().to_string()
}

fn in_folder(folder: &Path) -> CompileOptions {
    CompileOptions { folder: Some(folder.to_owned()), ..CompileOptions::default() }
}

/// The dense model with its weights in a file, and the bytes of that file.
fn external(location: &str, offset: usize) -> (ModelProto, Vec<u8>) {
    let mut proto = dense();
    let tensor = weights(&mut proto);
    let data = [vec![7; offset], std::mem::take(&mut tensor.raw_data)].concat();
    let entry = |key: &str, value: String| StringStringEntryProto { key: key.into(), value };
    tensor.data_location = Some(1);
    tensor.external_data = vec![entry("location", location.into()), entry("offset", offset.to_string())];
    (proto, data)
}

#[test]
fn weights_beside_the_model_are_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    for (location, offset) in [("model.onnx.data", 0), ("./data/w.bin", 64)] {
        let (proto, data) = external(location, offset);
        std::fs::write(folder.path().join(location), data).unwrap();
        let compiled = run(&proto, &in_folder(folder.path())).unwrap();
        assert_eq!(compiled, run(&dense(), &CompileOptions::default()).unwrap());
    }
}

#[test]
fn external_data_stay_in_the_folder() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("model");
    std::fs::create_dir(&folder).unwrap();
    let secret = outside.path().join("secret");
    let absolute = secret.display().to_string();
    for location in ["../secret", "data/../../secret", &absolute, "..\\secret", "", "."] {
        let (proto, data) = external(location, 0);
        std::fs::write(&secret, data).unwrap();
        let error = refused(&proto, &in_folder(&folder));
        assert!(error.contains("`w`"), "{location}: {error}");
    }
    let (proto, _) = external("missing.data", 0);
    assert!(refused(&proto, &in_folder(&folder)).contains("Keep both files together"));
    assert!(refused(&proto, &CompileOptions::default()).contains("another file"));
}

#[cfg(unix)]
#[test]
fn links_out_of_the_folder_are_refused() {
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("model");
    std::fs::create_dir(&folder).unwrap();
    let (proto, data) = external("weights", 0);
    std::fs::write(outside.path().join("secret"), data).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), folder.join("weights")).unwrap();
    assert!(refused(&proto, &in_folder(&folder)).contains("leaves the model's folder"));
}

#[test]
fn external_data_are_as_long_as_their_shape() {
    let folder = tempfile::tempdir().unwrap();
    let (mut proto, data) = external("w", 0);
    std::fs::write(folder.path().join("w"), &data[..40]).unwrap();
    assert!(refused(&proto, &in_folder(folder.path())).contains("is the file whole?"));
    std::fs::write(folder.path().join("w"), &data).unwrap();
    let entry = |key: &str, value: &str| StringStringEntryProto { key: key.into(), value: value.into() };
    weights(&mut proto).external_data[1] = entry("length", "44");
    assert!(refused(&proto, &in_folder(folder.path())).contains("44 bytes"));
    weights(&mut proto).external_data[1] = entry("offset", "18446744073709551615");
    assert!(refused(&proto, &in_folder(folder.path())).contains("is the file whole?"));
}

#[test]
fn weights_of_every_float_type_are_read() {
    let values = random(1, 12);
    let coarse: Vec<f32> = values.iter().map(|&x| bf16::from_f32(x).to_f32()).collect();
    let expected = |values: &[f32]| {
        let mut proto = dense();
        weights(&mut proto).raw_data = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        run(&proto, &CompileOptions::default()).unwrap().weights
    };
    let kinds: [(DataType, Vec<u8>); 3] = [
        (DataType::Float16, coarse.iter().flat_map(|&x| f16::from_f32(x).to_le_bytes()).collect()),
        (DataType::Bfloat16, coarse.iter().flat_map(|&x| bf16::from_f32(x).to_le_bytes()).collect()),
        (DataType::Double, coarse.iter().flat_map(|&x| f64::from(x).to_le_bytes()).collect()),
    ];
    for (kind, raw) in kinds {
        let mut proto = dense();
        let tensor = weights(&mut proto);
        (tensor.data_type, tensor.raw_data) = (kind as i32, raw);
        tensor.name = "narrow".into();
        let graph = proto.graph.as_mut().unwrap();
        let mut cast = graph.node[0].clone();
        (cast.op_type, cast.name) = ("Cast".into(), "cast".into());
        (cast.input, cast.output) = (vec!["narrow".into()], vec!["w".into()]);
        cast.attribute =
            vec![tract_onnx::pb::AttributeProto { name: "to".into(), r#type: 2, i: 1, ..Default::default() }];
        graph.node.insert(0, cast);
        let found = run(&proto, &CompileOptions::default()).unwrap().weights;
        // Sixteen bits of a float16 hold more of these values than a bfloat16 does.
        let close = found.0[0].iter().zip(&expected(&coarse).0[0]).all(|(a, b)| (a - b).abs() <= 4);
        assert!(close, "{kind:?}");
    }
}

#[test]
fn operator_sets_are_read() {
    let mut proto = dense();
    proto.opset_import = vec![];
    assert!(refused(&proto, &CompileOptions::default()).contains("opset_import"));
    let set = |version: i64| vec![OperatorSetIdProto { domain: String::new(), version }];
    for version in [0, -1, 1000, i64::MAX] {
        proto.opset_import = set(version);
        assert!(refused(&proto, &CompileOptions::default()).contains("versions 1 to"), "{version}");
    }
    proto.opset_import = [set(13), set(17)].concat();
    assert!(refused(&proto, &CompileOptions::default()).contains("two versions"));
}

#[test]
fn before_operator_set_7_an_operand_is_broadcast_from_an_axis_on() {
    let mut graph = OnnxBuilder::new();
    graph.opset(6);
    let x = graph.input("x", &[1, 3, 4]);
    let c = graph.initializer("c", &[3], vec![1.0, 2.0, 3.0]);
    let y = graph.node("Add", &[&x, &c]).int("broadcast", 1).int("axis", 1).output();
    let onnx = graph.finish(&[&y]);
    let compiled = compile(&onnx, &samples(1, 3, &[1, 3, 4]), None, &CompileOptions::default()).unwrap();
    let tensors = execute(&compiled.architecture, &compiled.weights, &[0; 12]).unwrap();
    let output = compiled.architecture.output.dequantize(tensors.last().unwrap());
    assert_eq!(output.iter().map(|value| value.round()).collect::<Vec<f32>>(), [[1.0; 4], [2.0; 4], [3.0; 4]].concat());
}

#[test]
fn a_node_is_one_of_its_operator_set() {
    let build = |opset: i64, operator: &'static str, attributes: &'static [(&'static str, i64)]| {
        let mut graph = OnnxBuilder::new();
        graph.opset(opset);
        let x = graph.input("x", &[1, 3, 4]);
        let c = graph.initializer("c", &[3], vec![1.0, 2.0, 3.0]);
        let inputs = if operator == "Add" { vec![&x, &c] } else { vec![&x] };
        let node = attributes.iter().fold(graph.node(operator, &inputs), |node, (name, value)| node.int(name, *value));
        let y = node.output();
        let onnx = graph.finish(&[&y]);
        compile(&onnx, &samples(1, 3, &[1, 3, 4]), None, &CompileOptions::default()).unwrap_err().to_string()
    };
    assert!(build(6, "Add", &[]).contains("broadcast=1"));
    assert!(build(6, "Add", &[("broadcast", 1), ("axis", 2)]).contains("do not fit"));
    assert!(build(6, "Add", &[("broadcast", 1), ("axis", 3)]).contains("its axis is out of range"));
    assert!(build(13, "Add", &[("broadcast", 1), ("axis", 1)]).contains("no attribute"));
    assert!(build(17, "Gelu", &[]).contains("it came with 20"));
    assert!(build(17, "Upsample", &[]).contains("removed it"));
    assert!(build(17, "Concat", &[]).contains("`axis` is missing"));
    assert!(build(17, "Concat", &[("axis", 1), ("axis", 2)]).contains("twice"));
    assert!(build(17, "LeakyRelu", &[("alpha", 1)]).contains("another type"));
    assert!(build(17, "Conv", &[]).contains("it has 1 inputs"));
}

#[test]
fn an_unknown_domain_is_refused_where_its_nodes_matter() {
    let onnx = |dead: bool| {
        let mut graph = OnnxBuilder::new();
        let x = graph.input("x", &SHAPE);
        let odd = graph.node("Relu", &[&x]).domain("com.example").output();
        let y = graph.apply("Relu", &[if dead { &x } else { &odd }]);
        compile(&graph.finish(&[&y]), &samples(1, 3, &SHAPE), None, &CompileOptions::default())
    };
    assert!(onnx(false).unwrap_err().to_string().contains("`com.example` is not known"));
    assert!(onnx(true).is_ok());
}

#[test]
fn what_the_output_does_not_need_is_dropped() {
    let mut graph = OnnxBuilder::new();
    let x = graph.input("x", &SHAPE);
    let other = graph.input("unused", &[1, 9]);
    let hidden = graph.apply("Relu", &[&x]);
    let a = graph.apply("Tanh", &[&hidden]);
    let b = graph.apply("NonMaxSuppression", &[&hidden, &other]);
    let onnx = graph.finish(&[&a, &b]);
    let at = |name: Option<&str>| {
        let options =
            CompileOptions { outputs: name.map(String::from).into_iter().collect(), ..CompileOptions::default() };
        compile(&onnx, &samples(1, 3, &SHAPE), None, &options)
    };
    let error = at(None).unwrap_err().to_string();
    let way_out = format!("compile the others with --output-name {}", a.name());
    assert!(error.contains(&way_out) && error.contains("NonMaxSuppression"), "{error}");
    assert!(at(Some(a.name())).is_ok());
    assert_eq!(at(Some(hidden.name())).unwrap().architecture.steps.len(), 1);
    assert!(at(Some("elsewhere")).unwrap_err().to_string().contains("no node makes `elsewhere`"));
}

#[test]
fn two_parts_of_one_name_are_refused() {
    let mut proto = dense();
    let graph = proto.graph.as_mut().unwrap();
    let mut again = graph.node[0].clone();
    again.name = "again".into();
    graph.node.push(again);
    assert!(refused(&proto, &CompileOptions::default()).contains("`again`"));
}

#[test]
fn open_sizes_have_names() {
    let mut graph = OnnxBuilder::new();
    let x = graph.open_input("x", &[Dim::Named("batch"), Dim::Named("length"), Dim::Fixed(2)]);
    let y = graph.apply("Relu", &[&x]);
    let onnx = graph.finish(&[&y]);
    let with = |dims: &[(&str, usize)], shape: &[usize]| {
        let dims = dims.iter().map(|(name, size)| (String::from(*name), *size)).collect();
        compile(&onnx, &samples(1, 6, shape), None, &CompileOptions { dims, ..CompileOptions::default() })
    };
    assert_eq!(with(&[("length", 3)], &[1, 3, 2]).unwrap().architecture.input.shape, [1, 3, 2]);
    assert_eq!(with(&[("length", 3), ("batch", 2)], &[1, 3, 2]).unwrap().architecture.input.shape, [2, 3, 2]);
    assert_eq!(with(&[], &[1, 5, 2]).unwrap().architecture.input.shape, [1, 5, 2]);
    for wrong in [&[("width", 3)][..], &[("length", 0)], &[("length", 3), ("length", 4)]] {
        assert!(matches!(with(wrong, &[1, 3, 2]), Err(CompileError::Options(_))), "{wrong:?}");
    }
    let error = with(&[], &[1, 6]).unwrap_err().to_string();
    assert!(error.contains("[batch, length, 2]"), "{error}");
}

#[test]
fn dropout_that_trains_is_named_with_what_to_do() {
    let onnx = model(&SHAPE, |graph, x| {
        let ratio = graph.initializer("ratio", &[], vec![0.5]);
        let training = graph.initializer("training", &[], vec![1.0]);
        graph.apply("Dropout", &[&x, &ratio, &training])
    });
    let error = compile(&onnx, &samples(1, 3, &SHAPE), None, &CompileOptions::default()).unwrap_err().to_string();
    assert!(error.contains("Dropout_0") && error.contains("model.eval()"), "{error}");
}

#[test]
fn every_operator_folds_on_constants_as_it_runs_on_values() {
    let onnx = model(&[1, 2, 6, 6], |graph, x| {
        let image = graph.initializer("image", &[1, 2, 6, 6], random(5, 72));
        let kernel = graph.initializer("kernel", &[2, 2, 3, 3], random(6, 36));
        let c = graph.node("Conv", &[&image, &kernel]).ints("pads", &[1, 1, 1, 1]).output();
        let c = graph.node("AveragePool", &[&c]).ints("kernel_shape", &[3, 3]).ints("pads", &[1, 1, 1, 1]).output();
        graph.apply("Add", &[&x, &c])
    });
    let compiled = crate::compiling::check(&onnx, &[1, 2, 6, 6], 0.012);
    assert_eq!(compiled.architecture.steps.len(), 1);
}

#[test]
fn a_tolerance_that_no_widths_keep_is_an_error_that_names_the_layer() {
    let proto = dense();
    let options = CompileOptions { tolerance: Some(1e-9), ..CompileOptions::default() };
    assert!(matches!(run(&proto, &options), Err(CompileError::Tolerance { .. })));
    for tolerance in [0.0, -1.0, f64::NAN, 2.0] {
        let options = CompileOptions { tolerance: Some(tolerance), ..CompileOptions::default() };
        assert!(matches!(run(&proto, &options), Err(CompileError::Options(_))), "{tolerance}");
    }
    assert!(run(&proto, &CompileOptions { tolerance: Some(0.05), ..CompileOptions::default() }).is_ok());
}

#[test]
fn samples_that_tell_nothing_are_warned_of() {
    let onnx = dense().encode_to_vec();
    let warnings = |values: ndarray::ArrayD<f32>, labels: Option<&[i64]>| {
        compile(&onnx, &values, labels, &CompileOptions::default()).unwrap().report.warnings.join("\n")
    };
    let constant = |value: f32| ndarray::ArrayD::from_elem(ndarray::IxDyn(&[5, 4]), value);
    assert!(warnings(constant(0.0), None).contains("values are equal"));
    assert!(warnings(samples(1, 1, &SHAPE), None).contains("one calibration sample"));
    assert!(warnings(samples(1, 4, &SHAPE), Some(&[0, 1, 2, 7])).contains("1 labels"));
    assert_eq!(warnings(samples(1, 40, &SHAPE), None), "");
}

#[test]
fn a_limit_that_shapes_decide_is_named() {
    let onnx = model(&[1, 1, 700, 700], |graph, x| {
        graph.node("MaxPool", &[&x]).ints("kernel_shape", &[90, 90]).ints("strides", &[1, 1]).output()
    });
    let error = compile(&onnx, &samples(1, 1, &[1, 1, 700, 700]), None, &CompileOptions::default()).unwrap_err();
    assert!(matches!(error, CompileError::Model(_) | CompileError::TooLarge { .. }), "{error}");
}
