//! The user's array, and the model's integers.

use std::path::{Path, PathBuf};

use hallmark_circuits::model::{Clamping, InputFault, InputPort, Quantized};
use serde_json::json;
use thiserror::Error;

use super::{Given, LocalError, Outcome, arrays::read_values};

/// The most bytes of an input: more than any model reads.
pub(crate) const MAX_INPUT_BYTES: u64 = 1 << 30;

/// An array that does not have the model's shape.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("shape of the {what}: {found:?} where the model has {expected:?}: {}", advice(expected, found))]
pub struct ShapeError {
    /// What the array is.
    pub what: String,
    /// The model's shape.
    pub expected: Vec<usize>,
    /// The array's shape.
    pub found: Vec<usize>,
}

/// What to do about an array of another shape.
fn advice(expected: &[usize], found: &[usize]) -> String {
    let one: usize = expected.iter().product();
    let samples = found.first().copied().unwrap_or_default();
    match found.iter().product::<usize>() {
        all if samples > 1 && all == one.saturating_mul(samples) => {
            format!(
                "this is a stack of {samples} samples: give one sample, such as x[0:1], or name a stack with `--inputs` where the \
                 command takes one"
            )
        }
        all if all == one => format!("the number of values is the same: x.reshape({expected:?}) has the right shape"),
        _ => "axes of size 1 may differ, others may not".into(),
    }
}

/// One input.
#[derive(Clone, Debug)]
pub struct Question {
    /// The input: an array of the model's shape, or an archive with one for each of the model's inputs.
    pub input: Given,
    /// Whether many or distant values outside of the calibrated range are clamped to it. They are refused otherwise.
    pub allow_clamping: bool,
}

impl Question {
    /// An input that is taken only as it is.
    #[must_use]
    pub fn exact(path: &Path) -> Self {
        Self { input: path.into(), allow_clamping: false }
    }

    /// Reads and quantizes the input. What the model would not see is refused.
    ///
    /// # Errors
    /// [`LocalError`] if the input can't be read, or is none of the model's.
    pub fn read(&self, port: &InputPort) -> Result<Input, LocalError> {
        let mut samples = read_samples(&self.input, port, false, self.allow_clamping)?;
        // There is one.
        samples.pop().ok_or_else(|| LocalError::Usage("the input has no values".into()))
    }
}

/// Reads and quantizes one sample, or each of those that the first axis of an array counts.
pub(crate) fn read_samples(
    given: &Given,
    port: &InputPort,
    is_many: bool,
    allow_clamping: bool,
) -> Result<Vec<Input>, LocalError> {
    let admit = |(index, values): (usize, Vec<f32>)| {
        let fault = |fault| InputError { path: given.name().to_owned(), sample: is_many.then_some(index), fault };
        Ok(Quantized::admit(port, values.iter().copied(), allow_clamping).map_err(fault)?.into())
    };
    read_values(given, port, is_many)?.into_iter().enumerate().map(admit).collect()
}

/// Refuses an array that is not one or more samples of a shape.
pub(crate) fn check_stack(what: &str, expected: &[usize], found: &[usize]) -> Result<(), ShapeError> {
    if let Some((1.., sample)) = found.split_first().map(|(samples, sample)| (*samples, sample))
        && check_shape(what, expected, sample).is_ok()
    {
        return Ok(());
    }
    // So many samples as the array has values for, or one.
    let samples = found.iter().product::<usize>() / expected.iter().product::<usize>().max(1);
    Err(ShapeError { what: what.into(), expected: [&[samples.max(1)], expected].concat(), found: found.to_vec() })
}

/// An input that a model has no answer to.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("{}: {}{fault}", path.display(), sample.map(|sample| format!("sample {sample}: ")).unwrap_or_default())]
pub struct InputError {
    /// The input's file.
    pub path: PathBuf,
    /// Which of many samples.
    pub sample: Option<usize>,
    /// What is wrong with it.
    pub fault: InputFault,
}

/// An input in the model's integers.
#[derive(Debug)]
pub struct Input {
    /// The integers, row-major.
    pub integers: Vec<i64>,
    /// What the integers do not tell.
    clamping: Option<Clamping>,
}

impl From<Quantized> for Input {
    fn from(Quantized { integers, clamping }: Quantized) -> Self {
        Self { integers, clamping }
    }
}

impl Input {
    /// How many values were clamped.
    pub(crate) fn clamped(&self) -> usize {
        self.clamping.as_ref().map_or(0, |clamping| clamping.count)
    }

    /// What to say of values that were clamped.
    pub(crate) fn warning(&self) -> Option<String> {
        self.clamping.as_ref().map(|clamping| format!("{clamping}. The answer belongs to the clamped input"))
    }

    /// Tells of values that were clamped.
    #[must_use]
    pub fn annotate(&self, mut outcome: Outcome) -> Outcome {
        outcome.json["clamped_inputs"] = json!(self.clamped());
        let Some(clamping) = &self.clamping else { return outcome };
        outcome.json["clamping"] = json!({
            "index": clamping.index,
            "array": clamping.place.input,
            "index_in_array": clamping.place.index,
            "value": clamping.value,
            "nearest": clamping.nearest,
            "excess": clamping.excess,
        });
        self.warning().into_iter().fold(outcome, Outcome::with_warning)
    }
}

/// Refuses an array of another shape. Axes of size 1 may differ.
pub(crate) fn check_shape(what: &str, expected: &[usize], found: &[usize]) -> Result<(), ShapeError> {
    let proper = |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
    if proper(expected) == proper(found) {
        return Ok(());
    }
    Err(ShapeError { what: what.into(), expected: expected.to_vec(), found: found.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::{advice, check_shape, check_stack};

    #[test]
    fn the_first_axis_of_a_stack_counts_samples() {
        assert!(check_stack("inputs", &[1, 1, 8, 8], &[3, 8, 8]).is_ok());
        assert!(check_stack("inputs", &[8, 8], &[1, 8, 8]).is_ok());
        assert!(check_stack("inputs", &[1, 64], &[5, 64]).is_ok());
        assert!(check_stack("inputs", &[1, 64], &[5, 1, 64]).is_ok());
        for other in [&[64][..], &[0, 64], &[5, 63], &[64, 5], &[]] {
            assert!(check_stack("inputs", &[1, 64], other).is_err(), "{other:?}");
        }
    }

    #[test]
    fn axes_of_size_one_do_not_matter_and_others_do() {
        assert!(check_shape("input", &[1, 1, 8, 8], &[8, 8]).is_ok());
        assert!(check_shape("input", &[8, 8], &[1, 8, 1, 8]).is_ok());
        assert!(check_shape("input", &[8, 8], &[64]).is_err());
        assert!(check_shape("input", &[2, 3], &[3, 2]).is_err());
        assert!(check_shape("input", &[64], &[128, 64]).is_err());
        assert!(advice(&[1, 64], &[128, 64]).contains("x[0:1]"));
        assert!(advice(&[1, 64], &[128, 64]).contains("--inputs"));
        assert!(advice(&[1, 64], &[8, 8]).contains("reshape([1, 64])"));
        assert!(advice(&[1, 64], &[1, 63]).contains("size 1"));
    }
}
