//! Lowers an ONNX graph to sums and functions.
//!
//! A value is kept as a *function of a sum* seen through a view for as long as possible: linear operators extend the sum,
//! pointwise ones compose the function, shape operators change the view. It becomes a step when something reads its cells.

mod add;
mod attention;
mod blind;
mod build;
mod causal_conv;
mod cells;
mod classical;
mod combine;
mod concat;
mod conv;
mod conv_transpose;
mod dense;
mod einsum;
mod element;
mod elements;
mod embedding;
mod entry;
mod extremum;
mod fold;
mod gates;
mod generate;
mod linear_attention;
mod linear_quantization;
mod local_norm;
mod logic;
mod loss;
mod mask;
mod moves;
mod multiply;
mod normalize;
mod outputs;
mod pick;
mod place;
mod pointwise;
mod pool;
mod reduce;
pub(super) mod registry;
mod resize;
mod rnn;
mod sample;
mod shape;
mod sight;
mod slice;
mod softmax;
mod standardize;
mod subgraph;
mod top;
mod transform;
mod trees;
mod unary;
mod variables;
mod window;

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::tensor_proto::DataType;

use super::constant::Constant;
use super::error::{CompileError, check_size};
use super::float_model::{FloatModel, InputForm};
use super::function::Function;
use super::limits::MAX_COMPUTED;
use super::node::Node;
use super::onnx::Graph;
use super::view::View;
use element::Element;
use outputs::Output;

/// What an ONNX tensor is while lowering.
#[derive(Clone, Debug)]
enum Value {
    /// Independent of the input.
    Constant(Constant),
    /// A tensor that is there, seen through a view.
    Tensor(usize, View),
    /// A function of a sum, seen through a view that shows every cell once.
    Sum(usize, Function, View),
}

/// The state of lowering.
struct Lowering<'a> {
    graph: &'a Graph,
    lowered: FloatModel,
    values: HashMap<String, Value>,
    /// What the elements of each tensor are, where that is known.
    elements: HashMap<String, Element>,
    /// The tensors that a mask leaves some of out.
    masks: mask::Masks,
    /// The answers of softmaxes that are not numbers in some places.
    blind: HashMap<String, blind::Blind>,
    /// The tensors made from each sum.
    made: HashMap<usize, Vec<(Function, usize)>>,
    /// Whether each tensor visibly holds whole numbers.
    whole: Vec<bool>,
    /// Sums that copy a tensor as a view shows it.
    copies: Vec<(usize, View, usize)>,
    /// Sums for an affine function of a sum.
    scaled: Vec<(usize, (f64, f64), usize)>,
    /// The names of sums of squares whose inverse roots are taken twice.
    wide: HashSet<String>,
    /// The cells of all steps, bounded.
    cells: usize,
    /// The values of all constants computed so far, bounded.
    computed: usize,
    /// The values of all constants laid out for sums, bounded.
    laid_out: usize,
    /// The products of all steps, bounded.
    work: u128,
    /// The nodes inside of nodes that were lowered, bounded.
    visited: usize,
}

/// Lowers a graph. `wide` names the sums of squares whose inverse roots are taken twice.
pub(super) fn lower(graph: &Graph, input: InputForm, wide: HashSet<String>) -> Result<FloatModel, CompileError> {
    let mut lowering = Lowering::new(graph, input)?;
    lowering.wide = wide;
    for node in &graph.nodes {
        lowering.lower_node(node).map_err(|error| graph.with_way_out(error))?;
    }
    lowering.finish()
}

impl<'a> Lowering<'a> {
    fn new(graph: &'a Graph, input: InputForm) -> Result<Self, CompileError> {
        let mut lowering = Self::empty(graph, input);
        let values = graph.constants.iter().map(|(name, constant)| (name.clone(), Value::Constant(constant.clone())));
        lowering.values.extend(values);
        let inputs = graph.inputs.iter().map(|input| (input.name.as_str(), input.kind));
        let initializers = graph.proto.graph.iter().flat_map(|graph| &graph.initializer);
        let initializers =
            initializers.filter_map(|tensor| Some((tensor.name.as_str(), DataType::try_from(tensor.data_type).ok()?)));
        for (name, kind) in initializers.chain(inputs) {
            lowering.elements.extend(Element::of(kind).map(|element| (name.to_owned(), element)));
        }
        if let [input] = graph.inputs.as_slice() {
            let value = lowering.input_value()?;
            lowering.values.insert(input.name.clone(), value);
        }
        for part in lowering.lowered.input.parts.clone() {
            let value = lowering.part_value(&part)?;
            lowering.values.insert(part.name, value);
        }
        Ok(lowering)
    }

