//! Several nodes that are one operator together, as older operator sets and expanded functions spell them.
//!
//! The one operator is exact where the parts are not. `Log(ReduceSum(Exp(x)))` takes exponentials that no integers hold, and
//! ReduceLogSumExp does not. `Or(Greater(x, y), Equal(x, y))` asks whether reals are equal, and GreaterOrEqual does not.

use std::collections::{HashMap, HashSet};

use tract_onnx::pb::tensor_proto::DataType;

use super::constant::is_real;
use super::interface::Output;
use super::node::{Node, count_uses};
use super::operator::{Find, Operator};
use super::schema::STANDARD;

/// The nodes of a graph, and who makes and reads each tensor.
struct Nodes<'n> {
    nodes: &'n [Node],
    makers: HashMap<&'n str, usize>,
    uses: HashMap<String, usize>,
    find: Find,
}

/// A node in the place of some, which are not needed for anything else.
struct Fused {
    node: Node,
    parts: Vec<usize>,
}

/// Puts one node in the place of several where they are one operator. The last of them gives it its place and its name.
pub(super) fn fuse(nodes: Vec<Node>, outputs: &[Output], find: Find) -> Vec<Node> {
    let (mut fused, mut gone) = (HashMap::new(), HashSet::new());
    let graph = Nodes::new(&nodes, outputs, find);
    for index in 0..nodes.len() {
        if let Some(Fused { node, parts }) = graph.log_sum_exp(index).or_else(|| graph.or_equal(index)) {
            fused.insert(index, node);
            gone.extend(parts);
        }
    }
    let kept = nodes.into_iter().enumerate().filter(|(index, _)| !gone.contains(index));
    kept.map(|(index, node)| fused.remove(&index).unwrap_or(node)).collect()
}

impl<'n> Nodes<'n> {
    fn new(nodes: &'n [Node], outputs: &[Output], find: Find) -> Self {
        let made = |(index, node): (usize, &'n Node)| node.outputs.iter().map(move |name| (name.as_str(), index));
        let makers = nodes.iter().enumerate().flat_map(made).collect();
        Self { nodes, makers, uses: count_uses(nodes, outputs), find }
    }

    /// The node of an operator that makes an input of a node, for this node alone. Casts between floats in between count as parts.
    fn maker(&self, node: &Node, input: usize, operator: &str, parts: &mut Vec<usize>) -> Option<&'n Node> {
        let mut name = node.input(input)?;
        loop {
            if self.uses.get(name) != Some(&1) {
                return None;
            }
            let index = *self.makers.get(name)?;
            let maker = &self.nodes[index];
            parts.push(index);
            if is_standard(maker, operator) {
                return Some(maker);
            }
            if !is_float_cast(maker) {
                return None;
            }
            name = maker.input(0)?;
        }
    }

    fn standard(&self, name: &str) -> Option<&'static Operator> {
        (self.find)(STANDARD, name)
    }

    /// `Log(ReduceSum(Exp(x)))`.
    fn log_sum_exp(&self, index: usize) -> Option<Fused> {
        let log = &self.nodes[index];
        if !is_standard(log, "Log") {
            return None;
        }
        let mut parts = vec![];
        let sum = self.maker(log, 0, "ReduceSum", &mut parts)?;
        let exponential = self.maker(sum, 0, "Exp", &mut parts)?;
        let mut inputs = sum.inputs.clone();
        inputs[0] = exponential.input(0)?.to_owned();
        let mut node = sum.clone().of_operator(self.standard("ReduceLogSumExp")?, inputs);
        (node.name, node.outputs) = (log.name.clone(), log.outputs.clone());
        Some(Fused { node, parts })
    }

    /// `Or(Greater(x, y), Equal(x, y))`, and the same with Less.
    fn or_equal(&self, index: usize) -> Option<Fused> {
        let or = &self.nodes[index];
        if !is_standard(or, "Or") {
            return None;
        }
        for (strict, equal) in [(0, 1), (1, 0)] {
            for (operator, with_equal) in [("Greater", "GreaterOrEqual"), ("Less", "LessOrEqual")] {
                let mut parts = vec![];
                let Some(left) = self.maker(or, strict, operator, &mut parts) else { continue };
                let Some(right) = self.maker(or, equal, "Equal", &mut parts) else { continue };
                let (mut mine, mut others) = (left.inputs.clone(), right.inputs.clone());
                mine.sort();
                others.sort();
                if mine == others {
                    let node = or.clone().of_operator(self.standard(with_equal)?, left.inputs.clone());
                    return Some(Fused { node, parts });
                }
            }
        }
        None
    }
}

fn is_standard(node: &Node, operator: &str) -> bool {
    node.operator.domain == STANDARD && node.operator.name == operator
}

/// Whether a node changes nothing but the width of floats.
fn is_float_cast(node: &Node) -> bool {
    let to = || i32::try_from(node.integer("to", 0)).ok().and_then(|kind| DataType::try_from(kind).ok());
    is_standard(node, "Identity") || is_standard(node, "Cast") && to().is_some_and(is_real)
}
