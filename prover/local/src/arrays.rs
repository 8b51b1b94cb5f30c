//! The arrays of a file: one, or one for each of the inputs or outputs that a model has.

use std::path::{Path, PathBuf};

use hallmark_circuits::model::InputPort;
use hallmark_proving::npz::Arrays;
use ndarray::ArrayD;
use thiserror::Error;

use super::{
    Given, LocalError,
    array::{MAX_INPUT_BYTES, ShapeError, check_shape, check_stack},
};

/// Arrays under other names than those of the model's inputs or outputs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {}", path.display(), wanted.advice(found))]
pub struct NamesError {
    /// The file.
    pub path: PathBuf,
    /// The arrays that are wanted.
    pub wanted: Wanted,
    /// The names of the file's arrays; none if it is a single one.
    pub found: Vec<String>,
}

/// The arrays that a model has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether they are inputs or outputs.
    pub what: &'static str,
    /// Their names; none if there is a single one.
    pub names: Vec<String>,
}

impl Wanted {
    fn advice(&self, found: &[String]) -> String {
        let Self { what, names } = self;
        let keywords: Vec<String> = names.iter().map(|name| format!("{name}=...")).collect();
        let save = format!("numpy.savez('{what}.npz', {})", keywords.join(", "));
        // An input is taken, and an output is given.
        let verb = if *what == "inputs" { "takes" } else { "has" };
        match (names.as_slice(), found) {
            ([], found) => {
                format!(
                    "the model {verb} one array, and the file has {}: save that one with numpy.save",
                    found.join(", ")
                )
            }
            (_, []) => {
                format!("the model {verb} {} arrays, and the file is one: save all with {save}", names.len())
            }
            _ => format!(
                "the model {verb} the arrays {}, and the file has {}: save them with {save}",
                names.join(", "),
                found.join(", "),
            ),
        }
    }
}

/// The values of one sample, or of each of those that first axes count. The arrays of several inputs lie one after another.
pub(crate) fn read_values(given: &Given, port: &InputPort, is_many: bool) -> Result<Vec<Vec<f32>>, LocalError> {
    let wanted = Wanted { what: "inputs", names: port.parts.iter().map(|part| part.name.clone()).collect() };
    let arrays = in_order(given.name(), &wanted, given.arrays(MAX_INPUT_BYTES)?)?;
    let single = [("input".to_owned(), port.shape.as_slice())];
    let several = port.parts.iter().map(|part| (format!("input `{}`", part.name), part.shape.as_slice()));
    let described = if port.parts.is_empty() { single.to_vec() } else { several.collect() };
    let mut samples: Vec<Vec<f32>> = Vec::new();
    for ((what, shape), array) in described.into_iter().zip(arrays) {
        let parts = split(&what, shape, &array, is_many)?;
        if samples.is_empty() {
            samples = parts;
            continue;
        }
        if samples.len() != parts.len() {
            let expected = [&[samples.len()], shape].concat();
            return Err(ShapeError { what, expected, found: array.shape().to_vec() }.into());
        }
        samples.iter_mut().zip(parts).for_each(|(sample, part)| sample.extend(part));
    }
    Ok(samples)
}

/// The arrays in the order in which the model has them.
pub(crate) fn in_order(path: &Path, wanted: &Wanted, arrays: Arrays) -> Result<Vec<ArrayD<f32>>, NamesError> {
    let (mut named, single) = match arrays {
        Arrays::One(array) => (vec![], Some(array)),
        Arrays::Named(named) => (named, None),
    };
    let found = named.iter().map(|(name, _)| name.clone()).collect();
    let wrong = || NamesError { path: path.to_owned(), wanted: wanted.clone(), found };
    if wanted.names.is_empty() {
        let only = single.or_else(|| named.pop().filter(|_| named.is_empty()).map(|(_, array)| array));
        return Ok(vec![only.ok_or_else(wrong)?]);
    }
    if named.len() != wanted.names.len() {
        return Err(wrong());
    }
    let mut ordered = Vec::new();
    for name in &wanted.names {
        let Some(place) = named.iter().position(|(known, _)| known == name) else { return Err(wrong()) };
        ordered.push(named.swap_remove(place).1);
    }
    Ok(ordered)
}

/// The values of each sample of an array, row-major.
fn split(what: &str, shape: &[usize], array: &ArrayD<f32>, is_many: bool) -> Result<Vec<Vec<f32>>, ShapeError> {
    if !is_many {
        check_shape(what, shape, array.shape())?;
        return Ok(vec![array.iter().copied().collect()]);
    }
    check_stack(what, shape, array.shape())?;
    Ok(array.outer_iter().map(|sample| sample.iter().copied().collect()).collect())
}
