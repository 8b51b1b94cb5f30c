//! An access as a linear functional: what a folded term reads of each cell of its source.
//!
//! The functional is a product over the source's axes, for no variable stands in two of them. Along one axis it is
//!
//! ```text
//! F(i) = sum over assignments of the axis's variables with offset + stride * variables = i of prod folding(variable)
//! ```
//!
//! for `i` inside the axis. Where the index is just a variable of the axis's own size, `F` is that variable's folding over
//! the whole padded axis. A value tensor is zero in its padding. Nothing says so of weights, but what stands in their padding
//! is either multiplied with the padding of values, or added to padding of the step's tensor, which is zero whatever is
//! added. A variable of weights alone that is added up has neither, and so is never taken over the padding.

use super::plan::{Folding, TermPlan};
use crate::{
    arithmetic::Arithmetic,
    layout::Block,
    model::{Access, AxisMap, bits_of},
    multilinear::{equality, equality_at, equality_table, inner_product, one, zero},
};

/// An access with the place of what it reads.
#[derive(Clone, Copy, Debug)]
pub struct Source<'m> {
    /// The access.
    pub access: &'m Access,
    /// The axes of what it reads.
    pub axes: &'m [usize],
    /// The block of what it reads.
    pub block: Block,
    /// The number of variables of the block's space.
    pub space_bits: usize,
    /// Whether the block's padding is known to be zero: that of values is, that of weights is not.
    pub zero_padded: bool,
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
    let mut product = equality_at(a, &at[block.bits..], block.prefix());
    let mut high = block.bits;
    for (map, &size) in source.access.axes.iter().zip(source.axes) {
        let low = high - bits_of(size);
        let factor = evaluate_axis(a, plan, (map, size, source.zero_padded), points, &at[low..high]);
        product = a.mul(&product, &factor);
        high = low;
    }
    product
}

fn evaluate_axis<A: Arithmetic + ?Sized>(
    a: &mut A,
    plan: &TermPlan<'_>,
    (map, size, zero_padded): (&AxisMap, usize, bool),
    (cells, sum): (&[A::Scalar], &[A::Scalar]),
    at: &[A::Scalar],
) -> A::Scalar {
    if let Some(variable) = whole_axis(plan, map, size, zero_padded) {
        return match plan.folding(variable, cells, sum) {
            Folding::Point(point) => equality(a, point, at),
            Folding::Ones => one(a),
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
    (map, size, zero_padded): (&AxisMap, usize, bool),
    (cells, sum): (&[A::Scalar], &[A::Scalar]),
) -> Vec<A::Scalar> {
    let padded = 1 << bits_of(size);
    if let Some(variable) = whole_axis(plan, map, size, zero_padded) {
        return fold_table(a, plan.folding(variable, cells, sum), padded);
    }
    let mut functional = expand_mapped(a, plan, map, size, (cells, sum));
    functional.resize(padded, zero(a));
    functional
}

/// The variable that an axis's index is, where it is one with the axis's own size and may run over its padding.
#[must_use]
pub fn whole_axis(plan: &TermPlan<'_>, map: &AxisMap, size: usize, zero_padded: bool) -> Option<usize> {
    let [part] = map.parts.as_slice() else { return None };
    let variable = &plan.variables[part.variable];
    let added_up = variable.axis.is_none() && variable.sum.is_none();
    let whole = part.stride == 1 && map.offset == 0 && variable.size == size;
    (whole && (zero_padded || !added_up)).then_some(part.variable)
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
    for part in &map.parts {
        let count = plan.variables[part.variable].size;
        let table = fold_table(a, plan.folding(part.variable, cells, sum), count);
        let mut extended = Vec::new();
        for (index, product) in &assignments {
            for (value, folding) in table.iter().enumerate() {
                extended.push((index + part.stride * value as i64, a.mul(product, folding)));
            }
        }
        assignments = extended;
    }
    let mut functional = vec![zero(a); size];
    for (index, product) in assignments {
        if let Some(place) = usize::try_from(index).ok().and_then(|index| functional.get_mut(index)) {
            *place = a.add(place, &product);
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
