//! What a model computes: the one definition of its integer semantics, written to be read rather than to be fast.
//!
//! The prover's executor, the relations and the compiler's bounds are all tested against this one.

use thiserror::Error;

use crate::model::{Access, Architecture, Space, Step, Table, Term, Weights};

/// A tensor of integers, row-major over its unpadded axes.
pub type Tensor = Vec<i64>;

/// Where an inference leaves the ranges that its model was compiled for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ExecutionError {
    /// The input has the wrong number of values.
    #[error("the input has {found} values where the model takes {expected}")]
    InputLength {
        /// The model's number of values.
        expected: usize,
        /// The number found.
        found: usize,
    },
    /// An input value has more bits than the model takes.
    #[error("input value {index} is {value}, outside the model's input range")]
    InputRange {
        /// The position of the value.
        index: usize,
        /// The value.
        value: i64,
    },
    /// A rescaled sum lies outside its table: the weights are not those that the model was compiled for.
    #[error(
        "step {step} looks up {value}, which its table does not hold: the weights are not the ones it was compiled for"
    )]
    OutsideTable {
        /// The step.
        step: usize,
        /// What was looked up.
        value: i64,
    },
    /// A sum does not fit its integer type: the weights are not those that the model was compiled for.
    #[error("step {step} overflows its accumulator: the weights are not the ones it was compiled for")]
    Overflow {
        /// The step.
        step: usize,
    },
}

/// `floor((accumulator + 2^(shift-1)) / 2^shift)` and the remainder, both for `shift = 0` too.
#[must_use]
pub fn rescale(accumulator: i64, shift: u32) -> (i64, i64) {
    let sum = accumulator + rounding(shift);
    let quotient = sum >> shift;
    (quotient, sum - (quotient << shift))
}

/// What is added before the division so that it rounds to nearest.
#[must_use]
pub const fn rounding(shift: u32) -> i64 {
    if shift == 0 { 0 } else { 1 << (shift - 1) }
}

/// Every tensor of an inference: the input, then the output of each step.
///
/// # Errors
/// - [`ExecutionError::InputLength`] or [`ExecutionError::InputRange`] if the input is not the model's kind.
/// - [`ExecutionError::OutsideTable`] or [`ExecutionError::Overflow`] if the weights are not
///   those that the model was compiled for.
pub fn execute(model: &Architecture, weights: &Weights, input: &[i64]) -> Result<Vec<Tensor>, ExecutionError> {
    check_input(model, input)?;
    let mut tensors = vec![input.to_vec()];
    for (index, step) in model.steps.iter().enumerate() {
        let output = execute_step(model, weights, &tensors, index, step)?;
        tensors.push(output);
    }
    Ok(tensors)
}

/// Refuses an input of another length or range than the model's.
///
/// # Errors
/// [`ExecutionError::InputLength`] or [`ExecutionError::InputRange`].
pub fn check_input(model: &Architecture, input: &[i64]) -> Result<(), ExecutionError> {
    let expected = model.input.axes.iter().product();
    if input.len() != expected {
        return Err(ExecutionError::InputLength { expected, found: input.len() });
    }
    let (least, greatest) = model.input.range();
    match input.iter().position(|value| !(least..=greatest).contains(value)) {
        Some(index) => Err(ExecutionError::InputRange { index, value: input[index] }),
        None => Ok(()),
    }
}

fn execute_step(
    model: &Architecture,
    weights: &Weights,
    tensors: &[Tensor],
    index: usize,
    step: &Step,
) -> Result<Tensor, ExecutionError> {
    let table = &model.tables[step.table];
    assignments(&step.axes)
        .map(|cell| {
            let accumulator =
                accumulate(model, weights, tensors, step, &cell).ok_or(ExecutionError::Overflow { step: index })?;
            look_up(table, rescale(accumulator, step.shift).0, index)
        })
        .collect()
}

/// The sum of a step's terms at one cell, or nothing where it overflows.
pub fn accumulate(
    model: &Architecture,
    weights: &Weights,
    tensors: &[Tensor],
    step: &Step,
    cell: &[usize],
) -> Option<i64> {
    let sum = step.terms.iter().try_fold(i128::from(step.constant), |sum, term| {
        let term_sum = sum_term(model, weights, tensors, term, cell)?;
        sum.checked_add(i128::from(term.coefficient).checked_mul(term_sum)?)
    })?;
    i64::try_from(sum).ok().filter(|sum| sum.unsigned_abs() < crate::model::MAX_ACCUMULATOR.unsigned_abs())
}

