//! The ONNX graph: decoded, checked and ready to be lowered.

use std::collections::HashMap;

use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto};

use super::CompileOptions;
use super::constant::{Constant, read_tensor};
use super::error::{CompileError, check_size};
use super::external::read_external;
use super::fuse::fuse;
use super::interface::{Input, Output};
use super::limits::{MAX_MODEL_BYTES, MAX_NODES, MAX_VALUES};
use super::node::{Node, count_uses};
use super::operator::Find;
use super::opset::Opsets;
use super::prune::{check_names, choose_outputs, others_chosen, prune, with_way_out};

/// A graph, and nothing that the outputs to compile do not depend on.
#[derive(Debug)]
pub(super) struct Graph {
    /// The model as it was decoded, with its external data in it and without what the outputs do not depend on.
    pub(super) proto: ModelProto,
    /// The nodes, each after those it reads.
    pub(super) nodes: Vec<Node>,
    /// The initializers.
    pub(super) constants: HashMap<String, Constant>,
    /// The inputs, in the order of the file.
    pub(super) inputs: Vec<Input>,
    /// The outputs, in the order of the file.
    pub(super) outputs: Vec<Output>,
    /// How often each tensor is read.
    pub(super) uses: HashMap<String, usize>,
}

impl Graph {
    /// Decodes and checks a model.
    pub(super) fn decode(bytes: &[u8], options: &CompileOptions, find: Find) -> Result<Self, CompileError> {
        check_size("the number of bytes of the model", bytes.len() as u128, MAX_MODEL_BYTES as u128)?;
        let mut proto = ModelProto::decode(bytes).map_err(|error| CompileError::Decode(error.to_string()))?;
        let opsets = Opsets::read(&proto)?;
        let graph = proto.graph.as_mut().ok_or_else(|| CompileError::Decode("it has no graph".into()))?;
        check_size("the number of nodes", graph.node.len() as u128, MAX_NODES as u128)?;
        if !graph.sparse_initializer.is_empty() {
            return Err(CompileError::Interface("sparse initializers are not supported; export dense ones".into()));
        }
        check_names(graph)?;
        let chosen = choose_outputs(graph, &options.outputs)?;
        prune(graph, chosen);
        let outputs = Output::all(graph);
        let nodes: Vec<Node> = graph
            .node
            .iter()
            .enumerate()
            .map(|(index, node)| Node::new(index, node, &opsets, find))
            .collect::<Result<_, _>>()
            .map_err(|error| with_way_out(graph, error))?;
        let nodes = fuse(nodes, &outputs, find);
        read_external(graph, options.folder.as_deref())?;
        let constants = read_initializers(graph)?;
        let inputs = Input::find_all(graph, &constants)?;
        let uses = count_uses(&nodes, &outputs);
        Ok(Self { nodes, constants, inputs, outputs, uses, proto })
    }

    /// How the outputs besides one of several are compiled; nothing where the tensor is none of them.
    pub(super) fn others(&self, name: &str) -> String {
        let names = self.outputs.iter().map(|output| output.name.as_str());
        let others: Vec<&str> = names.filter(|other| *other != name).collect();
        if others.len() < self.outputs.len() { others_chosen(&others) } else { String::new() }
    }

    /// Adds to an error at a node how the outputs that do without it are compiled.
    pub(super) fn with_way_out(&self, error: CompileError) -> CompileError {
        match &self.proto.graph {
            Some(graph) => with_way_out(graph, error),
            None => error,
        }
    }
}

fn read_initializers(graph: &GraphProto) -> Result<HashMap<String, Constant>, CompileError> {
    let mut total = 0;
    let mut constants = HashMap::new();
    for tensor in &graph.initializer {
        let constant = read_tensor(tensor, &tensor.name)?;
        total += constant.data.len();
        check_size("the number of values of all initializers", total as u128, MAX_VALUES as u128)?;
        constants.insert(tensor.name.clone(), constant);
    }
    Ok(constants)
}
