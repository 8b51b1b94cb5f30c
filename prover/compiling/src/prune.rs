//! Leaves of a graph what one output depends on.
//!
//! Exporters leave nodes that nothing reads, initializers of other heads and outputs for training. They are dropped before anything
//! is asked of them.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::{GraphProto, ValueInfoProto};

use super::error::CompileError;
use super::node::captured;

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

/// The output to compile: the one that is asked for, which may be any tensor of the graph, or the only one.
pub(super) fn choose_output(graph: &GraphProto, wanted: Option<&str>) -> Result<String, CompileError> {
    let names: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
    match (wanted, names.as_slice()) {
        (Some(name), _) => {
            let exists =
                graph.node.iter().any(|node| node.output.iter().any(|output| output == name && !name.is_empty()));
            if exists {
                return Ok(name.to_owned());
            }
            Err(CompileError::Interface(format!(
                "no node makes `{name}`, which --output-name asks for; the model's outputs are {}",
                listed(&names)
            )))
        }
        (None, [name]) => Ok((*name).to_owned()),
        (None, []) => Err(CompileError::Interface("the model has no output".into())),
        (None, _) => Err(CompileError::Interface(format!(
            "the model has {} outputs; choose one with --output-name: {}",
            names.len(),
            listed(&names)
        ))),
    }
}

fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 16;
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    shown.join(", ") + &more
}

/// Drops what an output does not depend on: nodes, initializers, inputs and other outputs.
pub(super) fn prune(graph: &mut GraphProto, output: &str) {
    let makers: HashMap<&str, usize> = graph
        .node
        .iter()
        .enumerate()
        .flat_map(|(index, node)| node.output.iter().map(move |name| (name.as_str(), index)))
        .collect();
    let mut live = HashSet::from([output.to_owned()]);
    let mut kept = vec![false; graph.node.len()];
    let mut open = vec![output.to_owned()];
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
    let mut keep = kept.into_iter();
    graph.node.retain(|_| keep.next().unwrap_or(true));
    graph.initializer.retain(|tensor| live.contains(&tensor.name));
    graph.input.retain(|input| live.contains(&input.name));
    let declared = graph.output.iter().find(|known| known.name == output).cloned();
    graph.output = vec![declared.unwrap_or_else(|| ValueInfoProto { name: output.to_owned(), ..Default::default() })];
    graph.value_info.clear();
}
