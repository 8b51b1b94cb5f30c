//! The summands of the main sumcheck, as formulas: at a cell, at an entry, and at a place of a term's sum.
//!
//! With the point `r` that the relations are tested at, and with powers of `lambda`,
//!
//! ```text
//!   eq(r,x) scale(x) z(x) + eq(r,x) rem(x)  +  lambda eq(r,x) [h A B - A - B](x)  +  lambda^3 h(x)
//!   lambda^2 eq(r,j) [g A_T - m](j)  -  lambda^3 g(j)
//!   -factor eq(r,c) * operands(c)
//! ```
//!
//! The prover evaluates the formulas at the places of the hypercube and between them. The verifier and its circuit evaluate
//! them at the sumcheck's point.

use super::lookup::{cell_constraint, entry_constraint};
use crate::arithmetic::Scalar;

/// The factors that batch the parts of the sum.
#[derive(Clone, Copy, Debug)]
pub struct Batching<S> {
    /// Of the cells' helpers.
    pub cells: S,
    /// Of the entries' helpers.
    pub entries: S,
    /// Of the balance between both.
    pub balance: S,
}

impl<S: Scalar> Batching<S> {
    /// The powers of a challenge, from the first on.
    pub fn new(lambda: S) -> Self {
        let square = lambda * lambda;
        Self { cells: lambda, entries: square, balance: square * lambda }
    }
}

/// A cell's side of the rescaling relation.
#[derive(Clone, Copy, Debug)]
pub struct Rescaling<S> {
    /// `eq(r, .) * scale`.
    pub scale: S,
    /// The quotient.
    pub quotient: S,
    /// `eq(r, .)`.
    pub equality: S,
    /// The remainder.
    pub remainder: S,
}

impl<S: Scalar> Rescaling<S> {
    /// The degree of the formula.
    pub const DEGREE: usize = 2;

    /// The formula.
    #[inline(always)]
    pub fn eval(self) -> S {
        self.scale * self.quotient + self.equality * self.remainder
    }
}

/// The look-ups of a cell.
#[derive(Clone, Copy, Debug)]
pub struct CellLookUps<S> {
    /// `eq(r, .)`.
    pub equality: S,
    /// The helper.
    pub helper: S,
    /// The denominators of both.
    pub denominators: [S; 2],
}

impl<S: Scalar> CellLookUps<S> {
    /// The degree of the formula.
    pub const DEGREE: usize = 4;

    /// The formula.
    #[inline(always)]
    pub fn eval(self) -> S {
        self.equality * cell_constraint(self.helper, self.denominators)
    }
}

/// An entry of a table, which is looked up.
#[derive(Clone, Copy, Debug)]
pub struct Entry<S> {
    /// `eq(r, .)`.
    pub equality: S,
    /// The helper.
    pub helper: S,
    /// The denominator.
    pub denominator: S,
    /// The multiplicity.
    pub multiplicity: S,
}

impl<S: Scalar> Entry<S> {
    /// The degree of the formula.
    pub const DEGREE: usize = 3;

    /// The formula.
    #[inline(always)]
    pub fn eval(self) -> S {
        self.equality * entry_constraint(self.helper, self.denominator, self.multiplicity)
    }
}

/// The summand of a cell.
pub fn cell<S: Scalar>(lambda: &Batching<S>, rescaling: Rescaling<S>, look_ups: CellLookUps<S>) -> S {
    rescaling.eval() + lambda.cells * look_ups.eval() + lambda.balance * look_ups.helper
}

/// The summand of an entry.
pub fn entry<S: Scalar>(lambda: &Batching<S>, entry: Entry<S>) -> S {
    lambda.entries * entry.eval() - lambda.balance * entry.helper
}

/// The summand at a place of a term's sum. `shared` is the factor that the operands share: see
/// [`TermPlan::shared`](super::plan::TermPlan::shared).
#[inline(always)]
pub fn product<S: Scalar>(shared: S, operands: impl IntoIterator<Item = S>) -> S {
    operands.into_iter().fold(shared, |product, operand| product * operand)
}
