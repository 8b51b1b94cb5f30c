//! An access as a linear functional: the weight of each cell of the source in a folded term.
//!
//! The functional is a product over the source's axes, since no variable stands in two of them. Along one axis it is
//!
//! ```text
//! F(i) = sum over assignments of the axis's variables with offset + stride * variables = i of prod folding(variable)
//! ```
//!
//! for `i` inside the axis. If the index is a single variable of the axis's own size, `F` is that variable's folding. Folded at
//! a point, it is `eq` over the whole padded axis. This may include padding. There the other factor is zero, or the cell is
//! padding too and must be zero. Folded with ones, it ends with the axis. Otherwise the sum would include the padding of
//! weights, which a registrant chooses.

use super::plan::{Folding, TermPlan};
use crate::{
    arithmetic::Arithmetic,
    layout::Block,
    model::{Access, AxisMap, Space, bits_of},
    multilinear::{below, equality, equality_at, equality_table, inner_product, one, zero},
};

/// An access with the place of its source.
#[derive(Clone, Copy, Debug)]
pub struct Source<'m> {
    /// The space of its source.
    pub space: Space,
    /// The access.
    pub access: &'m Access,
    /// The axes of what it reads.
    pub axes: &'m [usize],
    /// The block of what it reads.
    pub block: Block,
    /// The number of variables of the block's space.
    pub space_bits: usize,
}

/// The extension of the functional, at a point of the source's space. `points` are the cells' and the product's.
pub fn evaluate<A: Arithmetic + ?Sized>(
    a: &mut A,
    plan: &TermPlan<'_>,
    source: &Source<'_>,
    points: (&[A::Scalar], &[A::Scalar]),
    at: &[A::Scalar],
) -> A::Scalar {
    let block = source.block;
    let (mut within, above) = at.split_at(block.bits);
    let mut product = equality_at(a, above, block.prefix());
    for (map, &size) in source.access.axes.iter().zip(source.axes) {
        let (inner, axis) = within.split_at(within.len() - bits_of(size));
        product = product * evaluate_axis(a, plan, map, size, points, axis);
        within = inner;
    }
    product
}

fn evaluate_axis<A: Arithmetic + ?Sized>(
    a: &mut A,
    plan: &TermPlan<'_>,
    map: &AxisMap,
    size: usize,
    (cells, sum): (&[A::Scalar], &[A::Scalar]),
    at: &[A::Scalar],
) -> A::Scalar {
    if let Some(variable) = whole_axis(plan, map, size) {
        return match plan.folding(variable, cells, sum) {
            Folding::Point(point) => equality(a, point, at),
            Folding::Ones => below(a, at, size),
        };
    }
    let functional = expand_mapped(a, plan, map, size, (cells, sum));
    let table = equality_table(a, at, size);
    inner_product(a, &functional, &table)
}

/// The functional along one axis, over its padded indices.
pub fn expand_axis<A: Arithmetic + ?Sized>(
    a: &mut A,
    plan: &TermPlan<'_>,
    map: &AxisMap,
    size: usize,
    (cells, sum): (&[A::Scalar], &[A::Scalar]),
) -> Vec<A::Scalar> {
    let padded = 1 << bits_of(size);
    let mut functional = match whole_axis(plan, map, size) {
        Some(variable) => fold_whole(a, plan.folding(variable, cells, sum), size),
        None => expand_mapped(a, plan, map, size, (cells, sum)),
    };
    functional.resize(padded, zero(a));
    functional
}

/// The functional of an index that is a variable of the axis's own size.
pub fn fold_whole<A: Arithmetic + ?Sized>(a: &mut A, folding: Folding<'_, A::Scalar>, size: usize) -> Vec<A::Scalar> {
    let count = match folding {
        Folding::Point(_) => 1 << bits_of(size),
        Folding::Ones => size,
    };
    fold_table(a, folding, count)
}

/// The variable that an axis's index is, where it is one with the axis's own size.
#[must_use]
pub fn whole_axis(plan: &TermPlan<'_>, map: &AxisMap, size: usize) -> Option<usize> {
    match map.strides.as_slice() {
        [by] if by.stride == 1 && map.offset == 0 && plan.size(by.variable) == size => Some(by.variable),
        _ => None,
    }
}

fn expand_mapped<A: Arithmetic + ?Sized>(
    a: &mut A,
    plan: &TermPlan<'_>,
    map: &AxisMap,
    size: usize,
    (cells, sum): (&[A::Scalar], &[A::Scalar]),
) -> Vec<A::Scalar> {
    // All assignments of the variables so far, as the index and the product of foldings.
    let mut assignments = vec![(map.offset, one(a))];
    for by in &map.strides {
        let count = plan.size(by.variable);
        let table = fold_table(a, plan.folding(by.variable, cells, sum), count);
        let mut extended = Vec::new();
        for &(index, product) in &assignments {
            for (value, &folding) in (0..).zip(&table) {
                extended.push((index + by.stride * value, product * folding));
            }
        }
        assignments = extended;
    }
    let mut functional = vec![zero(a); size];
    for (index, product) in assignments {
        if let Some(place) = usize::try_from(index).ok().and_then(|index| functional.get_mut(index)) {
            *place = *place + product;
        }
    }
    functional
}

/// The weights of a variable's first `count` values.
pub fn fold_table<A: Arithmetic + ?Sized>(a: &mut A, folding: Folding<'_, A::Scalar>, count: usize) -> Vec<A::Scalar> {
    match folding {
        Folding::Point(point) => equality_table(a, point, count),
        Folding::Ones => vec![one(a); count],
    }
}
