//! Sums in 128 bits with checked arithmetic, for steps whose sums might overflow or whose strides are beyond all reason.

use hallmark_circuits::model::{Access, Factor, MAX_ACCUMULATOR, Space, Step, Term};
use hallmark_circuits::semantics::assignments;
use rayon::prelude::*;

use super::{Tensors, coordinates};

/// The sum of every cell, or nothing for a cell whose sum overflows.
pub(super) fn accumulate(tensors: &Tensors<'_>, step: &Step) -> Vec<Option<i64>> {
    let cells: usize = step.axes.iter().product();
    (0..cells).into_par_iter().map(|cell| sum_cell(tensors, step, &coordinates(&step.axes, cell))).collect()
}

fn sum_cell(tensors: &Tensors<'_>, step: &Step, cell: &[usize]) -> Option<i64> {
    let sum = step.terms.iter().try_fold(i128::from(step.constant), |sum, term| {
        sum.checked_add(i128::from(term.coefficient).checked_mul(sum_term(tensors, term, cell)?)?)
    })?;
    i64::try_from(sum).ok().filter(|sum| sum.unsigned_abs() < MAX_ACCUMULATOR.unsigned_abs())
}

fn sum_term(tensors: &Tensors<'_>, term: &Term, cell: &[usize]) -> Option<i128> {
    assignments(&term.summed).try_fold(0i128, |sum, summed| {
        let variables = [cell, &summed].concat();
        let product = term
            .factors
            .iter()
            .try_fold(1i128, |product, factor| product.checked_mul(read(tensors, factor, &variables).into()))?;
        sum.checked_add(product)
    })
}

fn read(tensors: &Tensors<'_>, factor: &Factor, variables: &[usize]) -> i64 {
    let Some(position) = position(&factor.access, tensors.model.source_axes(factor), variables) else { return 0 };
    match factor.space {
        Space::Weights => tensors.weights.0[factor.access.source][position],
        Space::Values => tensors.values(factor.access.source)[position].into(),
    }
}

/// Where an access reads, or nothing outside the tensor.
fn position(access: &Access, axes: &[usize], variables: &[usize]) -> Option<usize> {
    access.axes.iter().zip(axes).try_fold(0, |position, (map, &size)| {
        let index = usize::try_from(map.index(variables)).ok()?;
        (index < size).then_some(position * size + index)
    })
}
