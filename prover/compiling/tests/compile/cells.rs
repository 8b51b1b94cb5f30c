//! Cells at computed places: what of them is refused, and why.
#![allow(missing_docs, clippy::unwrap_used)]

use tract_onnx::pb::{AttributeProto, GraphProto};

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
