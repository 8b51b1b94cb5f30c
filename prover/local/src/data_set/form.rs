//! How the numbers of a data set become integers.

use hallmark_circuits::model::{InputPort, Labels, MAX_TERMS};
use ndarray::{ArrayD, Axis};
use serde_json::{Value, json};

use crate::{Given, LocalError};
use hallmark_proving::npz::Arrays;

/// Where ranges of numbers at the same place differ by more than so many times, each place has a scale of its own.
const WIDTHS: f64 = 16.0;

/// The samples of a set and their integers.
pub(super) fn samples(given: &Given, max_bytes: u64) -> Result<(InputPort, Vec<Vec<i64>>), LocalError> {
    let rows = rows(given, "samples", None, max_bytes)?;
    Ok(quantized(&rows))
}

/// Labels that are classes: the form, and a row of zeros with a single one for each.
pub(super) fn read_labels(
    given: &Given,
    classes: Option<usize>,
    samples: usize,
    max_bytes: u64,
) -> Result<(Labels, Vec<Vec<i64>>), LocalError> {
    let labels = given.labels(max_bytes)?;
    if labels.len() != samples {
        return Err(other_number("labels", samples, labels.len()));
    }
    let greatest = labels.iter().copied().max().unwrap_or_default();
    let count = classes.unwrap_or((greatest + 1).max(2));
    if greatest >= count {
        return Err(LocalError::Usage(format!(
            "a label is {greatest}, and --classes {count} allows 0 to {}",
            count - 1
        )));
    }
    let one_hot = |&class: &usize| (0..count).map(|index| i64::from(index == class)).collect();
    Ok((Labels::Classes(count), labels.iter().map(one_hot).collect()))
}

/// Labels that are numbers: the form, and for each the integers and a one.
pub(super) fn read_targets(
    given: &Given,
    samples: usize,
    max_bytes: u64,
) -> Result<(Labels, Vec<Vec<i64>>), LocalError> {
    let (port, mut rows) = quantized(&rows(given, "targets", Some(samples), max_bytes)?);
    rows.iter_mut().for_each(|row| row.push(1));
    Ok((Labels::Numbers(port), rows))
}

/// What labels are, for people and scripts.
pub(super) fn described(labels: &Labels) -> Value {
    match labels {
        Labels::Classes(count) => json!({ "classes": count }),
        Labels::Numbers(port) => json!({ "shape": port.shape, "bits": port.bits }),
    }
}

/// Arrays of the same shape, one for each sample.
struct Rows {
    shape: Vec<usize>,
    rows: Vec<Vec<f32>>,
}

/// The arrays along the first axis of a given one. A number that is not finite is refused.
fn rows(given: &Given, what: &'static str, samples: Option<usize>, max_bytes: u64) -> Result<Rows, LocalError> {
    let name = given.name().display();
    let Arrays::One(array) = given.arrays(max_bytes)? else {
        return Err(LocalError::Usage(format!("{name}: {what} are one array: save it with numpy.save")));
    };
    let count = array.shape().first().copied().unwrap_or_default();
    if array.is_empty() {
        return Err(LocalError::Usage(format!("{name}: there are no {what}")));
    }
    if samples.is_some_and(|samples| samples != count) {
        return Err(other_number(what, samples.unwrap_or_default(), count));
    }
    let rows: Vec<Vec<f32>> = array.axis_iter(Axis(0)).map(|row| row.iter().copied().collect()).collect();
    if let Some(index) = rows.iter().position(|row| row.iter().any(|value| !value.is_finite())) {
        return Err(LocalError::Usage(format!("{name}: {what} have to be finite, and row {index} is not")));
    }
    Ok(Rows { shape: shape(&array), rows })
}

/// The shape of one sample: at least one axis.
fn shape(array: &ArrayD<f32>) -> Vec<usize> {
    let shape = &array.shape()[1..];
    if shape.is_empty() { vec![1] } else { shape.to_vec() }
}

fn other_number(what: &str, samples: usize, found: usize) -> LocalError {
    LocalError::Usage(format!("there are {samples} samples and {found} {what}: give one for each sample"))
}

/// A port that holds all numbers, and their integers. Whole numbers stand for themselves.
fn quantized(Rows { shape, rows }: &Rows) -> (InputPort, Vec<Vec<i64>>) {
    let greatest = rows.iter().flatten().fold(0.0, |most: f32, value| most.max(value.abs()));
    let is_whole = rows.iter().flatten().all(|value| value.fract() == 0.0);
    let port = match greatest {
        ..=127.0 if is_whole => InputPort::of_integers(shape.clone(), 8),
        ..=32767.0 if is_whole => InputPort::of_integers(shape.clone(), 16),
        _ => scaled(shape, rows),
    };
    let integers = |row: &Vec<f32>| row.iter().enumerate().map(|(index, value)| port.quantize(index, *value)).collect();
    let integers = rows.iter().map(integers).collect();
    (port, integers)
}

/// A port of 16 bits: with one scale, or with one for each place where their ranges differ by far.
fn scaled(shape: &[usize], rows: &[Vec<f32>]) -> InputPort {
    let width = shape.iter().product::<usize>();
    let ends = |index: usize| {
        let values = rows.iter().filter_map(move |row| row.get(index)).map(|value| f64::from(*value));
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, greatest), value| {
            (least.min(value), greatest.max(value))
        })
    };
    let each: Vec<(f64, f64)> = (0..width).map(ends).collect();
    let all = each.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| (all.0.min(one.0), all.1.max(one.1)));
    let widths = each.iter().map(|(least, greatest)| greatest - least).filter(|width| *width > 0.0);
    let narrowest = widths.fold(f64::INFINITY, f64::min);
    let differ = (all.1 - all.0) / narrowest > WIDTHS && width <= MAX_TERMS;
    let (scales, offsets) = if differ { each.iter().copied().map(scale).unzip() } else { one(scale(all)) };
    InputPort { scales, offsets, ..InputPort::of_integers(shape.to_vec(), 16) }
}

fn one((scale, offset): (f32, f32)) -> (Vec<f32>, Vec<f32>) {
    (vec![scale], vec![offset])
}

/// The scale and the offset that spread a range over 16 bits.
fn scale((least, greatest): (f64, f64)) -> (f32, f32) {
    let scale = ((greatest - least) / 65534.0) as f32;
    // A single number is its own offset.
    (if scale > 0.0 { scale } else { 1.0 }, ((greatest + least) / 2.0) as f32)
}
