//! Sums in 64 bits, cell by cell in parallel, for steps in which nothing can overflow.

use std::borrow::Cow;

use hallmark_circuits::model::{Factor, MAX_ACCUMULATOR, Space, Step, Term};
use rayon::prelude::*;

use super::operand::{Reading, bordered};
use super::plan::{Loop, PerOperand, Plan, along};
use super::{Tensors, assignments_of, coordinates};

/// The fewest products that are worth a task of their own.
const MIN_TASK: usize = 1 << 14;

/// A term made ready for its inner loops.
struct Kernel<'a> {
    coefficient: i64,
    operands: Operands<'a>,
    /// The position of each operand where all variables are zero.
    base: PerOperand,
    /// How far each axis of the step moves each operand.
    strides: Vec<PerOperand>,
    plan: Plan,
}

/// What a term multiplies: pairs as they are stored, and everything else widened.
enum Operands<'a> {
    /// A weight and a value, or a weight and one.
    Weighted(Cells<'a, i64>, Cells<'a, i32>),
    /// Two values, or a value and one.
    Values(Cells<'a, i32>, Cells<'a, i32>),
    /// As many as there are.
    Wide(Vec<Cells<'a, i64>>),
}

type Cells<'a, T> = Cow<'a, [T]>;

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
        let start = u128::from(term.coefficient.unsigned_abs()).checked_mul(assignments_of(term))?;
        let product =
            term.factors.iter().try_fold(start, |product, factor| product.checked_mul(reach(tensors, factor)))?;
        product.checked_add(bound)
    })
}

/// The greatest magnitude that a factor can read. It is at least one, so that no product of some of the factors is beyond that of
/// all of them.
fn reach(tensors: &Tensors<'_>, factor: &Factor) -> u128 {
    let source = factor.access.source;
    let greatest = match factor.space {
        Space::Weights => tensors.weights.0[source].iter().map(|weight| weight.unsigned_abs()).max(),
        Space::Values => tensors.values(source).iter().map(|value| value.unsigned_abs().into()).max(),
    };
    greatest.unwrap_or(0).max(1).into()
}

impl<'a> Kernel<'a> {
    fn new(tensors: &'a Tensors<'_>, step: &Step, term: &Term) -> Option<Self> {
        let variables = step.variables(term);
        let (mut base, mut strides) = (PerOperand::default(), vec![PerOperand::default(); variables.len()]);
        for (operand, factor) in term.factors.iter().enumerate() {
            let reading = Reading::new(tensors.model.source_axes(factor), &factor.access, &variables)?;
            base[operand] = reading.base;
            strides.iter_mut().zip(&reading.strides).for_each(|(all, stride)| all[operand] = *stride);
        }
        let summed = step.axes.len()..variables.len();
        let loops = summed.map(|variable| Loop { size: variables[variable], strides: strides[variable] });
        let plan = Plan::new(term.factors.len().max(2), loops)?;
        let operands = Operands::new(tensors, term, &variables)?;
        strides.truncate(step.axes.len());
        Some(Self { coefficient: term.coefficient, operands, base, strides, plan })
    }

    /// The number of products that a cell takes.
    fn products(&self) -> usize {
        self.plan.taps.len() * self.plan.run.size
    }

    /// Adds the term to the cells from number `first` on.
    fn add(&self, axes: &[usize], first: usize, sums: &mut [i64]) {
        let mut cursor = Cursor::new(axes, first);
        let mut at = cursor
            .digits
            .iter()
            .zip(&self.strides)
            .fold(self.base, |at, (&digit, strides)| along(at, digit as i64, *strides));
        for sum in sums {
            *sum += self.coefficient * self.cell(at);
            cursor.advance(axes, |axis, steps| at = along(at, steps, self.strides[axis]));
        }
    }

    /// The sum of products whose first factors are at these positions.
    ///
    /// All positions that occur lie in the operands' cells: `Reading` made room for each of them.
    fn cell(&self, at: PerOperand) -> i64 {
        let taps = self.plan.taps.iter().map(|tap| along(at, 1, *tap));
        match &self.operands {
            Operands::Weighted(left, right) => taps.map(|at| dot(left, right, at, self.plan.run)).sum(),
            Operands::Values(left, right) => taps.map(|at| dot(left, right, at, self.plan.run)).sum(),
            Operands::Wide(operands) => taps.map(|at| wide(operands, at, self.plan.run)).sum(),
        }
    }
}

impl<'a> Operands<'a> {
    fn new(tensors: &'a Tensors<'_>, term: &Term, variables: &[usize]) -> Option<Self> {
        let narrow = |factor: &Factor| {
            let axes = tensors.model.source_axes(factor);
            bordered(tensors.values(factor.access.source), axes, &factor.access, variables)
        };
        let weights = |factor: &Factor| {
            let axes = tensors.model.source_axes(factor);
            bordered(&tensors.weights.0[factor.access.source], axes, &factor.access, variables)
        };
        let spaces: Vec<Space> = term.factors.iter().map(|factor| factor.space).collect();
        match (spaces.as_slice(), term.factors.as_slice()) {
            ([Space::Weights, Space::Values], [left, right]) => Some(Self::Weighted(weights(left)?, narrow(right)?)),
            ([Space::Values, Space::Values], [left, right]) => Some(Self::Values(narrow(left)?, narrow(right)?)),
            ([Space::Weights], [only]) => Some(Self::Weighted(weights(only)?, Cow::Borrowed(&[1]))),
            ([Space::Values], [only]) => Some(Self::Values(narrow(only)?, Cow::Borrowed(&[1]))),
            (_, factors) => {
                let widen = |factor: &Factor| match factor.space {
                    Space::Weights => weights(factor),
                    Space::Values => Some(narrow(factor)?.iter().map(|&value| value.into()).collect()),
                };
                Some(Self::Wide(factors.iter().map(widen).collect::<Option<_>>()?))
            }
        }
    }
}

/// The sum of products of two operands along a run.
fn dot<L: Copy + Into<i64>, R: Copy + Into<i64>>(left: &[L], right: &[R], [l, r, _]: PerOperand, run: Loop) -> i64 {
    let [left_stride, right_stride, _] = run.strides;
    let product = |left: L, right: R| -> i64 { left.into() * right.into() };
    if run.size == 1 {
        return product(left[l as usize], right[r as usize]);
    }
    if run.is_contiguous(2) {
        let (left, right) = (&left[l as usize..][..run.size], &right[r as usize..][..run.size]);
        return left.iter().zip(right).map(|(&left, &right)| product(left, right)).sum();
    }
    let steps = 0..run.size as i64;
    steps.map(|step| product(left[(l + step * left_stride) as usize], right[(r + step * right_stride) as usize])).sum()
}

/// The sum of products of any number of operands along a run. Where an operand that stays where it is is zero, there is nothing to add.
fn wide(operands: &[Cells<'_, i64>], at: PerOperand, run: Loop) -> i64 {
    let parts =
        |moves: bool| operands.iter().zip(at).zip(run.strides).filter(move |(_, stride)| (*stride != 0) == moves);
    let still: i64 = parts(false).map(|((cells, at), _)| cells[at as usize]).product();
    if still == 0 {
        return 0;
    }
    let product = |step| parts(true).map(|((cells, at), stride)| cells[(at + step * stride) as usize]).product::<i64>();
    still * (0..run.size as i64).map(product).sum::<i64>()
}

/// The assignment of a step's axes at which its cells are visited in row-major order.
struct Cursor {
    digits: Vec<usize>,
}

impl Cursor {
    fn new(axes: &[usize], cell: usize) -> Self {
        Self { digits: coordinates(axes, cell) }
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
