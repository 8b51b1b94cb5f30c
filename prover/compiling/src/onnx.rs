//! The ONNX graph: decoded, checked and ready to be lowered.

use std::collections::HashMap;

use prost::Message;
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, ValueInfoProto, tensor_shape_proto::dimension, type_proto,
};

use super::constant::{Constant, checked_count, read_tensor};
use super::error::{CompileError, check_size};
use super::limits::{MAX_MODEL_BYTES, MAX_NODES, MAX_VALUES};

/// A graph with one input and one output.
#[derive(Debug)]
pub(super) struct Graph {
    /// The model as it was decoded.
    pub(super) proto: ModelProto,
    /// The nodes, each after those it reads.
    pub(super) nodes: Vec<Node>,
    /// The initializers.
    pub(super) constants: HashMap<String, Constant>,
    /// The name of the input.
    pub(super) input: String,
    /// The sizes of the input's axes, nothing where they are symbolic.
    pub(super) input_shape: Vec<Option<usize>>,
    /// The name of the output.
    pub(super) output: String,
    /// How often each tensor is read.
    pub(super) uses: HashMap<String, usize>,
}

/// One node.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// A name for people.
    pub(super) name: String,
    /// The operator.
    pub(super) operator: String,
    /// The tensors that are read; an optional one that is left out is empty.
    pub(super) inputs: Vec<String>,
    /// The tensors that are made.
    pub(super) outputs: Vec<String>,
    attributes: HashMap<String, AttributeProto>,
}

impl Graph {
    /// Decodes and checks a model.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, CompileError> {
        check_size("the number of bytes of the model", bytes.len() as u128, MAX_MODEL_BYTES as u128)?;
        let proto = ModelProto::decode(bytes).map_err(|error| CompileError::Decode(error.to_string()))?;
        let graph = proto.graph.as_ref().ok_or_else(|| CompileError::Decode("it has no graph".into()))?;
        check_size("the number of nodes", graph.node.len() as u128, MAX_NODES as u128)?;
        if !graph.sparse_initializer.is_empty() {
            return Err(CompileError::Interface("sparse initializers are not supported".into()));
        }
        let constants = read_initializers(graph)?;
        let (input, input_shape) = find_input(graph, &constants)?;
        let [output] = graph.output.as_slice() else {
            return Err(CompileError::Interface(format!(
                "the model has {} outputs; it must have one",
                graph.output.len()
            )));
        };
        let nodes: Vec<Node> = graph.node.iter().enumerate().map(|(index, node)| Node::new(index, node)).collect();
        let output = output.name.clone();
        let uses = count_uses(&nodes, &output);
        Ok(Self { nodes, constants, input, input_shape, output, uses, proto })
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

fn find_input(
    graph: &GraphProto,
    constants: &HashMap<String, Constant>,
) -> Result<(String, Vec<Option<usize>>), CompileError> {
    let inputs: Vec<&ValueInfoProto> =
        graph.input.iter().filter(|input| !constants.contains_key(&input.name)).collect();
    let [input] = inputs.as_slice() else {
        return Err(CompileError::Interface(format!("the model has {} inputs; it must have one", inputs.len())));
    };
    let kind = input.r#type.as_ref().and_then(|kind| kind.value.as_ref());
    let Some(type_proto::Value::TensorType(tensor)) = kind else {
        return Err(CompileError::Interface(format!("the input `{}` has no tensor type", input.name)));
    };
    if tensor.elem_type != 1 {
        return Err(CompileError::Interface(format!("the input `{}` is not of 32-bit floats", input.name)));
    }
    let shape = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim).iter().map(|dim| match &dim.value {
        Some(dimension::Value::DimValue(size)) => usize::try_from(*size).ok().filter(|&size| size > 0),
        _ => None,
    });
    Ok((input.name.clone(), shape.collect()))
}

fn count_uses(nodes: &[Node], output: &str) -> HashMap<String, usize> {
    let mut uses = HashMap::from([(output.to_owned(), 1)]);
    for name in nodes.iter().flat_map(|node| &node.inputs) {
        *uses.entry(name.clone()).or_default() += 1;
    }
    uses
}

