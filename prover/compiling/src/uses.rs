//! What a graph does with an input of whole numbers.

use std::collections::HashSet;

use super::node::Node;
use super::onnx::Graph;

/// What becomes of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uses {
    /// Whether it says which rows of tables are read.
    pub(super) is_index: bool,
    /// How many rows the least of these tables has, as far as is known.
    pub(super) rows: Option<usize>,
    /// Whether it meets what is computed, or itself.
    pub(super) is_combined: bool,
}

/// Operators whose outputs have the values of their inputs.
const MOVES: [&str; 13] = [
    "Cast",
    "CastLike",
    "Concat",
    "Expand",
    "Flatten",
    "Identity",
    "Reshape",
    "Slice",
    "Split",
    "Squeeze",
    "Tile",
    "Transpose",
    "Unsqueeze",
];
/// Operators of one value, or of one and constants, that make a number of each number.
const CHANGES: [&str; 10] = ["Abs", "Add", "Clip", "Div", "Max", "Min", "Mod", "Mul", "Neg", "Sub"];
/// Operators that make real numbers of a value and constants, or truths.
const ENDS: [&str; 14] = [
    "BatchNormalization",
    "Conv",
    "ConvTranspose",
    "DequantizeLinear",
    "Equal",
    "Gemm",
    "Greater",
    "GreaterOrEqual",
    "Less",
    "LessOrEqual",
    "MatMul",
    "Not",
    "OneHot",
    "Pow",
];

/// The graph's tensors that an input reaches with its values, or with numbers made of them one by one.
struct Walk<'g> {
    graph: &'g Graph,
    /// What depends on any input.
    dynamic: HashSet<&'g str>,
    /// A tensor, and whether its values are the input's.
    reached: Vec<(&'g str, bool)>,
    uses: Uses,
}

impl Uses {
    /// What becomes of the input of this name.
    pub(super) fn of(graph: &Graph, name: &str) -> Self {
        let mut walk = Walk { graph, dynamic: dynamic(graph), reached: vec![(name, true)], uses: Self::default() };
        let mut next = 0;
        while let Some(&(tensor, is_same)) = walk.reached.get(next) {
            graph.nodes.iter().filter(|node| node.reads(tensor)).for_each(|node| walk.meet(node, tensor, is_same));
            next += 1;
        }
        walk.uses
    }
}

impl<'g> Walk<'g> {
    fn meet(&mut self, node: &'g Node, tensor: &str, is_same: bool) {
        let name = node.operator.name;
        let is_at = |place: usize| node.input(place) == Some(tensor);
        let reads = node.inputs.iter().filter(|input| *input == tensor).count();
        let is_alone = reads == 1 && !node.captured.iter().any(|inside| inside == tensor);
        let others = || node.inputs.iter().filter(|input| *input != tensor);
        let meets_constants = is_alone && others().all(|other| !self.dynamic.contains(other.as_str()));
        match name {
            "Shape" | "Size" => {}
            "Gather" if is_alone && is_at(1) => {
                self.uses.is_index = true;
                let rows = if is_same { rows(self.graph, node) } else { None };
                self.uses.rows = self.uses.rows.into_iter().chain(rows).min();
            }
            "GatherElements" | "ScatterElements" | "Scatter" if is_alone && is_at(1) => self.uses.is_index = true,
            "Concat" if is_alone => self.reach(node, is_same),
            "Gather" if meets_constants && is_at(0) => self.reach(node, is_same),
            _ if MOVES.contains(&name) && meets_constants && is_at(0) => self.reach(node, is_same),
            _ if CHANGES.contains(&name) && meets_constants => self.reach(node, false),
            _ if ENDS.contains(&name) && meets_constants => {}
            _ => self.uses.is_combined = true,
        }
    }

    fn reach(&mut self, node: &'g Node, is_same: bool) {
        for output in node.outputs.iter().filter(|output| !output.is_empty()) {
            let step = (output.as_str(), is_same);
            if !self.reached.contains(&step) {
                self.reached.push(step);
            }
        }
    }
}

/// The tensors that depend on an input: on its values, and not on its shape alone.
fn dynamic(graph: &Graph) -> HashSet<&str> {
    let mut dynamic: HashSet<&str> = graph.inputs.iter().map(|input| input.name.as_str()).collect();
    for node in graph.nodes.iter().filter(|node| !matches!(node.operator.name, "Shape" | "Size")) {
        if node.inputs.iter().chain(&node.captured).any(|input| dynamic.contains(input.as_str())) {
            dynamic.extend(node.outputs.iter().map(String::as_str));
        }
    }
    dynamic
}

/// The number of rows that a node looks up in, where its table is a constant.
fn rows(graph: &Graph, node: &Node) -> Option<usize> {
    let shape = graph.constants.get(node.input(0)?)?.data.shape();
    let axis = node.integer("axis", 0);
    let axis = if axis < 0 { axis + i64::try_from(shape.len()).ok()? } else { axis };
    shape.get(usize::try_from(axis).ok()?).copied()
}
