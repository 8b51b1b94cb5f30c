//! The rescaling relation of all steps together.
//!
//! ```text
//! D(x) = scale(x) z(x) + rem(x) - acc(x) = 0        for every cell x
//! ```
//!
//! Here `scale` is `2^shift` on a step's block. It is zero on the input's block, so this relation does not bind the input's
//! quotients. `acc` includes the rounding constant. At a random `r`, `D(r) = 0` is one equation. It has the extension of `eq(r,
//! .) * scale`, the terms' claims, and a constant that the verifier computes.

use ark_bn254::Fr;

use crate::{
    arithmetic::Arithmetic,
    layout::Layout,
    model::{Architecture, bits_of},
    multilinear::{below, equality, equality_at, integer, zero},
    semantics::rounding,
};

/// The extension of `x -> eq(cells, x) * scale(x)` at a point.
pub fn scale<A: Arithmetic + ?Sized>(
    a: &mut A,
    model: &Architecture,
    layout: &Layout,
    cells: &[A::Scalar],
    at: &[A::Scalar],
) -> A::Scalar {
    let mut sum = zero(a);
    for (block, step) in layout.tensors.iter().skip(1).zip(&model.steps) {
        let [(cells, cells_above), (at, at_above)] = [cells, at].map(|point| point.split_at(block.bits));
        let here = equality_at(a, cells_above, block.prefix());
        let there = equality_at(a, at_above, block.prefix());
        let within = equality(a, cells, at);
        sum = sum + here * there * within * a.constant(Fr::from(1u64 << step.shift));
    }
    sum
}

/// The extension of the steps' constants, with the one that rounds, at a point.
pub fn constants<A: Arithmetic + ?Sized>(
    a: &mut A,
    model: &Architecture,
    layout: &Layout,
    cells: &[A::Scalar],
) -> A::Scalar {
    let mut sum = zero(a);
    for (index, step) in model.steps.iter().enumerate() {
        let constant = step.constant + rounding(step.shift);
        if constant == 0 {
            continue;
        }
        sum = sum + integer(a, constant) * occupied(a, model, layout, index + 1, cells);
    }
    sum
}

/// The extension of the indicator of a tensor's cells, padding excepted, at a point.
pub fn occupied<A: Arithmetic + ?Sized>(
    a: &mut A,
    model: &Architecture,
    layout: &Layout,
    tensor: usize,
    at: &[A::Scalar],
) -> A::Scalar {
    let block = layout.tensor(tensor);
    let (mut within, above) = at.split_at(block.bits);
    let mut product = equality_at(a, above, block.prefix());
    for &size in model.tensor_axes(tensor) {
        let (inner, axis) = within.split_at(within.len() - bits_of(size));
        product = product * below(a, axis, size);
        within = inner;
    }
    product
}
