//! The ONNX graph: decoded, checked and ready to be lowered.

use std::collections::HashMap;

use prost::Message;
use tract_onnx::pb::{GraphProto, ModelProto};

use super::CompileOptions;
use super::constant::{Constant, read_tensor};
use super::error::{CompileError, check_size};
use super::external::read_external;
use super::fuse::fuse;
use super::interface::Input;
use super::limits::{MAX_MODEL_BYTES, MAX_NODES, MAX_VALUES};
use super::node::{Node, count_uses};
use super::operator::Find;
use super::opset::Opsets;
use super::prune::{check_names, choose_output, prune};

/// A graph with one output, and nothing that the output does not depend on.
#[derive(Debug)]
pub(super) struct Graph {
    /// The model as it was decoded, with its external data in it and without what the output does not depend on.
    pub(super) proto: ModelProto,
    /// The nodes, each after those it reads.
    pub(super) nodes: Vec<Node>,
    /// The initializers.
    pub(super) constants: HashMap<String, Constant>,
    /// The inputs, in the order of the file.
    pub(super) inputs: Vec<Input>,
    /// The name of the output.
    pub(super) output: String,
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
        let output = choose_output(graph, options.output.as_deref())?;
        prune(graph, &output);
        let nodes: Vec<Node> = graph
            .node
            .iter()
            .enumerate()
            .map(|(index, node)| Node::new(index, node, &opsets, find))
            .collect::<Result<_, _>>()?;
        let nodes = fuse(nodes, &output, find);
        read_external(graph, options.folder.as_deref())?;
        let constants = read_initializers(graph)?;
        let inputs = Input::find_all(graph, &constants)?;
        let uses = count_uses(&nodes, &output);
        Ok(Self { nodes, constants, inputs, output, uses, proto })
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
