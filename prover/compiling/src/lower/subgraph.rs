//! If, Loop and Scan: graphs inside a node. A branch is taken if its condition is constant. A loop and a scan run their body once for
//! each step.
//!
//! A body reads what the graph around it has made. What it makes itself is gone after it.

use std::collections::HashSet;
use std::ops::Range;

use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{GraphProto, ValueInfoProto};

use super::element::Element;
use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value, registry};
use crate::constant::{Constant, read_tensor};
use crate::error::{CompileError, check_size};
use crate::limits::MAX_NODES;
use crate::node::Node;
use crate::operator::Kind;
use crate::opset::Opsets;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("If", &[1, 11, 13, 16, 19, 21, 23, 24, 25], Kind::Constants, "one of two graphs", |lowering, node| {
        lowering.lower_if(node)
    })
    .folding()
    .limited("a constant condition"),
    Entry::new("Loop", &[1, 11, 13, 16, 19, 21, 23, 24, 25], Kind::Dense, "a graph for each step", |lowering, node| {
        lowering.lower_loop(node)
    })
    .folding()
    .limited("a constant number of steps, a few: each takes its own part of a proof"),
    Entry::new(
        "Scan",
        &[9, 11, 16, 19, 21, 23, 24, 25],
        Kind::Dense,
        "a graph for each step along an axis",
        |lowering, node| lowering.lower_scan(node),
    )
    .folding()
    .limited("a few steps: each takes its own part of a proof"),
];

/// A graph inside a node, with its nodes read.
struct Body<'n> {
    graph: &'n GraphProto,
    nodes: Vec<Node>,
}

/// A value and what its elements are.
type Typed = (Value, Option<Element>);

/// How a scan reads or writes along an axis.
struct Direction {
    axis: i64,
    backwards: bool,
}

impl Body<'_> {
    /// The names that the body makes.
    fn names(&self) -> impl Iterator<Item = &String> {
        let made = self.nodes.iter().flat_map(|node| &node.outputs).filter(|name| !name.is_empty());
        let inputs = self.graph.input.iter().map(|input| &input.name);
        inputs.chain(self.graph.initializer.iter().map(|tensor| &tensor.name)).chain(made)
    }
}

