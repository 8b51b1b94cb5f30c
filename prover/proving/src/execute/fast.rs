//! Sums in 64 bits, cell by cell in parallel, for steps in which nothing can overflow.

use hallmark_circuits::model::{MAX_ACCUMULATOR, Step, Term};
use rayon::prelude::*;

use super::operand::Operand;
use super::plan::{Loop, Plan};
use super::{Tensors, assignments_of, coordinates};

/// The fewest products that are worth a task of their own.
const MIN_TASK: usize = 1 << 14;

/// A term made ready for its inner loops.
struct Kernel<'a> {
    coefficient: i64,
    weights: Operand<'a, i64>,
    values: Operand<'a, i32>,
    plan: Plan,
}

/// The sum of every cell, or nothing where a sum might overflow or the step has no fast plan.
pub(super) fn accumulate(tensors: &Tensors<'_>, step: &Step) -> Option<Vec<i64>> {
    if greatest(tensors, step)? >= MAX_ACCUMULATOR.unsigned_abs().into() {
        return None;
    }
    let cells = step.axes.iter().product();
    let mut sums = vec![step.constant; cells];
    for term in &step.terms {
        let kernel = Kernel::new(tensors, step, term)?;
        let task = (MIN_TASK / kernel.products()).max(1);
        sums.par_chunks_mut(task).enumerate().for_each(|(chunk, sums)| kernel.add(&step.axes, chunk * task, sums));
    }
    Some(sums)
}

/// A bound on the magnitude of any sum and of any partial sum, or nothing where it is beyond all measure.
fn greatest(tensors: &Tensors<'_>, step: &Step) -> Option<u128> {
    step.terms.iter().try_fold(u128::from(step.constant.unsigned_abs()), |bound, term| {
        let weight = term.weights.as_ref().map_or(1, |access| {
            tensors.weights.0[access.source].iter().map(|weight| weight.unsigned_abs()).max().unwrap_or(0)
        });
        let value = term.values.as_ref().map_or(1, |access| {
            tensors.values(access.source).iter().map(|value| value.unsigned_abs()).max().unwrap_or(0)
        });
        u128::from(term.coefficient.unsigned_abs())
            .checked_mul(weight.into())?
            .checked_mul(value.into())?
            .checked_mul(assignments_of(term))?
            .checked_add(bound)
    })
}

impl<'a> Kernel<'a> {
    fn new(tensors: &'a Tensors<'_>, step: &Step, term: &Term) -> Option<Self> {
        let variables = step.variables(term);
        let weights = match &term.weights {
            Some(access) => {
                let axes = &tensors.model.weights[access.source].axes;
                Operand::new(&tensors.weights.0[access.source], axes, access, &variables)?
            }
            None => Operand::one(&[1], &variables),
        };
        let values = match &term.values {
            Some(access) => {
                let axes = tensors.model.tensor_axes(access.source);
                Operand::new(tensors.values(access.source), axes, access, &variables)?
            }
            None => Operand::one(&[1], &variables),
        };
        let summed = step.axes.len()..variables.len();
        let loops = summed.map(|variable| Loop {
            size: variables[variable],
            weights: weights.strides[variable],
            values: values.strides[variable],
        });
        let plan = Plan::new(loops)?;
        Some(Self { coefficient: term.coefficient, weights, values, plan })
    }

    /// The number of products that a cell takes.
    fn products(&self) -> usize {
        self.plan.taps.len() * self.plan.run.size
    }

    /// Adds the term to the cells from number `first` on.
    fn add(&self, axes: &[usize], first: usize, sums: &mut [i64]) {
        let mut cursor = Cursor::new(axes, first);
        let (mut weights, mut values) = (cursor.position(&self.weights), cursor.position(&self.values));
        for sum in sums {
            *sum += self.coefficient * self.cell(weights, values);
            cursor.advance(axes, |axis, steps| {
                weights += steps * self.weights.strides[axis];
                values += steps * self.values.strides[axis];
            });
        }
    }

    /// The sum of products whose first factors are at these positions.
    ///
    /// All positions that occur lie in the operands' cells: `Operand` made room for each of them.
    fn cell(&self, weights: i64, values: i64) -> i64 {
        let run = self.plan.run;
        let (w, v) = (&*self.weights.cells, &*self.values.cells);
        if run.size == 1 {
            return self.plan.taps.iter().map(|tap| product(w, v, weights + tap.0, values + tap.1)).sum();
        }
        self.plan.taps.iter().map(|tap| dot(w, v, weights + tap.0, values + tap.1, run)).sum()
    }
}

fn product(w: &[i64], v: &[i32], weights: i64, values: i64) -> i64 {
    w[weights as usize] * i64::from(v[values as usize])
}

/// The sum of products along a run.
fn dot(w: &[i64], v: &[i32], weights: i64, values: i64, run: Loop) -> i64 {
    if run.weights == 1 && run.values == 1 {
        let (w, v) = (&w[weights as usize..][..run.size], &v[values as usize..][..run.size]);
        return w.iter().zip(v).map(|(&weight, &value)| weight * i64::from(value)).sum();
    }
    (0..run.size as i64).map(|step| product(w, v, weights + step * run.weights, values + step * run.values)).sum()
}

/// The assignment of a step's axes at which its cells are visited in row-major order.
struct Cursor {
    digits: Vec<usize>,
}

impl Cursor {
    fn new(axes: &[usize], cell: usize) -> Self {
        Self { digits: coordinates(axes, cell) }
    }

    fn position<T: Clone>(&self, operand: &Operand<'_, T>) -> i64 {
        let moved = self.digits.iter().zip(&operand.strides).map(|(&digit, stride)| digit as i64 * stride);
        operand.base + moved.sum::<i64>()
    }

    /// Goes to the next cell and tells by how many steps each axis moved.
    fn advance(&mut self, axes: &[usize], mut moved: impl FnMut(usize, i64)) {
        for (axis, (digit, &size)) in self.digits.iter_mut().zip(axes).enumerate().rev() {
            *digit += 1;
            moved(axis, 1);
            if *digit < size {
                return;
            }
            *digit = 0;
            moved(axis, -(size as i64));
        }
    }
}