/// The model's input shape: symbolic sizes follow from the calibration data, the batch is 1.
pub(super) fn resolve_input_shape(graph: &Graph, calibration: &[usize]) -> Result<Vec<usize>, CompileError> {
    let rank = graph.input_shape.len();
    let found = |axis: usize| calibration.get(axis).copied().filter(|_| calibration.len() == rank && axis > 0);
    let resolve = |(axis, size): (usize, &Option<usize>)| match size {
        Some(size) => Ok(*size),
        None if axis == 0 => Ok(1),
        None => found(axis).ok_or_else(|| {
            CompileError::Interface(format!(
                "axis {axis} of the input has no fixed size; export the model with fixed sizes"
            ))
        }),
    };
    let shape = graph.input_shape.iter().enumerate().map(resolve).collect::<Result<Vec<_>, _>>()?;
    checked_count(&graph.input, &shape)?;
    Ok(shape)
}

impl Node {
    fn new(index: usize, node: &NodeProto) -> Self {
        let name = match (node.name.as_str(), node.output.first()) {
            ("", Some(output)) => output.clone(),
            ("", None) => format!("node {index}"),
            (name, _) => name.to_owned(),
        };
        let standard = node.domain.is_empty() || node.domain == "ai.onnx";
        let operator = if standard { node.op_type.clone() } else { format!("{}.{}", node.domain, node.op_type) };
        let attributes = node.attribute.iter().map(|attribute| (attribute.name.clone(), attribute.clone())).collect();
        Self {
            name: name.chars().take(128).collect(),
            operator,
            inputs: node.input.clone(),
            outputs: node.output.clone(),
            attributes,
        }
    }

    /// An error at this node.
    pub(super) fn fail(&self, reason: impl Into<String>) -> CompileError {
        CompileError::Node { node: self.name.clone(), operator: self.operator.clone(), reason: reason.into() }
    }

    /// The name of an input, nothing where it is left out.
    pub(super) fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// The name of the first output.
    pub(super) fn output(&self) -> Result<&str, CompileError> {
        self.outputs.first().map(String::as_str).ok_or_else(|| self.fail("it has no output"))
    }

    /// An integer attribute.
    pub(super) fn integer(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).map_or(default, |attribute| attribute.i)
    }

    /// A real attribute.
    pub(super) fn real(&self, name: &str, default: f64) -> f64 {
        self.attributes.get(name).map_or(default, |attribute| f64::from(attribute.f))
    }

    /// A list of integers, nothing where it is left out.
    pub(super) fn integers(&self, name: &str) -> Option<Vec<i64>> {
        self.attributes.get(name).map(|attribute| attribute.ints.clone())
    }

    /// A text attribute.
    pub(super) fn text(&self, name: &str, default: &str) -> String {
        let text = |attribute: &AttributeProto| String::from_utf8_lossy(&attribute.s).into_owned();
        self.attributes.get(name).map_or_else(|| default.to_owned(), text)
    }

    /// The value of a `Constant` node, or of the one that fills a `ConstantOfShape`.
    pub(super) fn value(&self) -> Option<Result<Constant, CompileError>> {
        if let Some(tensor) = self.attributes.get("value").and_then(|attribute| attribute.t.as_ref()) {
            return Some(read_tensor(tensor, &self.name));
        }
        let scalar = |value: f64, integer| Constant { data: ndarray::arr0(value).into_dyn(), integer };
        if let Some(attribute) = self.attributes.get("value_float") {
            return Some(Ok(scalar(f64::from(attribute.f), false)));
        }
        if let Some(attribute) = self.attributes.get("value_int") {
            return Some(Ok(scalar(attribute.i as f64, true)));
        }
        if let Some(attribute) = self.attributes.get("value_floats") {
            let values = attribute.floats.iter().map(|&value| f64::from(value)).collect::<ndarray::Array1<f64>>();
            return Some(Ok(Constant::real(values.into_dyn())));
        }
        self.attributes.get("value_ints").map(|attribute| Ok(Constant::integers(&attribute.ints)))
    }
}
