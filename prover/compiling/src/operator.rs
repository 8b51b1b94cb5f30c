//! What is told of an operator that is understood. What it is lowered to stands beside it in `lower`.

use serde::Serialize;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
}

/// Looks an operator up by its domain and its name.
pub(super) type Find = fn(&str, &str) -> Option<&'static Operator>;
