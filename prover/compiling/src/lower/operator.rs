//! The operators, each registered once beside its lowering.
//!
//! Dispatch, the list of what is supported, the tables for people and the coverage of the tests are made from these entries.

use serde::Serialize;

use super::Lowering;
use super::{
    attention, classical, combine, concat, conv, conv_transpose, dense, einsum, elements, extremum, fold, generate,
    linear_quantization, logic, loss, moves, normalize, place, pointwise, pool, reduce, resize, rnn, sample, shape,
    slice, softmax, standardize, transform, trees, unary,
};
use crate::error::CompileError;
use crate::node::Node;
use crate::schema::STANDARD;

/// Lowers one node.
pub(super) type Lower = fn(&mut Lowering<'_>, &Node) -> Result<(), CompileError>;

/// What kind of work an operator does: a row of the table for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Products with weights.
    Dense,
    /// Fixed statistics.
    Normalization,
    /// Sums, products and powers, cell by cell.
    Arithmetic,
    /// Functions of one value.
    Functions,
    /// Comparisons and choices.
    Logic,
    /// Sums, means and extrema over axes and windows.
    Reductions,
    /// Values that move.
    Shapes,
    /// Operators of `ai.onnx.ml`.
    Classical,
    /// Values that are known when a model is compiled, and operators that change nothing.
    Constants,
}

/// An operator that is understood.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Operator {
    /// Its name in ONNX.
    pub name: &'static str,
    /// The domain of its operator set.
    pub domain: &'static str,
    /// The versions whose meaning is known, by the operator sets that they came with.
    pub versions: &'static [u32],
    /// What kind of work it does.
    pub kind: Kind,
    /// What it computes, in a line.
    pub about: &'static str,
    /// What of it is not supported; empty where all of it is.
    pub limits: &'static str,
    /// Whether its lowering takes constants for its values; where not, constants run as values do.
    #[serde(skip)]
    pub(super) folds: bool,
    #[serde(skip)]
    pub(super) lower: Lower,
}

/// The lists of all files, in the order of the table for people.
const LISTS: &[&[Operator]] = &[
    dense::OPERATORS,
    einsum::OPERATORS,
    conv::OPERATORS,
    conv_transpose::OPERATORS,
    transform::OPERATORS,
    attention::OPERATORS,
    rnn::OPERATORS,
    normalize::OPERATORS,
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
];

/// All operators that are understood.
pub fn operators() -> impl Iterator<Item = &'static Operator> {
    LISTS.iter().copied().flatten()
}

impl Operator {
    /// An operator of the default domain.
    pub(super) const fn new(
        name: &'static str,
        versions: &'static [u32],
        kind: Kind,
        about: &'static str,
        lower: Lower,
    ) -> Self {
        Self { name, domain: STANDARD, versions, kind, about, limits: "", folds: false, lower }
    }

    /// The same with what is not supported of it.
    pub(super) const fn limited(self, limits: &'static str) -> Self {
        Self { limits, ..self }
    }

    /// The same with a lowering that takes constants for its values.
    pub(super) const fn folding(self) -> Self {
        Self { folds: true, ..self }
    }

    /// The operator of a domain with a name.
    pub(crate) fn find(domain: &str, name: &str) -> Option<&'static Self> {
        operators().find(|operator| operator.domain == domain && operator.name == name)
    }
}

impl Lowering<'_> {
    /// Lowers one node.
    pub(super) fn lower_node(&mut self, node: &Node) -> Result<(), CompileError> {
        if !node.operator.folds && self.is_constant(node) {
            self.fold_values(node)?;
        } else {
            (node.operator.lower)(self, node)?;
        }
        self.note_elements(node);
        let made = |name: &String| self.values.contains_key(name) || self.masks.contains_key(name);
        let unmade = |name: &&String| self.graph.uses.contains_key(*name) && !made(name);
        match node.outputs.iter().position(|name| unmade(&name)) {
            Some(index) => Err(node.fail(format!(
                "its output {index}, `{}`, is read; only the first output is supported",
                node.outputs[index]
            ))),
            None => Ok(()),
        }
    }
}
