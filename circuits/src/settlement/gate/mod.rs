//! The constraints of a row, over any arithmetic.
//!
//! Three selectors say what a row is. A column for each of five kinds of rows would cost a contract two more commitments.
//! Products of three selectors raise the degree by one, which costs one commitment:
//!
//! | row | s | p | q | selector |
//! |---|---|---|---|---|
//! | nothing | 0 | 0 | 0 | |
//! | arithmetic | 1 | 0 | 0 | s (1 - p) |
//! | [`Kind::Full`] | 0 | 1 | 0 | p (1 - q - s) |
//! | [`Kind::Partial`] | 0 | 0 | 1 | q (1 - p) |
//! | [`Kind::Enter`] | 0 | 1 | 1 | p q |
//! | [`Kind::Leave`] | 1 | 1 | 0 | s p |
//!
//! With x for a row's values, x' for the next row's and k for its constants, the constraints are
//!
//! ```text
//! s (1 - p) (x_0 x_1 + k_0 x_0 + k_1 x_1 + k_2 x_2 - x'_2) + instance = 0
//! sum over kinds of selector step_j(x, x') + (p + q - p q) (k_j - x'_j) = 0        j = 0, 1, 2
//! ```
//!
//! where `step` is [`compact::step`](crate::poseidon::compact::step).

use ark_bn254::Fr;

use crate::{
    arithmetic::Arithmetic,
    multilinear::{inner_product, one_minus},
    poseidon::{
        WIDTH,
        compact::{Kind, step},
    },
};

/// The number of selectors.
pub const SELECTORS: usize = 3;
/// The number of constraints.
pub const CONSTRAINTS: usize = 1 + WIDTH;

/// The kind of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// It computes nothing.
    Idle,
    /// It computes a product and a sum.
    Arithmetic,
    /// It is a step of a permutation.
    Step(Kind),
}

impl RowKind {
    /// The selectors s, p and q.
    #[must_use]
    pub fn selectors(self) -> [Fr; SELECTORS] {
        match self {
            Self::Idle => [0, 0, 0],
            Self::Arithmetic => [1, 0, 0],
            Self::Step(Kind::Full) => [0, 1, 0],
            Self::Step(Kind::Partial) => [0, 0, 1],
            Self::Step(Kind::Enter) => [0, 1, 1],
            Self::Step(Kind::Leave) => [1, 1, 0],
        }
        .map(|bit| Fr::from(u64::from(bit == 1)))
    }
}

/// All that the constraints of a row depend on.
#[derive(Clone, Debug)]
pub struct Cells<S> {
    /// The row's values.
    pub values: [S; WIDTH],
    /// The next row's.
    pub next: [S; WIDTH],
    /// s, p and q.
    pub selectors: [S; SELECTORS],
    /// The row's constants.
    pub constants: [S; WIDTH],
    /// The row's instance.
    pub instance: S,
}

/// The constraints, which must be zero.
pub fn constraints<A: Arithmetic + ?Sized>(a: &mut A, cells: &Cells<A::Scalar>) -> [A::Scalar; CONSTRAINTS] {
    let arithmetic = arithmetic(a, cells);
    let [first, second, third] = steps(a, cells);
    [arithmetic, first, second, third]
}

fn arithmetic<A: Arithmetic + ?Sized>(a: &mut A, cells: &Cells<A::Scalar>) -> A::Scalar {
    let [s, p, _] = cells.selectors;
    let selector = s * one_minus(a, p);
    let [left, right, _] = cells.values;
    let sum = left * right + inner_product(a, &cells.constants, &cells.values);
    selector * (sum - cells.next[2]) + cells.instance
}

fn steps<A: Arithmetic + ?Sized>(a: &mut A, cells: &Cells<A::Scalar>) -> [A::Scalar; WIDTH] {
    let (selectors, any) = step_selectors(a, cells.selectors);
    let mut sums: [A::Scalar; WIDTH] =
        std::array::from_fn(|element| any * (cells.constants[element] - cells.next[element]));
    for (kind, selector) in selectors {
        for (sum, result) in sums.iter_mut().zip(step(a, kind, &cells.values, &cells.next)) {
            *sum = *sum + selector * result;
        }
    }
    sums
}

/// The selector of each kind of step, and that of any.
#[inline(always)]
pub fn step_selectors<A: Arithmetic + ?Sized>(
    a: &mut A,
    [s, p, q]: [A::Scalar; SELECTORS],
) -> ([(Kind, A::Scalar); 4], A::Scalar) {
    let (not_p, not_q) = (one_minus(a, p), one_minus(a, q));
    let both = p * q;
    let selectors =
        [(Kind::Full, p * (not_q - s)), (Kind::Partial, q * not_p), (Kind::Enter, both), (Kind::Leave, s * p)];
    (selectors, p + (q - both))
}

#[cfg(test)]
mod tests;
