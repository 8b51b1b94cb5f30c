//! A trace as rows of one gate: the values that have a cell, and what each row computes.
//!
//! A row computes
//!
//! ```text
//! out = a b + q_a a + q_b b + q_c c
//! ```
//!
//! from the wires `a`, `b` and `c`. A value of the trace is an affine function of a wire wherever that is enough, so that
//! sums with constants, multiples and most sums of products cost no row of their own: they wait as a sum until a product
//! or a permutation needs them.
#![cfg_attr(not(test), deny(clippy::indexing_slicing, clippy::as_conversions))]

mod lower;
mod sum;
mod terms;
#[cfg(test)]
mod tests;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use self::lower::lower;
use super::trace::Trace;
use crate::{error::Check, poseidon::WIDTH};

/// A value that has a cell, by its number.
pub type Wire = usize;

/// The wire that is one: the first instance.
pub const ONE: Wire = 0;

/// Where a wire's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It is public, with this number.
    Instance(usize),
    /// The prover says it.
    Element(usize),
    /// A row computes it.
    Row(usize),
    /// It is what a permutation makes of its state, at this place.
    Permuted {
        /// The permutation.
        permutation: usize,
        /// The place in the state.
        element: usize,
    },
    /// It is the inverse of a wire plus a constant; the row that checks it comes later.
    Inverse {
        /// The wire.
        of: Wire,
        /// The constant.
        shift: Fr,
    },
}

/// One use of the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The factors, and an addend.
    pub inputs: [Option<Wire>; 3],
    /// `q_a`, `q_b` and `q_c`.
    pub coefficients: [Fr; 3],
    /// The result.
    pub out: Wire,
}

/// A row whose result is another wire by a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Equality {
    /// The check.
    pub check: Check,
    /// The row, whose result nothing else is made from.
    pub row: usize,
    /// What the result has to be.
    pub with: Wire,
}

/// A trace's wires, rows and permutations.
#[derive(Clone, Debug, Default)]
pub struct Wiring {
    /// What each wire is, each after those that it needs.
    pub wires: Vec<Source>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The states before each permutation.
    pub permutations: Vec<[Wire; WIDTH]>,
    /// The checks.
    pub equalities: Vec<Equality>,
    /// The wires that are published.
    pub published: Vec<Wire>,
}

impl Wiring {
    /// Lowers a trace with `given` instances besides the one that is one.
    #[must_use]
    pub fn new(trace: &Trace, given: usize) -> Self {
        lower(trace, given)
    }

    /// The value of every wire.
    ///
    /// `instances` are the given ones, `elements` the prover's. Where no inverse exists it is zero, which the rows refuse.
    #[must_use]
    pub fn evaluate(&self, instances: &[Fr], elements: &[Fr], permute: impl Fn(&mut [Fr; WIDTH])) -> Vec<Fr> {
        let mut values: Vec<Fr> = Vec::with_capacity(self.wires.len());
        let mut states: Vec<[Fr; WIDTH]> = Vec::with_capacity(self.permutations.len());
        for source in &self.wires {
            let next = match source {
                Source::Instance(0) => Fr::ONE,
                Source::Instance(index) => instances.get(index - 1).copied().unwrap_or_default(),
                Source::Element(index) => elements.get(*index).copied().unwrap_or_default(),
                Source::Row(row) => self.rows.get(*row).map_or(Fr::ZERO, |row| row.result(&values)),
                Source::Inverse { of, shift } => (value(&values, *of) + shift).inverse().unwrap_or_default(),
                Source::Permuted { permutation, element } => {
                    let done = states.len();
                    for state in self.permutations.iter().take(permutation + 1).skip(done) {
                        let mut state = state.map(|wire| value(&values, wire));
                        permute(&mut state);
                        states.push(state);
                    }
                    states.get(*permutation).and_then(|state| state.get(*element)).copied().unwrap_or_default()
                }
            };
            values.push(next);
        }
        values
    }
}

impl Row {
    /// The result, given the values of wires.
    #[must_use]
    pub fn result(&self, values: &[Fr]) -> Fr {
        let [a, b, c] = self.inputs.map(|wire| wire.map_or(Fr::ZERO, |wire| value(values, wire)));
        let [q_a, q_b, q_c] = self.coefficients;
        a * b + q_a * a + q_b * b + q_c * c
    }
}

/// The value of a wire. Each wire comes after those that it needs, so that there is one.
fn value(values: &[Fr], wire: Wire) -> Fr {
    values.get(wire).copied().unwrap_or_default()
}
