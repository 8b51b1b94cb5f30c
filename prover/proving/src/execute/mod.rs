//! Runs a model fast, and keeps what the proof is about.
//!
//! The results are those of `hallmark_circuits::semantics::execute`, cell for cell and error for error. A step whose sums
//! provably fit is accumulated in 64 bits by `fast`; any other goes to `exact`, so that hostile weights give an error and
//! never a sum that wrapped.

mod exact;
mod fast;
mod operand;
mod plan;

use hallmark_circuits::model::{Architecture, Step, Term, Weights};
use hallmark_circuits::semantics::{ExecutionError, check_input, rescale};

/// All that an inference makes, row-major over the unpadded axes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The quantized input.
    pub input: Vec<i64>,
    /// What each step makes.
    pub steps: Vec<StepTrace>,
}

/// What one step makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepTrace {
    /// The rescaled sums `z`.
    pub quotient: Vec<i64>,
    /// What the rescaling leaves: `0 <= remainder < 2^shift`.
    pub remainder: Vec<u32>,
    /// What the table makes of the quotients: the step's tensor.
    pub output: Vec<i32>,
}

impl Trace {
    /// The model's answer: the tensor of the last step.
    #[must_use]
    pub fn output(&self) -> &[i32] {
        self.steps.last().map_or(&[], |step| &step.output)
    }
}

/// What the steps read: the weights, and the tensors made so far.
struct Tensors<'a> {
    model: &'a Architecture,
    weights: &'a Weights,
    input: Vec<i32>,
    steps: Vec<StepTrace>,
}

impl Tensors<'_> {
    /// The values of a tensor, numbered as in `Access::source`.
    fn values(&self, tensor: usize) -> &[i32] {
        tensor.checked_sub(1).map_or(&self.input, |step| &self.steps[step].output)
    }
}

/// Runs a model on an input. Both `model` and `weights` must be valid.
///
/// # Errors
/// - [`ExecutionError::InputLength`] or [`ExecutionError::InputRange`] if the input is not the model's kind.
/// - [`ExecutionError::OutsideTable`] or [`ExecutionError::Overflow`] if the weights are not
///   those that the model was compiled for.
pub fn execute(model: &Architecture, weights: &Weights, input: &[i64]) -> Result<Trace, ExecutionError> {
    check_input(model, input)?;
    // In range, so of at most 16 bits.
    let narrow = input.iter().map(|&value| value as i32).collect();
    let mut tensors = Tensors { model, weights, input: narrow, steps: Vec::with_capacity(model.steps.len()) };
    for (index, step) in model.steps.iter().enumerate() {
        let span = tracing::debug_span!("step", index, name = step.name);
        let trace = span.in_scope(|| execute_step(&tensors, index, step))?;
        tensors.steps.push(trace);
    }
    Ok(Trace { input: input.to_vec(), steps: tensors.steps })
}

fn execute_step(tensors: &Tensors<'_>, index: usize, step: &Step) -> Result<StepTrace, ExecutionError> {
    let Some(sums) = fast::accumulate(tensors, step) else {
        let sums = exact::accumulate(tensors, step);
        return finish(tensors.model, index, step, sums.into_iter());
    };
    finish(tensors.model, index, step, sums.into_iter().map(Some))
}

/// Rescales and looks up, in order, so that the first bad cell is the one that is reported.
fn finish(
    model: &Architecture,
    index: usize,
    step: &Step,
    sums: impl ExactSizeIterator<Item = Option<i64>>,
) -> Result<StepTrace, ExecutionError> {
    let table = &model.tables[step.table];
    let mut trace = StepTrace::with_capacity(sums.len());
    for sum in sums {
        let sum = sum.ok_or(ExecutionError::Overflow { step: index })?;
        let (quotient, remainder) = rescale(sum, step.shift);
        let output = table.get(quotient).ok_or(ExecutionError::OutsideTable { step: index, value: quotient })?;
        trace.push(quotient, remainder, output);
    }
    Ok(trace)
}

impl StepTrace {
    fn with_capacity(cells: usize) -> Self {
        Self {
            quotient: Vec::with_capacity(cells),
            remainder: Vec::with_capacity(cells),
            output: Vec::with_capacity(cells),
        }
    }

    fn push(&mut self, quotient: i64, remainder: i64, output: i32) {
        self.quotient.push(quotient);
        // Below 2^shift, so below 2^32.
        self.remainder.push(remainder as u32);
        self.output.push(output);
    }
}

/// How many assignments the summed variables of a term have.
fn assignments_of(term: &Term) -> u128 {
    term.summed.iter().map(|&size| size as u128).product()
}

/// The coordinates of the cell with a row-major number.
fn coordinates(axes: &[usize], mut cell: usize) -> Vec<usize> {
    let mut coordinates = vec![0; axes.len()];
    for (coordinate, &size) in coordinates.iter_mut().zip(axes).rev() {
        *coordinate = cell % size;
        cell /= size;
    }
    coordinates
}
