//! The look-ups, by logarithmic derivatives (Haboeck, ePrint 2022/1530).
//!
//! A looked-up triple is compressed to `phi(tag, in, out) = tag + beta in + beta^2 out`. Every cell looks up two triples,
//! `(output table, z, y)` and `(remainder table, rem, 0)`. Padding looks up `(0, 0, 0)` twice, so it must be zero. With
//!
//! ```text
//! h(x) = 1/(alpha - phi_1(x)) + 1/(alpha - phi_2(x))        g(j) = m(j)/(alpha - phi_T(j))
//! ```
//!
//! the sum of `h` equals the sum of `g` if every triple is in a table, and `m` counts the look-ups of each entry.

use crate::{
    arithmetic::{Arithmetic, Scalar},
    layout::Layout,
    model::Architecture,
    multilinear::{equality_at, integer, zero},
    relations::rescale::occupied,
};

/// The challenges that compress a triple and shift the fractions.
#[derive(Clone, Copy, Debug)]
pub struct LookupChallenges<S> {
    /// The shift.
    pub alpha: S,
    /// The compression's base.
    pub beta: S,
    /// Its square.
    pub beta_squared: S,
}

impl<S: Scalar> LookupChallenges<S> {
    /// The challenges as they are drawn.
    pub fn new(alpha: S, beta: S) -> Self {
        Self { alpha, beta, beta_squared: beta * beta }
    }

    /// `alpha - phi(tag, argument, output)`.
    pub fn denominator(&self, tag: S, argument: S, output: S) -> S {
        self.alpha - tag - self.beta * argument - self.beta_squared * output
    }
}

/// `h A B - A - B` with the denominators `A` and `B` of a cell. It is zero if `h` is correct.
#[inline(always)]
pub fn cell_constraint<S: Scalar>(helper: S, [output, remainder]: [S; 2]) -> S {
    helper * (output * remainder) - (output + remainder)
}

/// `g A - m` with the denominator `A` of an entry. It is zero if `g` is correct.
#[inline(always)]
pub fn entry_constraint<S: Scalar>(helper: S, denominator: S, multiplicity: S) -> S {
    helper * denominator - multiplicity
}

/// The tags of both look-ups of the cells, at a point.
pub fn cell_tags<A: Arithmetic + ?Sized>(
    a: &mut A,
    model: &Architecture,
    layout: &Layout,
    at: &[A::Scalar],
) -> [A::Scalar; 2] {
    let mut sums = [zero(a), zero(a)];
    for tensor in 0..layout.tensors.len() {
        let inside = occupied(a, model, layout, tensor, at);
        let tables = [layout.output_table(model, tensor), layout.remainder_table(model, tensor)];
        for (sum, table) in sums.iter_mut().zip(tables) {
            *sum = *sum + a.constant(table.tag.into()) * inside;
        }
    }
    sums
}

/// The tags and the arguments of the tables' entries, at a point.
pub fn entry_arguments<A: Arithmetic + ?Sized>(a: &mut A, layout: &Layout, at: &[A::Scalar]) -> (A::Scalar, A::Scalar) {
    let (mut tags, mut arguments) = (zero(a), zero(a));
    for table in &layout.tables {
        let (within, above) = at.split_at(table.block.bits);
        let inside = equality_at(a, above, table.block.prefix());
        tags = tags + inside * a.constant(table.tag.into());
        let mut argument = integer(a, table.first);
        for (bit, &x) in within.iter().enumerate() {
            argument = argument + integer(a, 1 << bit) * x;
        }
        arguments = arguments + inside * argument;
    }
    (tags, arguments)
}
