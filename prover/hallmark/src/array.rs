//! The user's arrays, and the model's integers.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use hallmark_circuits::model::{Architecture, InputPort, OutputPort};
use ndarray::{ArrayD, ArrayView, IxDyn};
use serde_json::{Value, json};
use thiserror::Error;

use super::{CliError, Outcome, arrays::read_values};
use hallmark_compiling::argmax;
use hallmark_proving::file::{Stored, Target};
use hallmark_proving::npy::{read_floats, write_floats};

/// The most bytes of an input: more than any model reads.
pub(super) const MAX_INPUT_BYTES: u64 = 1 << 30;

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

/// The options of an input.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Question {
    /// The input: an array of the model's shape, of finite numbers; or an .npz file with one for each of the model's inputs
    #[arg(long, value_name = "NPY")]
    input: PathBuf,
    /// Accept an input with many or distant values outside of the calibrated range; they are clamped to it
    #[arg(long)]
    allow_clamping: bool,
}

impl Question {
    /// An input that is taken only as it is.
    pub(super) fn exact(path: impl Into<PathBuf>) -> Self {
        Self { input: path.into(), allow_clamping: false }
    }

    /// The input's file.
    pub(super) fn path(&self) -> &Path {
        &self.input
    }

    /// Reads and quantizes the input. What the model would not see is refused.
    pub(super) fn read(&self, port: &InputPort) -> Result<Input, CliError> {
        let mut samples = read_samples(&self.input, port, false, self.allow_clamping)?;
        // There is one.
        samples.pop().ok_or_else(|| CliError::Usage("the input has no values".into()))
    }
}

/// Reads and quantizes one sample, or each of those that the first axis of an array counts.
pub(super) fn read_samples(
    path: &Path,
    port: &InputPort,
    is_many: bool,
    allow_clamping: bool,
) -> Result<Vec<Input>, CliError> {
    let admit = |(index, values): (usize, Vec<f32>)| {
        let fault = |fault| InputError { path: path.to_owned(), sample: is_many.then_some(index), fault };
        Ok(Input::admit(port, values.iter().copied(), allow_clamping).map_err(fault)?)
    };
    read_values(path, port, is_many)?.into_iter().enumerate().map(admit).collect()
}

/// Reads the samples that the first axis of an array counts, as they are.
pub(super) fn read_rows(what: &str, path: &Path, shape: &[usize]) -> Result<Vec<Vec<f32>>, CliError> {
    let array = read_floats(path, MAX_INPUT_BYTES)?;
    check_stack(what, shape, array.shape())?;
    Ok(array.outer_iter().map(|sample| sample.iter().copied().collect()).collect())
}

/// Refuses an array that is not one or more samples of a shape.
pub(super) fn check_stack(what: &str, expected: &[usize], found: &[usize]) -> Result<(), ShapeError> {
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

/// Why a model has no answer to an input.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum InputFault {
    /// It holds a NaN or an infinity.
    #[error(
        "value {index} is {value}, but a model takes finite 32-bit floats only: mend the input ({count} of its {total} values are not finite)"
    )]
    NotFinite {
        /// The position of the first such value.
        index: usize,
        /// The value.
        value: f32,
        /// How many there are.
        count: usize,
        /// How many values the input has.
        total: usize,
    },
    /// The model takes whole numbers, such as the indices of tokens.
    #[error("value {index} is {value}, but the model takes whole numbers: give indices as they are")]
    NotWhole {
        /// The position of the first value that is none.
        index: usize,
        /// The value.
        value: f32,
    },
    /// The model would see another input.
    #[error(
        "{0}. The answer would belong to another input: check that the values are in the ONNX model's units, or add --allow-clamping"
    )]
    Clamped(Clamping),
}

/// What is clamped of an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clamping {
    /// How many values.
    pub count: usize,
    /// How many values the input has.
    pub total: usize,
    /// The position of the value that lies furthest beyond the range.
    pub index: usize,
    /// That value.
    pub value: f32,
    /// What the model sees instead.
    pub nearest: f32,
    /// Its distance from the range, over the width of the range.
    pub excess: f64,
    /// Whether a whole number is among the values, which then is another index.
    pub any_whole: bool,
}

impl Clamping {
    /// One value in so many may be clamped without a word of the user's; a single one may in any input.
    const FEW: usize = 20;
    /// So far beyond the range, over its width: about where calibration with other samples would have put the range.
    const NEAR: f64 = 0.25;

    /// Whether the model's input is still much the same.
    #[must_use]
    pub fn is_little(&self) -> bool {
        self.count <= (self.total / Self::FEW).max(1) && self.excess <= Self::NEAR
    }

    /// The worse of two.
    fn join(self, other: Self) -> Self {
        let furthest = if other.excess > self.excess { other } else { self };
        Self { count: self.count + other.count, any_whole: self.any_whole || other.any_whole, ..furthest }
    }
}

