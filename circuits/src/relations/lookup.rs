//! The look-ups, by logarithmic derivatives (Haboeck, ePrint 2022/1530).
//!
//! A looked-up triple is compressed to `phi(tag, in, out) = tag + beta in + beta^2 out`. Every cell looks up two triples,
//! `(output table, z, y)` and `(remainder table, rem, 0)`; padding looks up `(0, 0, 0)` twice, and so must be zero. With
//!
//! ```text
//! h(x) = 1/(alpha - phi_1(x)) + 1/(alpha - phi_2(x))        g(j) = m(j)/(alpha - phi_T(j))
//! ```
//!
//! every triple is in a table, as often as `m` says, where the sum of `h` is the sum of `g`.

use crate::{
    arithmetic::Arithmetic,
    channel::Evaluations,
    layout::Layout,
    model::Architecture,
    multilinear::{equality_at, integer, zero},
    relations::rescale::occupied,
};

/// The challenges that compress a triple and shift the fractions.
#[derive(Clone, Debug)]
pub struct LookupChallenges<S> {
    /// The shift.
    pub alpha: S,
    /// The compression's base.
    pub beta: S,
    /// Its square.
    pub beta_squared: S,
}

impl<S: Clone> LookupChallenges<S> {
    /// The challenges as they are drawn.
    pub fn new<A: Arithmetic<Scalar = S> + ?Sized>(a: &mut A, alpha: S, beta: S) -> Self {
        let beta_squared = a.mul(&beta, &beta);
        Self { alpha, beta, beta_squared }
    }

    /// `alpha - phi(tag, argument, output)`.
    pub fn denominator<A: Arithmetic<Scalar = S> + ?Sized>(&self, a: &mut A, tag: &S, argument: &S, output: &S) -> S {
        let argument = a.mul(&self.beta, argument);
        let output = a.mul(&self.beta_squared, output);
        let rest = a.sub(&self.alpha, tag);
        let rest = a.sub(&rest, &argument);
        a.sub(&rest, &output)
    }
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
            let tag = integer(a, table.tag as i64);
            let product = a.mul(&tag, &inside);
            *sum = a.add(sum, &product);
        }
    }
    sums
}

/// The tags and the arguments of the tables' entries, at a point.
pub fn entry_arguments<A: Arithmetic + ?Sized>(a: &mut A, layout: &Layout, at: &[A::Scalar]) -> (A::Scalar, A::Scalar) {
    let (mut tags, mut arguments) = (zero(a), zero(a));
    for table in &layout.tables {
        let inside = equality_at(a, &at[table.block.bits..], table.block.prefix());
        let tag = integer(a, table.tag as i64);
        let tag = a.mul(&inside, &tag);
        tags = a.add(&tags, &tag);
        let mut argument = integer(a, table.first);
        for (bit, x) in at[..table.block.bits].iter().enumerate() {
            let weight = integer(a, 1 << bit);
            let part = a.mul(&weight, x);
            argument = a.add(&argument, &part);
        }
        let argument = a.mul(&inside, &argument);
        arguments = a.add(&arguments, &argument);
    }
    (tags, arguments)
}

/// `h A B - A - B` with the denominators `A` and `B` of a cell: zero where `h` is as it should be.
pub fn cell_constraint<A: Arithmetic + ?Sized>(
    a: &mut A,
    challenges: &LookupChallenges<A::Scalar>,
    tags: &[A::Scalar; 2],
    values: &Evaluations<A::Scalar>,
) -> A::Scalar {
    let nothing = zero(a);
    let output = challenges.denominator(a, &tags[0], &values.quotient, &values.output);
    let remainder = challenges.denominator(a, &tags[1], &values.remainder, &nothing);
    let product = a.mul(&output, &remainder);
    let product = a.mul(&values.helper, &product);
    let sum = a.add(&output, &remainder);
    a.sub(&product, &sum)
}

/// `g A - m` with the denominator `A` of an entry: zero where `g` is as it should be.
pub fn entry_constraint<A: Arithmetic + ?Sized>(
    a: &mut A,
    challenges: &LookupChallenges<A::Scalar>,
    arguments: &(A::Scalar, A::Scalar),
    values: &Evaluations<A::Scalar>,
) -> A::Scalar {
    let denominator = challenges.denominator(a, &arguments.0, &arguments.1, &values.entry_output);
    let product = a.mul(&values.entry_helper, &denominator);
    a.sub(&product, &values.multiplicity)
}
