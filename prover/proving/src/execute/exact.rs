//! Sums in 128 bits with checked arithmetic, for steps whose sums might overflow or whose strides are beyond all reason.

use hallmark_circuits::model::{Access, MAX_ACCUMULATOR, Step, Term};
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
        let weight = term.weights.as_ref().map_or(1, |access| {
            let axes = &tensors.model.weights[access.source].axes;
            position(access, axes, &variables).map_or(0, |position| tensors.weights.0[access.source][position])
        });
        let value = term.values.as_ref().map_or(1, |access| {
            let axes = tensors.model.tensor_axes(access.source);
            position(access, axes, &variables).map_or(0, |position| tensors.values(access.source)[position])
        });
        sum.checked_add(i128::from(weight) * i128::from(value))
    })
}

/// Where an access reads, or nothing outside the tensor.
fn position(access: &Access, axes: &[usize], variables: &[usize]) -> Option<usize> {
    access.axes.iter().zip(axes).try_fold(0, |position, (map, &size)| {
        let index = usize::try_from(map.index(variables)).ok()?;
        (index < size).then_some(position * size + index)
    })
}
