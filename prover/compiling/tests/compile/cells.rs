//! Cells at computed places: what of them is refused, and why.
#![allow(missing_docs, clippy::unwrap_used)]

use hallmark_compiling::{CompileOptions, compile};
use hallmark_fixtures::{OnnxBuilder, Value};
use tract_onnx::pb::{AttributeProto, GraphProto};

use crate::compiling::samples;
use crate::inputs::{Named, answer, compiled, indices, named};
use crate::subgraphs::{changed, node};

/// Gives a node of an operator an attribute that is a text.
fn set(graph: &mut GraphProto, operator: &str, name: &str, text: &str) {
    let attributes = &mut node(graph, operator).attribute;
    attributes.retain(|attribute| attribute.name != name);
    let kind = tract_onnx::pb::attribute_proto::AttributeType::String.into();
    attributes.push(AttributeProto { name: name.into(), r#type: kind, s: text.into(), ..AttributeProto::default() });
}

#[test]
fn computed_places_are_added_to_or_replaced() {
    let error = changed("ScatterElements added at computed indices", |graph| {
        set(graph, "ScatterElements", "reduction", "mul");
    });
    assert!(error.contains("its reduction is `mul` at computed indices"), "{error}");
}

#[test]
fn indices_are_whole_numbers() {
    let error =
        changed("GatherElements at computed indices", |graph| node(graph, "GatherElements").input[1] = "v".into());
    assert!(error.contains("its indices are computed reals"), "{error}");
    let error =
        changed("ScatterElements at computed indices", |graph| node(graph, "ScatterElements").input[1] = "v".into());
    assert!(error.contains("its indices are computed reals"), "{error}");
}

#[test]
fn updates_have_the_shape_of_their_indices() {
    let error =
        changed("ScatterElements at computed indices", |graph| node(graph, "ScatterElements").input[2] = "x".into());
    assert!(error.contains("its updates are not one for each index"), "{error}");
}

#[test]
fn points_that_are_computed_are_between_cells_or_at_the_border() {
    const COMPUTED: &str = "GridSample of a computed grid";
    for (name, text) in [("mode", "nearest"), ("mode", "cubic"), ("padding_mode", "reflection")] {
        let error = changed(COMPUTED, |graph| set(graph, "GridSample", name, text));
        assert!(error.contains("its grid is computed"), "{text}: {error}");
    }
    let error = changed(COMPUTED, |graph| node(graph, "GridSample").input[1] = "x".into());
    assert!(error.contains("its grid does not fit its input"), "{error}");
}

/// Reals, and whole numbers from a least one on.
fn calibration(names: &[&str], limit: usize, least: f32) -> Named {
    let mut arrays = vec![("x", samples(1, 40, &[1, 4]))];
    arrays.extend(names.iter().map(|&name| (name, indices(40, 2, limit).mapv(|value| value + least))));
    named(&arrays)
}

/// A model of four reals and two indices.
fn indexed(build: impl FnOnce(&mut OnnxBuilder, &Value, &Value) -> Value) -> Vec<u8> {
    let mut graph = OnnxBuilder::new();
    let (x, index) = (graph.input("x", &[1, 4]), graph.input_i64("i", &[1, 2]));
    let y = build(&mut graph, &x, &index);
    graph.finish(&[&y])
}

#[test]
fn computed_indices_below_zero_count_from_the_end() {
    let onnx = indexed(|graph, x, index| {
        let taken = graph.node("GatherElements", &[x, index]).int("axis", 1).output();
        let rows = graph.node("Gather", &[x, index]).int("axis", 1).output();
        let shape = graph.initializer_i64("shape", &[2], vec![1, 2]);
        let rows = graph.apply("Reshape", &[&rows, &shape]);
        let put = graph.node("ScatterElements", &[x, index, &taken]).int("axis", 1).string("reduction", "add").output();
        graph.node("Concat", &[&taken, &rows, &put]).int("axis", 1).output()
    });
    let compiled = compiled(&onnx, &calibration(&["i"], 8, -4.0));
    for (at, [first, second]) in [([-1.0, 1.0], [3, 1]), ([0.0, -4.0], [0, 0]), ([-3.0, 3.0], [1, 3])] {
        let x = [0.25, -0.5, 0.75, -0.125];
        let mut put = x;
        put[first] += x[first];
        put[second] += x[second];
        let expected = [[x[first], x[second], x[first], x[second]], put].concat();
        let found = answer(&compiled, &[&x[..], &at].concat());
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 0.03), "{at:?}: {found:?} {expected:?}");
    }
}

#[test]
fn indices_are_no_mask_where_calibration_has_the_first_two_only() {
    let onnx = indexed(|graph, x, index| graph.node("GatherElements", &[x, index]).int("axis", 1).output());
    let compiled = compiled(&onnx, &calibration(&["i"], 2, 0.0));
    let found = answer(&compiled, &[0.25, -0.5, 0.75, -0.125, 3.0, 2.0]);
    assert!((found[0] + 0.125).abs() < 0.02 && (found[1] - 0.75).abs() < 0.02, "{found:?}");
}

#[test]
fn indices_that_are_too_many_for_a_table_are_not_rounded() {
    let mut graph = OnnxBuilder::new();
    let x = graph.input("x", &[1, 4]);
    let (a, b) = (graph.input_i64("a", &[1, 2]), graph.input_i64("b", &[1, 2]));
    let base = graph.initializer_i64("base", &[], vec![400]);
    let product = graph.apply("Mul", &[&a, &base]);
    let index = graph.apply("Add", &[&product, &b]);
    let y = graph.node("GatherElements", &[&x, &index]).int("axis", 1).output();
    let calibration = calibration(&["a", "b"], 400, 0.0);
    let error = compile(&graph.finish(&[&y]), &calibration, None, &CompileOptions::default()).unwrap_err().to_string();
    assert!(error.contains("it decides by whole numbers from"), "{error}");
}
