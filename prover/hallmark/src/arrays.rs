//! The arrays that a user gives for a model's input: one, or one for each of the inputs that it has.

use std::path::{Path, PathBuf};

use hallmark_circuits::model::InputPort;
use hallmark_proving::npz::{Arrays, read_arrays};
use ndarray::ArrayD;
use thiserror::Error;

use super::{
    CliError,
    array::{MAX_INPUT_BYTES, ShapeError, check_shape, check_stack},
};

/// Arrays under other names than those of the model's inputs.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {}", path.display(), advice(wanted, found))]
pub struct NamesError {
    /// The file.
    pub path: PathBuf,
    /// The names of the model's inputs; none if it has a single one.
    pub wanted: Vec<String>,
    /// The names of the file's arrays; none if it is a single one.
    pub found: Vec<String>,
}

fn advice(wanted: &[String], found: &[String]) -> String {
    let keywords: Vec<String> = wanted.iter().map(|name| format!("{name}=...")).collect();
    match (wanted, found) {
        ([], found) => {
            format!("the model takes one array, and the file has {}: save that one with numpy.save", found.join(", "))
        }
        (_, []) => format!(
            "the model takes {} arrays, and the file is one: save all with numpy.savez('inputs.npz', {})",
            wanted.len(),
            keywords.join(", ")
        ),
        _ => format!(
            "the model takes the arrays {}, and the file has {}: save them with numpy.savez('inputs.npz', {})",
            wanted.join(", "),
            found.join(", "),
            keywords.join(", ")
        ),
    }
}

/// An array of a file, with what it is called and the shape that one sample of it should have.
struct Taken<'p> {
    what: String,
    shape: &'p [usize],
    array: ArrayD<f32>,
}

/// The values of one sample, or of each of those that first axes count. The arrays of several inputs lie one after another.
pub(super) fn read_values(path: &Path, port: &InputPort, is_many: bool) -> Result<Vec<Vec<f32>>, CliError> {
    let arrays = in_order(path, port, read_arrays(path, MAX_INPUT_BYTES)?)?;
    let mut samples: Vec<Vec<f32>> = Vec::new();
    for Taken { what, shape, array } in arrays {
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

/// The arrays in the order of the model's inputs.
fn in_order<'p>(path: &Path, port: &'p InputPort, arrays: Arrays) -> Result<Vec<Taken<'p>>, NamesError> {
    let (mut named, single) = match arrays {
        Arrays::One(array) => (vec![], Some(array)),
        Arrays::Named(named) => (named, None),
    };
    let wanted: Vec<String> = port.parts.iter().map(|part| part.name.clone()).collect();
    let found = named.iter().map(|(name, _)| name.clone()).collect();
    let wrong = || NamesError { path: path.to_owned(), wanted: wanted.clone(), found };
    if wanted.is_empty() {
        let only = single.or_else(|| named.pop().filter(|_| named.is_empty()).map(|(_, array)| array));
        let array = only.ok_or_else(wrong)?;
        return Ok(vec![Taken { what: "input".into(), shape: &port.shape, array }]);
    }
    if named.len() != wanted.len() {
        return Err(wrong());
    }
    let mut ordered = Vec::new();
    for part in &port.parts {
        let Some(place) = named.iter().position(|(name, _)| *name == part.name) else { return Err(wrong()) };
        let array = named.swap_remove(place).1;
        ordered.push(Taken { what: format!("input `{}`", part.name), shape: &part.shape, array });
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