fn sum_term(model: &Architecture, weights: &Weights, tensors: &[Tensor], term: &Term, cell: &[usize]) -> Option<i128> {
    assignments(&term.summed).try_fold(0i128, |sum, summed| {
        let variables = [cell, &summed].concat();
        let product = term.factors.iter().try_fold(1i128, |product, factor| {
            let source = match factor.space {
                Space::Weights => &weights.0[factor.access.source],
                Space::Values => &tensors[factor.access.source],
            };
            product.checked_mul(read(source, model.source_axes(factor), &factor.access, &variables).into())
        })?;
        sum.checked_add(product)
    })
}

/// The cell of a tensor that an access reads, zero outside the tensor.
fn read(tensor: &[i64], axes: &[usize], access: &Access, variables: &[usize]) -> i64 {
    let mut position = 0;
    for (map, &size) in access.axes.iter().zip(axes) {
        match usize::try_from(map.index(variables)) {
            Ok(index) if index < size => position = position * size + index,
            _ => return 0,
        }
    }
    tensor[position]
}

fn look_up(table: &Table, value: i64, step: usize) -> Result<i64, ExecutionError> {
    table.get(value).map(i64::from).ok_or(ExecutionError::OutsideTable { step, value })
}

/// All assignments of variables with these sizes, the last one fastest.
pub fn assignments(sizes: &[usize]) -> impl Iterator<Item = Vec<usize>> + '_ {
    let count: usize = sizes.iter().product();
    (0..count).map(move |mut index| {
        let mut assignment = vec![0; sizes.len()];
        for (digit, &size) in assignment.iter_mut().zip(sizes).rev() {
            *digit = index % size;
            index /= size;
        }
        assignment
    })
}

#[cfg(test)]
mod tests {
    use super::{ExecutionError, execute, rescale};
    use crate::model::{Architecture, InputPort, MAX_ACCUMULATOR, MIN_ROW_BITS, OutputPort, Step, Table, Weights};

    /// A model of one value that answers 5, whatever it reads.
    fn model(constant: i64, first: i64) -> Architecture {
        Architecture {
            input: InputPort::of_integers(vec![1], 8),
            output: OutputPort { shape: vec![1], parts: vec![], scale: 1.0 },
            weights: vec![],
            parts: vec![],
            tables: vec![Table { name: "table".into(), first, outputs: vec![5] }],
            steps: vec![Step { name: "step".into(), axes: vec![1], constant, terms: vec![], shift: 0, table: 0 }],
            row_bits: MIN_ROW_BITS,
            weight_row_bits: MIN_ROW_BITS,
        }
    }

    #[test]
    fn inputs_of_another_length_or_range_have_no_answer() {
        let answer = |input: &[i64]| execute(&model(0, 0), &Weights(vec![]), input);
        assert_eq!(answer(&[127]), Ok(vec![vec![127], vec![5]]));
        assert_eq!(answer(&[128]), Err(ExecutionError::InputRange { index: 0, value: 128 }));
        assert_eq!(answer(&[]), Err(ExecutionError::InputLength { expected: 1, found: 0 }));
    }

    /// A sum has to stay below the limit on both sides, whatever its type could hold.
    #[test]
    fn sums_at_the_limit_of_accumulators_are_refused() {
        for greatest in [MAX_ACCUMULATOR - 1, 1 - MAX_ACCUMULATOR] {
            let tensors = execute(&model(greatest, greatest), &Weights(vec![]), &[0]);
            assert_eq!(tensors, Ok(vec![vec![0], vec![5]]));
        }
        for beyond in [MAX_ACCUMULATOR, -MAX_ACCUMULATOR, i64::MIN] {
            let refused = execute(&model(beyond, beyond), &Weights(vec![]), &[0]);
            assert_eq!(refused, Err(ExecutionError::Overflow { step: 0 }));
        }
    }

    #[test]
    fn rescale_without_a_shift_is_the_identity() {
        for value in [0, 1, -1, i64::MAX >> 1, i64::MIN >> 1] {
            assert_eq!(rescale(value, 0), (value, 0));
        }
    }

    #[test]
    fn rescale_rounds_halves_up_on_both_sides_of_zero() {
        let quotients = |shift, values: [i64; 7]| values.map(|value| rescale(value, shift).0);
        assert_eq!(quotients(1, [-3, -2, -1, 0, 1, 2, 3]), [-1, -1, 0, 0, 1, 1, 2]);
        assert_eq!(quotients(2, [-7, -6, -5, -2, 2, 5, 6]), [-2, -1, -1, 0, 1, 1, 2]);
    }

    #[test]
    fn rescale_is_the_nearest_integer_and_its_remainder_is_in_range() {
        for shift in 0..=20 {
            for value in (-5_000_000i64..5_000_000).step_by(10_007) {
                let (quotient, remainder) = rescale(value, shift);
                assert!((0..1 << shift).contains(&remainder));
                let nearest = (value as f64 / f64::from(1u32 << shift) + 0.5).floor() as i64;
                assert_eq!(quotient, if shift == 0 { value } else { nearest });
            }
        }
    }
}
