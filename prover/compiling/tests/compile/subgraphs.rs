//! Graphs inside of nodes, and rows that a mask leaves out: what of them is refused, and why.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_compiling::{CompileError, CompileOptions, Compiled, compile};
use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto, NodeProto, TensorProto};

use crate::cases;

/// What becomes of a model of the fixtures after a change.
fn after(name: &str, options: &CompileOptions, change: impl FnOnce(&mut GraphProto)) -> Result<Compiled, CompileError> {
    let (onnx, calibration) = cases::newest(name);
    let mut proto = ModelProto::decode(onnx.as_slice()).unwrap();
    assert!(compile(&proto.encode_to_vec(), &calibration, None, &CompileOptions::default()).is_ok(), "{name}");
    change(proto.graph.as_mut().unwrap());
    compile(&proto.encode_to_vec(), &calibration, None, options)
}

/// The same with the usual options.
fn compiled(name: &str, change: impl FnOnce(&mut GraphProto)) -> Result<Compiled, CompileError> {
    after(name, &CompileOptions::default(), change)
}

/// Why a model of the fixtures is refused after a change.
fn refused(name: &str, options: &CompileOptions, change: impl FnOnce(&mut GraphProto)) -> String {
    after(name, options, change).unwrap_err().to_string()
}

/// The same with the usual options.
pub fn changed(name: &str, change: impl FnOnce(&mut GraphProto)) -> String {
    refused(name, &CompileOptions::default(), change)
}

/// The node of an operator.
pub fn node<'g>(graph: &'g mut GraphProto, operator: &str) -> &'g mut NodeProto {
    graph.node.iter_mut().find(|node| node.op_type == operator).unwrap()
}

/// The graph of a node's attribute.
fn body<'g>(graph: &'g mut GraphProto, operator: &str, attribute: &str) -> &'g mut GraphProto {
    let attributes = &mut node(graph, operator).attribute;
    attributes.iter_mut().find(|known| known.name == attribute).unwrap().g.as_mut().unwrap()
}

#[test]
fn a_branch_by_a_computed_condition_is_refused() {
    let error = changed("If", |graph| node(graph, "If").input[0] = "h".into());
    assert!(error.contains("its condition depends on the input"), "{error}");
}

#[test]
fn a_body_may_not_make_what_is_there() {
    let error = changed("If", |graph| body(graph, "If", "then_branch").node[0].output[0] = "h".into());
    assert!(error.contains("makes `h` anew"), "{error}");
}

#[test]
fn what_a_body_makes_is_gone_after_it() {
    let error = changed("If", |graph| {
        node(graph, "If").output[0] = "z".into();
        let mut sum = node(graph, "Tanh").clone();
        (sum.op_type, sum.input, sum.output) = ("Add".into(), vec!["z".into(), "taken".into()], vec!["y".into()]);
        graph.node.push(sum);
    });
    assert!(error.contains("`taken` is read before any node makes it"), "{error}");
}

#[test]
fn a_body_has_to_make_its_outputs() {
    let error = changed("Scan", |graph| body(graph, "Scan", "body").output[1].name = "nowhere".into());
    assert!(error.contains("`nowhere` is read before any node makes it"), "{error}");
}

#[test]
fn a_scan_has_as_many_inputs_as_its_body() {
    for count in [0, 3, -1] {
        let error = changed("Scan", |graph| {
            let attributes = &mut node(graph, "Scan").attribute;
            attributes.iter_mut().find(|known| known.name == "num_scan_inputs").unwrap().i = count;
        });
        assert!(error.contains("num_scan_inputs"), "{error}");
    }
    let error = changed("Scan", |graph| drop(body(graph, "Scan", "body").input.pop()));
    assert!(error.contains("another number of inputs"), "{error}");
}

#[test]
fn a_loop_has_as_many_inputs_and_outputs_as_its_body() {
    let error = changed("Loop", |graph| drop(body(graph, "Loop", "body").input.pop()));
    assert!(error.contains("another number of inputs or outputs"), "{error}");
    let error = changed("Loop", |graph| body(graph, "Loop", "body").output.truncate(1));
    assert!(error.contains("another number of inputs or outputs"), "{error}");
}

