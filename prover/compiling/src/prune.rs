//! Leaves of a graph what the outputs depend on.
//!
//! Exporters leave nodes that nothing reads, initializers of other heads and outputs for training. They are dropped before anything
//! is asked of them.

use std::collections::{HashMap, HashSet};

use hallmark_circuits::model::MAX_OUTPUT_PARTS;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ValueInfoProto, type_proto};

use super::error::{CompileError, check_size};
use super::node::{captured, display_name};

/// Refuses a graph in which two things have one name.
pub(super) fn check_names(graph: &GraphProto) -> Result<(), CompileError> {
    let mut makers: HashMap<&str, &str> = HashMap::new();
    let initializers: HashSet<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    if initializers.len() < graph.initializer.len() {
        return Err(CompileError::Interface("two initializers have one name".into()));
    }
    let inputs: HashSet<&str> = graph.input.iter().map(|input| input.name.as_str()).collect();
    if inputs.len() < graph.input.len() {
        return Err(CompileError::Interface("two inputs have one name".into()));
    }
    for node in &graph.node {
        for output in node.output.iter().filter(|name| !name.is_empty()) {
            let known = initializers.contains(output.as_str()) || inputs.contains(output.as_str());
            let other = makers.insert(output, &node.name);
            if known || other.is_some() {
                return Err(CompileError::Interface(format!(
                    "two parts of the graph make `{output}`, the second is node `{}`: this is not valid ONNX (onnx.checker \
                     says so too)",
                    node.name
                )));
            }
        }
    }
    Ok(())
}

/// The outputs to compile, in the order of the file: those that are asked for, which may be any tensors of the graph, or all of it.
pub(super) fn choose_outputs(graph: &GraphProto, wanted: &[String]) -> Result<Vec<ValueInfoProto>, CompileError> {
    let fail = |reason: String| Err(CompileError::Interface(reason));
    let names: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
    if wanted.is_empty() {
        if names.is_empty() {
            return fail("the model has no output".into());
        }
        if let Some(name) = repeated(&names) {
            return fail(format!(
                "two outputs have the name `{name}`: this is not valid ONNX (onnx.checker says so too)"
            ));
        }
        check_size("the number of outputs", names.len() as u128, MAX_OUTPUT_PARTS as u128)?;
        let text = graph.output.iter().find(|output| element_of(output) == Some(DataType::String));
        if let Some(text) = text.filter(|_| names.len() > 1) {
            let others: Vec<&str> = names.iter().copied().filter(|name| *name != text.name).collect();
            return fail(format!(
                "the output `{}` is of texts, which no proof has{}",
                text.name,
                others_chosen(&others)
            ));
        }
        return Ok(graph.output.clone());
    }
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    if let Some(name) = repeated(&wanted) {
        return Err(CompileError::Options(format!("--output-name asks for `{name}` twice")));
    }
    check_size("the number of outputs", wanted.len() as u128, MAX_OUTPUT_PARTS as u128)?;
    let made =
        |name: &str| graph.node.iter().any(|node| node.output.iter().any(|output| output == name && !name.is_empty()));
    if let Some(name) = wanted.iter().find(|name| !made(name)) {
        return fail(format!(
            "no node makes `{name}`, which --output-name asks for; the model's outputs are {}",
            listed(&names)
        ));
    }
    let place = |name: &str| names.iter().position(|known| *known == name).unwrap_or(names.len());
    let mut wanted = wanted;
    wanted.sort_by_key(|name| place(name));
    let declared = |name: &str| {
        let found = graph.output.iter().find(|known| known.name == name).cloned();
        found.unwrap_or_else(|| ValueInfoProto { name: name.to_owned(), ..Default::default() })
    };
    Ok(wanted.into_iter().map(declared).collect())
}

/// The first name that stood before.
fn repeated<'n>(names: &[&'n str]) -> Option<&'n str> {
    let mut seen = HashSet::new();
    names.iter().copied().find(|name| !seen.insert(*name))
}

/// The type of a tensor's elements, where the file says it.
pub(super) fn element_of(value: &ValueInfoProto) -> Option<DataType> {
    // Sequences and maps are not read, and have no tensor's type.
    let type_proto::Value::TensorType(tensor) = value.r#type.as_ref()?.value.as_ref()?;
    DataType::try_from(tensor.elem_type).ok()
}

/// How the other outputs are compiled; nothing where there are none.
pub(super) fn others_chosen(others: &[&str]) -> String {
    const SHOWN: usize = 16;
    if others.is_empty() {
        return String::new();
    }
    let options: Vec<String> = others.iter().take(SHOWN).map(|name| format!("--output-name {name}")).collect();
    format!("; compile the others with {}", options.join(" "))
}

/// Adds to an error at a node how the outputs that do without it are compiled.
pub(super) fn with_way_out(graph: &GraphProto, error: CompileError) -> CompileError {
    let (CompileError::Node { node, .. } | CompileError::Operator { node, .. }) = &error else { return error };
    let needs = |name: &str| {
        let kept = needed(graph, &HashSet::from([name.to_owned()])).0;
        let mut nodes = graph.node.iter().enumerate().zip(kept);
        nodes.any(|((index, proto), kept)| kept && display_name(index, proto) == *node)
    };
    let others: Vec<&str> =
        graph.output.iter().map(|output| output.name.as_str()).filter(|name| !needs(name)).collect();
    let hint = if others.len() < graph.output.len() { others_chosen(&others) } else { String::new() };
    match error {
        CompileError::Node { node, operator, reason } => CompileError::Node { node, operator, reason: reason + &hint },
        CompileError::Operator { node, operator, reason, way_out } => {
            CompileError::Operator { node, operator, reason, way_out: way_out + &hint }
        }
        other => other,
    }
}

fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 16;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    shown.join(", ") + &more
}

/// Drops what the outputs do not depend on: nodes, initializers, inputs and other outputs.
pub(super) fn prune(graph: &mut GraphProto, outputs: Vec<ValueInfoProto>) {
    let names = outputs.iter().map(|output| output.name.clone()).collect();
    let (kept, live) = needed(graph, &names);
    let mut keep = kept.into_iter();
    graph.node.retain(|_| keep.next().unwrap_or(true));
    graph.initializer.retain(|tensor| live.contains(&tensor.name));
    graph.input.retain(|input| live.contains(&input.name));
    graph.output = outputs;
    graph.value_info.clear();
}

/// Whether each node is needed to make these tensors, and the tensors that are.
fn needed(graph: &GraphProto, outputs: &HashSet<String>) -> (Vec<bool>, HashSet<String>) {
    let makers: HashMap<&str, usize> = graph
        .node
        .iter()
        .enumerate()
        .flat_map(|(index, node)| node.output.iter().map(move |name| (name.as_str(), index)))
        .collect();
    let mut live = outputs.clone();
    let mut kept = vec![false; graph.node.len()];
    let mut open: Vec<String> = outputs.iter().cloned().collect();
    while let Some(name) = open.pop() {
        let Some(&index) = makers.get(name.as_str()) else { continue };
        if std::mem::replace(&mut kept[index], true) {
            continue;
        }
        let node = &graph.node[index];
        let named = node.input.iter().map(String::as_str).filter(|name| !name.is_empty());
        for read in named.chain(captured(node)) {
            if live.insert(read.to_owned()) {
                open.push(read.to_owned());
            }
        }
    }
    (kept, live)
}
