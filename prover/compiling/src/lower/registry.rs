//! The entries of all files, each registered once beside its lowering.
//!
//! Dispatch, the list of what is supported, the tables for people and the coverage of the tests are made from these entries.

use super::entry::Entry;
use super::{Lowering, Value};
use super::{
    attention, causal_conv, classical, combine, concat, conv, conv_transpose, dense, einsum, elements, extremum, fold,
    generate, linear_attention, linear_quantization, local_norm, logic, loss, moves, normalize, place, pointwise, pool,
    reduce, resize, rnn, sample, shape, slice, softmax, standardize, subgraph, top, transform, trees, unary,
};
use crate::error::{CompileError, check_size};
use crate::limits::MAX_COMPUTED;
use crate::node::Node;
use crate::operator::Operator;

/// The lists of all files, in the order of the table for people.
const LISTS: &[&[Entry]] = &[
    dense::OPERATORS,
    einsum::OPERATORS,
    conv::OPERATORS,
    conv_transpose::OPERATORS,
    causal_conv::OPERATORS,
    transform::OPERATORS,
    attention::OPERATORS,
    linear_attention::OPERATORS,
    rnn::OPERATORS,
    normalize::OPERATORS,
    local_norm::OPERATORS,
    standardize::OPERATORS,
    softmax::OPERATORS,
    combine::OPERATORS,
    extremum::OPERATORS,
    linear_quantization::OPERATORS,
    unary::OPERATORS,
    pointwise::OPERATORS,
    logic::OPERATORS,
    pool::OPERATORS,
    reduce::OPERATORS,
    place::OPERATORS,
    top::OPERATORS,
    loss::OPERATORS,
    shape::OPERATORS,
    moves::OPERATORS,
    concat::OPERATORS,
    slice::OPERATORS,
    elements::OPERATORS,
    resize::OPERATORS,
    sample::OPERATORS,
    generate::OPERATORS,
    classical::OPERATORS,
    trees::OPERATORS,
    fold::OPERATORS,
    subgraph::OPERATORS,
];

fn entries() -> impl Iterator<Item = &'static Entry> {
    LISTS.iter().copied().flatten()
}

/// All operators that are understood.
pub fn operators() -> impl Iterator<Item = &'static Operator> {
    entries().map(|entry| &entry.operator)
}

/// The operator of a domain with a name.
pub(crate) fn find(domain: &str, name: &str) -> Option<&'static Operator> {
    operators().find(|operator| operator.domain == domain && operator.name == name)
}
impl Lowering<'_> {
    /// Lowers one node.
    pub(super) fn lower_node(&mut self, node: &Node) -> Result<(), CompileError> {
        let known = entries().find(|entry| entry.operator == *node.operator);
        let entry = known.ok_or_else(|| node.fail("it has no lowering"))?;
        self.check_constants(node)?;
        if !entry.folds && self.is_constant(node) {
            self.fold_values(node, entry.lower)?;
        } else {
            (entry.lower)(self, node)?;
        }
        self.note_elements(node);
        let made = |name: &String| {
            self.values.contains_key(name) || self.masks.contains_key(name) || self.blind.contains_key(name)
        };
        let unmade = |name: &&String| self.graph.uses.contains_key(*name) && !made(name);
        match node.outputs.iter().position(|name| unmade(&name)) {
            Some(index) => {
                let name = &node.outputs[index];
                let reason = format!("its output {index}, `{name}`, is read; only the first output is supported");
                Err(node.fail(reason + &self.graph.others(name)))
            }
            None => Ok(()),
        }
    }

    /// Refuses a node whose constants are too many together, or have no values where it needs some. The reference would read beyond
    /// what is not there.
    fn check_constants(&self, node: &Node) -> Result<(), CompileError> {
        let mut count = 0usize;
        for (place, name) in node.inputs.iter().enumerate() {
            let Some(Value::Constant(constant)) = self.values.get(name) else { continue };
            let operator = node.operator.name;
            let are_axes = place > 0 && operator.starts_with("Reduce");
            if constant.data.is_empty() && !are_axes && !TAKES_NOTHING.contains(&operator) {
                return Err(node.fail(format!("its input `{name}` is a constant without values")));
            }
            count = count.saturating_add(constant.data.len());
        }
        let what = format!("the number of values of the constants that `{}` reads", node.name);
        check_size(what, count as u128, MAX_COMPUTED as u128)
    }
}

/// The operators that read a list without values as it is: exporters compute shapes with them, and leave out a part of Resize so.
const TAKES_NOTHING: &[&str] = &[
    "Add",
    "Cast",
    "CastLike",
    "Concat",
    "ConstantOfShape",
    "Div",
    "Expand",
    "Identity",
    "Mul",
    "ReduceProd",
    "ReduceSum",
    "Reshape",
    "Resize",
    "Shape",
    "Size",
    "Slice",
    "Squeeze",
    "Sub",
    "Unsqueeze",
    "Upsample",
];