impl fmt::Display for Clamping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, total, index, value, nearest, excess, any_whole: _ } = self;
        let percent = 100.0 * excess;
        write!(
            f,
            "{count} of {total} input values lie outside the range that the model was calibrated for. The furthest is value {index}: \
             {value}. The model sees {nearest} instead, which is {percent:.0}% of the range's width away"
        )
    }
}

/// An input in the model's integers.
#[derive(Debug)]
pub(super) struct Input {
    /// The integers, row-major.
    pub(super) integers: Vec<i64>,
    /// What the integers do not tell.
    clamping: Option<Clamping>,
}

impl Input {
    /// Quantizes as many values as the port has, which have to be finite.
    pub(super) fn quantize(port: &InputPort, values: impl Iterator<Item = f32> + Clone) -> Result<Self, InputFault> {
        let total = values.clone().count();
        let mut wrong = values.clone().enumerate().filter(|(_, value)| !value.is_finite());
        if let Some((index, value)) = wrong.next() {
            return Err(InputFault::NotFinite { index, value, count: 1 + wrong.count(), total });
        }
        let broken = values.clone().enumerate().find(|(index, value)| port.is_whole(*index) && value.fract() != 0.0);
        if let Some((index, value)) = broken {
            return Err(InputFault::NotWhole { index, value });
        }
        let integers: Vec<i64> = values.clone().enumerate().map(|(index, value)| port.quantize(index, value)).collect();
        let clamped = values.zip(&integers).enumerate();
        let clamped = clamped.filter_map(|(index, (value, integer))| clamping(port, total, index, value, *integer));
        Ok(Self { clamping: clamped.reduce(Clamping::join), integers })
    }

    /// Quantizes an input, and refuses one that the model would not see as it is.
    fn admit(
        port: &InputPort,
        values: impl Iterator<Item = f32> + Clone,
        allow_clamping: bool,
    ) -> Result<Self, InputFault> {
        let input = Self::quantize(port, values)?;
        match input.clamping {
            // Another index is another token, however near it is.
            Some(clamping) if (clamping.any_whole || !clamping.is_little()) && !allow_clamping => {
                Err(InputFault::Clamped(clamping))
            }
            _ => Ok(input),
        }
    }

    /// How many values were clamped.
    pub(super) fn clamped(&self) -> usize {
        self.clamping.map_or(0, |clamping| clamping.count)
    }

    /// What to say of values that were clamped.
    pub(super) fn warning(&self) -> Option<String> {
        self.clamping.map(|clamping| format!("{clamping}. The answer belongs to the clamped input"))
    }

    /// Tells of values that were clamped.
    pub(super) fn annotate(&self, mut outcome: Outcome) -> Outcome {
        outcome.json["clamped_inputs"] = json!(self.clamped());
        let Some(clamping) = self.clamping else { return outcome };
        outcome.json["clamping"] = json!({
            "index": clamping.index,
            "value": clamping.value,
            "nearest": clamping.nearest,
            "excess": clamping.excess,
        });
        self.warning().into_iter().fold(outcome, Outcome::with_warning)
    }
}

/// What is clamped of one value. Its error is half a unit at most within the range, but for the rounding of floats.
fn clamping(port: &InputPort, total: usize, index: usize, value: f32, integer: i64) -> Option<Clamping> {
    let real = |integer: i64| f64::from(port.dequantize(index, integer));
    let nearest = port.dequantize(index, integer);
    let error = (f64::from(nearest) - f64::from(value)).abs();
    let (least, greatest) = port.range();
    let width = real(greatest) - real(least);
    // Whole numbers are not rounded.
    let any_whole = port.is_whole(index);
    let allowed = if any_whole { 0.0 } else { (real(1) - real(0)).abs() };
    (error > allowed).then(|| Clamping { count: 1, total, index, value, nearest, excess: error / width, any_whole })
}

/// An answer in the user's units.
pub(super) struct Answer {
    pub(super) values: Vec<f32>,
    shape: Vec<usize>,
}

impl Answer {
    /// The answer that a model's integers stand for.
    pub(super) fn new(port: &OutputPort, integers: &[i64]) -> Self {
        Self { values: integers.iter().map(|&value| port.dequantize(value)).collect(), shape: port.shape.clone() }
    }

    /// The position of the first of the greatest values.
    pub(super) fn argmax(&self) -> usize {
        argmax(&self.values)
    }

    /// Adds the answer to a JSON object.
    pub(super) fn describe(&self, json: &mut Value) {
        json["output"] = json!(self.values);
        json["argmax"] = json!(self.argmax());
    }