#[test]
fn a_loop_makes_a_constant_number_of_steps() {
    let error = changed("Loop", |graph| node(graph, "Loop").input[0] = "x".into());
    assert!(error.contains("`x` must be constant"), "{error}");
    let error = changed("Loop", |graph| {
        let condition = &mut body(graph, "Loop", "body").node[0];
        condition.op_type = "Less".into();
        condition.input = vec!["state".into(), "x".into()];
    });
    assert!(error.contains("it ends when a value is reached"), "{error}");
}

#[test]
fn a_loop_whose_condition_nobody_gives_makes_all_its_steps() {
    let without = |graph: &mut GraphProto| node(graph, "Loop").input[1] = String::new();
    assert!(compiled("Loop", without).is_ok());
    // A condition that would be computed is not asked.
    let asked = |graph: &mut GraphProto| {
        let condition = &mut body(graph, "Loop", "body").node[0];
        (condition.op_type, condition.input) = ("Less".into(), vec!["state".into(), "x".into()]);
    };
    assert!(compiled("Loop", |graph| asked(graph)).is_err());
    assert!(compiled("Loop", |graph| [asked, without].iter().for_each(|change| change(graph))).is_ok());
    let error = changed("Loop of all steps until a condition", without);
    assert!(error.contains("its second input is missing"), "{error}");
}

#[test]
fn what_the_steps_keep_is_bounded() {
    let error = changed("Loop", |graph| {
        let shape = (1u64 << 22).to_le_bytes().to_vec();
        let kind = tract_onnx::pb::tensor_proto::DataType::Int64.into();
        let named = |name: &str| TensorProto { name: name.into(), data_type: kind, ..TensorProto::default() };
        graph.initializer.push(TensorProto { dims: vec![1], raw_data: shape, ..named("size") });
        let steps = graph.initializer.iter_mut().find(|tensor| tensor.name == "m").unwrap();
        steps.raw_data = 1000u64.to_le_bytes().to_vec();
        let (input, output) = (vec!["size".into()], vec!["big".into()]);
        let op_type = "ConstantOfShape".into();
        graph.node.insert(0, NodeProto { op_type, input, output, ..NodeProto::default() });
        let body = body(graph, "Loop", "body");
        body.node.retain(|node| node.op_type != "Gather");
        body.output[2].name = "big".into();
    });
    assert!(error.contains("the number of computed values"), "{error}");
}

#[test]
fn a_loop_without_an_end_is_refused() {
    let error = changed("Loop", |graph| {
        node(graph, "Loop").input[0] = String::new();
        body(graph, "Loop", "body").node.retain(|node| node.op_type != "Gather");
        body(graph, "Loop", "body").output.truncate(2);
        node(graph, "Loop").output.truncate(1);
    });
    assert!(error.contains("the number of nodes with those inside of nodes"), "{error}");
}

#[test]
fn a_loop_without_a_step_has_no_rows() {
    let error = changed("Loop of all steps until a condition", |graph| {
        graph.initializer.iter_mut().find(|tensor| tensor.name == "m").unwrap().raw_data = vec![0; 8];
    });
    assert!(error.contains("it makes no step"), "{error}");
}

#[test]
fn the_nodes_of_all_steps_are_bounded() {
    let error = changed("Scan", |graph| {
        let body = body(graph, "Scan", "body");
        let mut last = body.node[1].output[0].clone();
        let plain = NodeProto { op_type: "Identity".into(), ..NodeProto::default() };
        for index in 0..3000 {
            let next = format!("same{index}");
            body.node.push(NodeProto { input: vec![last], output: vec![next.clone()], ..plain.clone() });
            last = next;
        }
        body.output[0].name = last;
    });
    assert!(error.contains("the number of nodes with those inside of nodes"), "{error}");
}

#[test]
fn only_a_choice_reads_rows_that_are_not_numbers() {
    const MASKED: &str = "Softmax under a mask of whole rows";
    let error = changed(MASKED, |graph| {
        graph.initializer.iter_mut().find(|tensor| tensor.name == "b").unwrap().raw_data = vec![1, 0, 0];
    });
    assert!(error.contains("it chooses a row that a mask leaves out as a whole"), "{error}");
    let error = changed(MASKED, |graph| node(graph, "Where").op_type = "Sum".into());
    assert!(error.contains("not a number where a mask leaves out a whole row"), "{error}");
    let options = CompileOptions { outputs: vec!["p".into()], ..CompileOptions::default() };
    let error = refused(MASKED, &options, |_| ());
    assert!(error.contains("not a number where a mask leaves out a whole row"), "{error}");
}