    /// Nothing but an input of this form.
    fn empty(graph: &'a Graph, input: InputForm) -> Self {
        let whole = vec![input.whole.is_some()];
        let lowered =
            FloatModel { input, weights: vec![], sums: vec![], steps: vec![], output_shape: vec![], outputs: vec![] };
        Self {
            whole,
            values: HashMap::new(),
            elements: HashMap::new(),
            masks: HashMap::new(),
            blind: HashMap::new(),
            graph,
            lowered,
            made: HashMap::new(),
            copies: vec![],
            scaled: vec![],
            wide: HashSet::new(),
            cells: 0,
            computed: 0,
            laid_out: 0,
            work: 0,
            visited: 0,
        }
    }

    fn finish(mut self) -> Result<FloatModel, CompileError> {
        let mut outputs = vec![];
        for found in &self.graph.outputs {
            let name = found.name.clone();
            let Some(value) = self.values.get(&name).cloned() else {
                return Err(CompileError::Interface(self.missing(&name) + &self.graph.others(&name)));
            };
            if let Value::Constant(_) = value {
                let reason = format!("the output `{name}` does not depend on the input");
                return Err(CompileError::Interface(reason + &self.graph.others(&name)));
            }
            let element = found.kind.and_then(Element::of).or_else(|| self.elements.get(&name).copied());
            outputs.push(Output { name, whole: element.is_some_and(|element| element != Element::Real), value });
        }
        match <[Output; 1]>::try_from(outputs) {
            Ok([output]) => self.only_output(output.value)?,
            Err(outputs) => self.join_outputs(outputs)?,
        }
        Ok(self.lowered)
    }

    /// Makes the last tensor of the only output.
    fn only_output(&mut self, value: Value) -> Result<(), CompileError> {
        let (tensor, view) = self.read("output", value)?;
        self.lowered.output_shape = view.shape();
        let last = tensor > 0 && tensor == self.lowered.steps.len();
        if !(last && view.is_packed(self.lowered.tensor_axes(tensor))) {
            self.copy("output", tensor, &view)?;
        }
        Ok(())
    }

    /// The value of an input that must be there.
    fn value(&self, node: &Node, index: usize) -> Result<Value, CompileError> {
        let name = node.input(index).ok_or_else(|| node.fail(format!("input {index} is missing")))?;
        self.values.get(name).cloned().ok_or_else(|| node.fail(self.missing(name)))
    }

    /// Why a tensor has no value.
    fn missing(&self, name: &str) -> String {
        if self.masks.contains_key(name) {
            return format!("`{name}` is read, in which a mask has infinities; only Softmax reads it");
        }
        if self.blind.contains_key(name) {
            return format!(
                "`{name}` is read, which is not a number where a mask leaves out a whole row; choose others there with Where"
            );
        }
        format!("`{name}` is read before any node makes it")
    }

    /// The value of an input that may be left out, and must be constant.
    fn constant(&self, node: &Node, index: usize) -> Result<Option<Constant>, CompileError> {
        let Some(name) = node.input(index) else { return Ok(None) };
        match self.values.get(name) {
            Some(Value::Constant(constant)) => Ok(Some(constant.clone())),
            _ => Err(node.fail(format!("its input `{name}` must be constant"))),
        }
    }

    /// A list of integers that is an attribute in old operator sets and an input in new ones.
    fn integers(&self, node: &Node, attribute: &str, index: usize) -> Result<Option<Vec<i64>>, CompileError> {
        match node.integers(attribute) {
            Some(values) => Ok(Some(values)),
            None => Ok(self.constant(node, index)?.map(|constant| constant.as_integers())),
        }
    }

    /// Counts values that importing computes, so that a small file cannot make it compute without end.
    fn charge(&mut self, name: &str, values: usize) -> Result<(), CompileError> {
        self.computed = self.computed.saturating_add(values);
        check_size(format!("the number of computed values up to `{name}`"), self.computed as u128, MAX_COMPUTED as u128)
    }

    fn set(&mut self, node: &Node, value: Value) -> Result<(), CompileError> {
        let output = node.output()?.to_owned();
        if let Value::Constant(constant) = &value {
            self.charge(&node.name, constant.data.len())?;
            if constant.data.iter().any(|value| value.is_nan()) {
                return Err(node.fail("it computes a NaN from constants"));
            }
        }
        self.values.insert(output, value);
        Ok(())
    }

    fn shape_of(&self, value: &Value) -> Vec<usize> {
        match value {
            Value::Constant(constant) => constant.data.shape().to_vec(),
            Value::Tensor(_, view) | Value::Sum(_, _, view) => view.shape(),
        }
    }
}
