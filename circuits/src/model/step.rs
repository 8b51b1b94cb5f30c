//! One step: accumulate, rescale, look up.

use serde::{Deserialize, Serialize};

use super::Access;

/// Makes one tensor. For each cell `o` of it, in exact integers:
///
/// ```text
/// acc(o) = constant + sum over terms of coefficient * sum over summed variables of weight * value
/// z(o)   = floor((acc(o) + 2^(shift-1)) / 2^shift)         (z = acc where shift = 0)
/// y(o)   = table[z(o)]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The name of the node it came from, for people.
    pub name: String,
    /// The sizes of the tensor's axes, outermost first. They are the first variables of every term.
    pub axes: Vec<usize>,
    /// Added to every cell.
    pub constant: i64,
    /// What is added up.
    pub terms: Vec<Term>,
    /// The sum is divided by `2^shift`.
    pub shift: u32,
    /// The table that the quotient is looked up in.
    pub table: usize,
}

/// A product of a weight and a value, or either of them alone, added up over the summed variables.
///
/// A summed variable of a product that only one factor reads is summed within that factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// A public factor.
    pub coefficient: i64,
    /// The sizes of the summed variables, numbered after the step's axes.
    pub summed: Vec<usize>,
    /// The weight, if any.
    pub weights: Option<Access>,
    /// The value of an earlier tensor, if any.
    pub values: Option<Access>,
}

impl Step {
    /// The sizes of a term's variables: the step's axes, then the term's summed variables.
    #[must_use]
    pub fn variables(&self, term: &Term) -> Vec<usize> {
        self.axes.iter().chain(&term.summed).copied().collect()
    }
}