    /// Writes the answer as the ONNX model would shape it.
    pub(super) fn save(&self, target: Option<Target<'_>>) -> Result<Stored, CliError> {
        let Some(target) = target else { return Ok(Stored::default()) };
        let view = ArrayView::from_shape(IxDyn(&self.shape), &self.values).map_err(|_| ShapeError {
            what: "output".into(),
            expected: self.shape.clone(),
            found: vec![self.values.len()],
        })?;
        Ok(write_floats(target, view)?)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 16;
        for (index, value) in self.values.iter().enumerate().take(SHOWN) {
            let mark = if index == self.argmax() { "  <- greatest" } else { "" };
            writeln!(f, "  {index:>4}  {value:>12.5}{mark}")?;
        }
        match self.values.len().checked_sub(SHOWN) {
            Some(more @ 1..) => writeln!(f, "  and {more} more; the greatest is number {}", self.argmax()),
            _ => Ok(()),
        }
    }
}

/// Writes answers as an array whose first axis counts them, in the place of a first axis of size 1.
pub(super) fn save_samples(answers: &[Answer], target: Option<Target<'_>>) -> Result<Stored, CliError> {
    let Some(target) = target else { return Ok(Stored::default()) };
    let values: Vec<f32> = answers.iter().flat_map(|answer| answer.values.iter().copied()).collect();
    let shape = answers.first().map_or(&[][..], |answer| &answer.shape);
    let shape = if let [1, shape @ ..] = shape { shape } else { shape };
    let expected = [&[answers.len()], shape].concat();
    let view = ArrayView::from_shape(IxDyn(&expected), &values).map_err(|_| ShapeError {
        what: "outputs".into(),
        expected: expected.clone(),
        found: vec![values.len()],
    })?;
    Ok(write_floats(target, view)?)
}

/// Reads an output that somebody claims, or those to so many samples.
pub(super) fn read_output(
    path: &Path,
    architecture: &Architecture,
    samples: Option<usize>,
) -> Result<ArrayD<f32>, CliError> {
    let array = read_floats(path, MAX_INPUT_BYTES)?;
    let shape = &architecture.output.shape;
    match samples {
        None => check_shape("claimed output", shape, array.shape())?,
        Some(samples) => {
            check_stack("claimed outputs", shape, array.shape())?;
            if array.shape().first() != Some(&samples) {
                let expected = [&[samples], shape.as_slice()].concat();
                return Err(
                    ShapeError { what: "claimed outputs".into(), expected, found: array.shape().to_vec() }.into()
                );
            }
        }
    }
    Ok(array)
}

pub(super) fn check_shape(what: &str, expected: &[usize], found: &[usize]) -> Result<(), ShapeError> {
    let proper = |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
    if proper(expected) == proper(found) {
        return Ok(());
    }
    Err(ShapeError { what: what.into(), expected: expected.to_vec(), found: found.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::{Input, InputFault, InputPort, advice, check_shape, check_stack};

    /// From -12.8 to 12.7 in tenths.
    fn port(count: usize) -> InputPort {
        InputPort { scales: vec![0.1], ..InputPort::of_integers(vec![count], 8) }
    }

    #[test]
    fn what_is_no_number_is_no_input() {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            match Input::quantize(&port(4), [0.0, value, 1.0, value].into_iter()).unwrap_err() {
                InputFault::NotFinite { index, count, total, .. } => assert_eq!((index, count, total), (1, 2, 4)),
                other => panic!("{other}"),
            }
        }
    }

    #[test]
    fn indices_are_whole() {
        let tokens = InputPort { scales: vec![1.0], ..port(3) };
        let whole = Input::quantize(&tokens, [0.0, 7.0, 127.0].into_iter()).unwrap();
        assert_eq!((whole.integers, whole.clamping), (vec![0, 7, 127], None));
        let beyond = Input::quantize(&tokens, [0.0, 7.0, 128.0].into_iter()).unwrap().clamping.unwrap();
        assert_eq!((beyond.index, beyond.nearest), (2, 127.0));
        let broken = Input::quantize(&tokens, [0.0, 7.5, 1.0].into_iter()).unwrap_err();
        assert_eq!(broken, InputFault::NotWhole { index: 1, value: 7.5 });
        assert!(Input::quantize(&port(3), [0.0, 7.5, 1.0].into_iter()).is_ok());
    }

    #[test]
    fn much_clamping_is_told_from_little() {
        let clamping = |values: &[f32]| Input::quantize(&port(values.len()), values.iter().copied()).unwrap().clamping;
        assert_eq!(clamping(&[-12.8, 12.7, 12.79, 0.0]), None);
        // One value of four, near and far: a quarter of the width of 25.5 is allowed.
        assert!(clamping(&[0.0, 18.0, 0.0, 0.0]).unwrap().is_little());
        assert!(!clamping(&[0.0, 20.0, 0.0, 0.0]).unwrap().is_little());
        assert!(!clamping(&[0.0, 14.0, -14.0, 0.0]).unwrap().is_little());
        let mut many = [0.0; 100];
        many[..5].fill(-14.0);
        assert!(clamping(&many).unwrap().is_little());
        many[5] = -15.0;
        let found = clamping(&many).unwrap();
        assert_eq!((found.is_little(), found.count, found.index, found.nearest), (false, 6, 5, -12.8));
    }

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
