//! The user's arrays, and the model's integers.

use std::path::Path;

use hallmark_circuits::model::{Architecture, InputPort, OutputPort};
use ndarray::{ArrayD, ArrayView, IxDyn};
use serde_json::{Value, json};
use thiserror::Error;

use super::{CliError, Outcome};
use hallmark_compiling::argmax;
use hallmark_proving::npy::{read_floats, write_floats};

/// The most bytes of an input: more than any model reads.
const MAX_INPUT_BYTES: u64 = 1 << 30;

/// An array that does not have the model's shape.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the {what} has shape {found:?} where the model has {expected:?}: axes of size 1 may differ, others may not")]
pub struct ShapeError {
    /// What the array is.
    pub what: &'static str,
    /// The model's shape.
    pub expected: Vec<usize>,
    /// The array's shape.
    pub found: Vec<usize>,
}

/// An input in the model's integers.
pub(super) struct Input {
    /// The integers, row-major.
    pub(super) integers: Vec<i64>,
    /// The number of values beyond the model's input range.
    clamped: usize,
}

impl Input {
    /// Reads and quantizes an input.
    pub(super) fn read(path: &Path, port: &InputPort) -> Result<Self, CliError> {
        let array = read_floats(path, MAX_INPUT_BYTES)?;
        check_shape("input", &port.shape, array.shape())?;
        Ok(Self::quantize(port, array.iter().copied()))
    }

    /// Quantizes as many values as the port has.
    pub(super) fn quantize(port: &InputPort, values: impl Iterator<Item = f32>) -> Self {
        let mut clamped = 0;
        let quantize = |(index, value)| {
            let integer = port.quantize(index, value);
            let unit = f64::from(port.dequantize(index, 1)) - f64::from(port.dequantize(index, 0));
            let error = (f64::from(port.dequantize(index, integer)) - f64::from(value)).abs();
            // The error is half a unit at most within the range, but for the rounding of floats.
            clamped += usize::from(error.is_nan() || error > unit);
            integer
        };
        let integers = values.enumerate().map(quantize).collect();
        Self { integers, clamped }
    }

    /// Tells of values that were clamped.
    pub(super) fn annotate(&self, mut outcome: Outcome) -> Outcome {
        outcome.json["clamped_inputs"] = json!(self.clamped);
        match self.clamped {
            0 => outcome,
            count => outcome.with_warning(format!(
                "{count} input values lie outside the range that the model was calibrated for, and were clamped to it"
            )),
        }
    }
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
    pub(super) fn save(&self, path: Option<&Path>) -> Result<(), CliError> {
        let Some(path) = path else { return Ok(()) };
        let view = ArrayView::from_shape(IxDyn(&self.shape), &self.values).map_err(|_| ShapeError {
            what: "output",
            expected: self.shape.clone(),
            found: vec![self.values.len()],
        })?;
        Ok(write_floats(path, view)?)
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
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

/// Reads an output that somebody claims.
pub(super) fn read_output(path: &Path, architecture: &Architecture) -> Result<ArrayD<f32>, CliError> {
    let array = read_floats(path, MAX_INPUT_BYTES)?;
    check_shape("claimed output", &architecture.output.shape, array.shape())?;
    Ok(array)
}

fn check_shape(what: &'static str, expected: &[usize], found: &[usize]) -> Result<(), ShapeError> {
    let proper = |shape: &[usize]| shape.iter().copied().filter(|&size| size != 1).collect::<Vec<_>>();
    if proper(expected) == proper(found) {
        return Ok(());
    }
    Err(ShapeError { what, expected: expected.to_vec(), found: found.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::check_shape;

    #[test]
    fn axes_of_size_one_do_not_matter_and_others_do() {
        assert!(check_shape("input", &[1, 1, 8, 8], &[8, 8]).is_ok());
        assert!(check_shape("input", &[8, 8], &[1, 8, 1, 8]).is_ok());
        assert!(check_shape("input", &[8, 8], &[64]).is_err());
        assert!(check_shape("input", &[2, 3], &[3, 2]).is_err());
        assert!(check_shape("input", &[64], &[128, 64]).is_err());
    }
}