impl Lowering<'_> {
    fn lower_if(&mut self, node: &Node) -> Result<(), CompileError> {
        let Some(Value::Constant(condition)) = node.input(0).and_then(|name| self.values.get(name)) else {
            return Err(node.fail("its condition depends on the input; export both branches, and choose with Where"));
        };
        let condition = condition.scalar().ok_or_else(|| node.fail("its condition is not one truth"))?;
        let branch = if condition == 0.0 { "else_branch" } else { "then_branch" };
        let body = self.body(node, branch)?;
        let outputs = self.run_body(node, &body, vec![])?;
        self.forget(&body);
        self.set_outputs(node, outputs)
    }

    fn lower_scan(&mut self, node: &Node) -> Result<(), CompileError> {
        let scanned = usize::try_from(node.integer("num_scan_inputs", 0)).ok().filter(|&count| count > 0);
        let states = scanned.and_then(|count| node.inputs.len().checked_sub(count));
        let states = states.ok_or_else(|| node.fail("its num_scan_inputs is not a number of its inputs"))?;
        let body = self.body(node, "body")?;
        if body.graph.input.len() != node.inputs.len() || body.graph.output.len() < states {
            return Err(node.fail("its body has another number of inputs or outputs"));
        }
        let mut carried = self.typed(node, 0..states)?;
        let inputs = self.typed(node, states..node.inputs.len())?;
        let reads = directions(node, "scan_input", inputs.len());
        let writes = directions(node, "scan_output", body.graph.output.len() - states);
        let length = self.steps_of_scan(node, &inputs, &reads)?;
        let mut written: Vec<Vec<Typed>> = writes.iter().map(|_| vec![]).collect();
        for step in 0..length {
            let mut given = carried;
            for ((value, element), direction) in inputs.iter().zip(&reads) {
                let index = if direction.backwards { length - 1 - step } else { step };
                given.push((self.one_of(node, value.clone(), direction, index)?, *element));
            }
            let mut made = self.run_body(node, &body, given)?;
            self.keep(node, &mut written, made.split_off(states))?;
            carried = self.all_made(node, made)?;
        }
        self.forget(&body);
        for (list, direction) in written.into_iter().zip(&writes) {
            carried.push(self.in_a_row(node, list, direction)?);
        }
        self.set_outputs(node, carried)
    }

    fn lower_loop(&mut self, node: &Node) -> Result<(), CompileError> {
        let body = self.body(node, "body")?;
        let states = node.inputs.len().saturating_sub(2);
        let written = body.graph.output.len().checked_sub(states + 1);
        let Some(written) = written.filter(|_| body.graph.input.len() == states + 2) else {
            return Err(node.fail("its body has another number of inputs or outputs"));
        };
        let single =
            |constant: Constant| constant.scalar().ok_or_else(|| node.fail("its bounds are not single numbers"));
        let trips = self.constant(node, 0)?.map(single).transpose()?;
        let condition = self.constant(node, 1)?.map(single).transpose()?;
        let mut goes_on = condition.unwrap_or(1.0);
        let mut carried = self.typed(node, 2..node.inputs.len())?;
        let mut written: Vec<Vec<Typed>> = vec![vec![]; written];
        let mut step = 0.0;
        // The bound on nodes that are visited ends a loop without an end.
        while goes_on != 0.0 && trips.is_none_or(|trips| step < trips) {
            let number =
                |value: f64| Value::Constant(Constant { data: ndarray::arr0(value).into_dyn(), integer: true });
            let mut given = vec![(number(step), Some(Element::Whole)), (number(1.0), Some(Element::Truth))];
            given.append(&mut carried);
            let mut made = self.run_body(node, &body, given)?;
            self.keep(node, &mut written, made.split_off(states + 1))?;
            goes_on = match (made.remove(0).0, condition) {
                (Value::Constant(truth), _) => single(truth)?,
                (_, None) if trips.is_some() => 1.0,
                _ => return Err(node.fail("it ends when a value is reached; give it a constant number of steps")),
            };
            if goes_on == 0.0 && condition.is_none() && trips.is_some_and(|trips| step + 1.0 < trips) {
                return Err(node.fail(
                    "its body ends it, and its second input is missing: ONNX goes on there, and runtimes end; give it the condition true",
                ));
            }
            carried = self.all_made(node, made)?;
            step += 1.0;
        }
        self.forget(&body);
        if step == 0.0 && !written.is_empty() {
            return Err(node.fail("it makes no step, so that an output is empty"));
        }
        for list in written {
            carried.push(self.in_a_row(node, list, &Direction { axis: 0, backwards: false })?);
        }
        self.set_outputs(node, carried)
    }

    /// Keeps what a step made for outputs.
    fn keep(&mut self, node: &Node, lists: &mut [Vec<Typed>], values: Vec<Typed>) -> Result<(), CompileError> {
        for (list, value) in lists.iter_mut().zip(values) {
            if let (Value::Constant(constant), _) = &value {
                self.charge(&node.name, constant.data.len())?;
            }
            list.push(value);
        }
        Ok(())
    }

    /// Inputs, and what their elements are.
    fn typed(&self, node: &Node, inputs: Range<usize>) -> Result<Vec<Typed>, CompileError> {
        let typed = |index: usize| {
            let element = node.input(index).and_then(|name| self.elements.get(name).copied());
            Ok((self.value(node, index)?, element))
        };
        inputs.map(typed).collect()
    }

    /// What a body made for its next run, as tensors.
    fn all_made(&mut self, node: &Node, values: Vec<Typed>) -> Result<Vec<Typed>, CompileError> {
        values.into_iter().map(|(value, element)| Ok((self.made(node, value)?, element))).collect()
    }

    /// The number of steps of a scan: the size of the axis of each of its inputs.
    fn steps_of_scan(&self, node: &Node, inputs: &[Typed], reads: &[Direction]) -> Result<usize, CompileError> {
        let mut sizes = vec![];
        for ((value, _), direction) in inputs.iter().zip(reads) {
            let shape = self.shape_of(value);
            sizes.push(shape[normalize_axes(node, &[direction.axis], shape.len())?[0]]);
        }
        let length = sizes.first().copied().filter(|&length| length > 0 && sizes.iter().all(|&size| size == length));
        length.ok_or_else(|| node.fail("it scans axes of different sizes, or of none"))
    }

    /// The part of a value at an index of an axis, without that axis.
    fn one_of(&mut self, node: &Node, value: Value, along: &Direction, index: usize) -> Result<Value, CompileError> {
        let axis = normalize_axes(node, &[along.axis], self.shape_of(&value).len())?[0];
        let part = self.picked(node, value, axis, &[index])?;
        self.drop_axis(node, part, axis)
    }

    /// Values of equal shape along a new axis.
    fn in_a_row(&mut self, node: &Node, values: Vec<Typed>, along: &Direction) -> Result<Typed, CompileError> {
        let element = values.first().and_then(|value| value.1);
        let mut parts = vec![];
        let mut axis = 0;
        for (value, _) in values {
            let mut shape = self.shape_of(&value);
            axis = normalize_axes(node, &[along.axis], shape.len() + 1)?[0];
            shape.insert(axis, 1);
            parts.push(self.reshaped(node, value, &shape)?);
        }
        if along.backwards {
            parts.reverse();
        }
        Ok((self.joined(node, parts, axis)?, element))
    }

    /// Reads a graph inside a node.
    fn body<'n>(&mut self, node: &'n Node, attribute: &str) -> Result<Body<'n>, CompileError> {
        let graph = node.graph(attribute).ok_or_else(|| node.fail(format!("its {attribute} is missing")))?;
        self.visit(graph.node.len())?;
        let opsets = Opsets::read(&self.graph.proto)?;
        let nodes = graph.node.iter().enumerate();
        let nodes =
            nodes.map(|(index, node)| Node::new(index, node, &opsets, registry::find)).collect::<Result<_, _>>()?;
        let body = Body { graph, nodes };
        let mut seen = HashSet::new();
        for name in body.names() {
            let known =
                self.values.contains_key(name) || self.masks.contains_key(name) || self.blind.contains_key(name);
            if known || !seen.insert(name) {
                return Err(node.fail(format!("a graph inside it makes `{name}` anew: this is not valid ONNX")));
            }
        }
        Ok(body)
    }

    /// Counts nodes that are read or lowered.
    fn visit(&mut self, nodes: usize) -> Result<(), CompileError> {
        self.visited = self.visited.saturating_add(nodes);
        check_size("the number of nodes with those inside of nodes", self.visited as u128, MAX_NODES as u128)
    }

    /// Lowers the nodes of a body whose inputs are given, and returns its outputs.
    fn run_body(&mut self, node: &Node, body: &Body<'_>, inputs: Vec<Typed>) -> Result<Vec<Typed>, CompileError> {
        self.forget(body);
        self.visit(1 + body.nodes.len())?;
        for (name, (value, element)) in body.graph.input.iter().zip(inputs) {
            self.values.insert(name.name.clone(), value);
            self.elements.extend(element.map(|element| (name.name.clone(), element)));
        }
        for tensor in &body.graph.initializer {
            let constant = read_tensor(tensor, &tensor.name)?;
            self.charge(&node.name, constant.data.len())?;
            self.values.insert(tensor.name.clone(), Value::Constant(constant));
            let kind = DataType::try_from(tensor.data_type).ok();
            self.elements.extend(kind.and_then(Element::of).map(|element| (tensor.name.clone(), element)));
        }
        for inner in &body.nodes {
            self.lower_node(inner)?;
        }
        let output = |output: &ValueInfoProto| {
            let value = self.values.get(&output.name).cloned();
            let value = value.ok_or_else(|| node.fail(self.missing(&output.name)))?;
            Ok((value, self.elements.get(&output.name).copied()))
        };
        body.graph.output.iter().map(output).collect()
    }

    /// Forgets what a body made.
    fn forget(&mut self, body: &Body<'_>) {
        for name in body.names() {
            self.values.remove(name);
            self.masks.remove(name);
            self.blind.remove(name);
            self.elements.remove(name);
        }
    }

    fn set_outputs(&mut self, node: &Node, values: Vec<Typed>) -> Result<(), CompileError> {
        if values.len() < node.outputs.len() {
            return Err(node.fail("a graph inside it has fewer outputs than it"));
        }
        for (name, (value, element)) in node.outputs.iter().zip(values) {
            self.values.insert(name.clone(), value);
            self.elements.extend(element.map(|element| (name.clone(), element)));
        }
        Ok(())
    }
}

/// How a scan runs along each of its inputs or outputs.
fn directions(node: &Node, name: &str, count: usize) -> Vec<Direction> {
    let list = |attribute: &str| node.integers(&format!("{name}_{attribute}")).unwrap_or_default();
    let (axes, backwards) = (list("axes"), list("directions"));
    let at = |list: &[i64], index: usize| list.get(index).copied().unwrap_or(0);
    (0..count).map(|index| Direction { axis: at(&axes, index), backwards: at(&backwards, index) != 0 }).collect()
}
