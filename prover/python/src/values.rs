//! Files, arrays and options, as Python gives and takes them.

use std::path::PathBuf;

use hallmark_circuits::digest::Digest;
use hallmark_compiling::Task;
use hallmark_local::{Answered, Given, Outcome, Overwrite, Questions, Timing, setups::locate};
use pyo3::{exceptions::PyTypeError, prelude::*, types::PyBytes};
use serde_json::json;

use crate::fault::{system, usage};

/// A file; or a name for messages, and what the file would hold.
pub(crate) struct Source(pub(crate) Given);

impl FromPyObject<'_, '_> for Source {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok((name, bytes)) = value.extract::<(PathBuf, Option<Vec<u8>>)>() {
            return Ok(Self(
                bytes.map_or_else(|| Given::File(name.clone()), |bytes| Given::Bytes { name: name.clone(), bytes }),
            ));
        }
        Err(PyTypeError::new_err("expected a path, and bytes or None"))
    }
}

/// One input, or many.
pub(crate) fn questions(Source(source): Source, is_many: bool, allow_clamping: bool) -> Questions {
    Questions { source, is_many, allow_clamping }
}

/// Whether files may be replaced.
pub(crate) const fn overwrite(force: bool) -> Overwrite {
    Overwrite { force }
}

/// A digest.
pub(crate) fn digest(py: Python<'_>, what: &str, text: &str) -> PyResult<Digest> {
    text.parse().map_err(|form| usage(py, &format!("{what}: {form}")))
}

/// The file of a setup, by its path or by its digest.
pub(crate) fn setup(py: Python<'_>, path: PathBuf) -> PyResult<PathBuf> {
    locate(path).map_err(|reason| usage(py, &reason))
}

/// What answers are for.
pub(crate) fn task(py: Python<'_>, text: Option<&str>) -> PyResult<Option<Task>> {
    let parse = |text: &str| text.parse().map_err(|reason| usage(py, &format!("the task {text:?}: {reason}")));
    text.map(parse).transpose()
}

/// An output: its name, its shape, and its values as little-endian floats of four bytes.
type Array<'py> = (String, Vec<usize>, Bound<'py, PyBytes>);

/// What came of some work: whether all is well, the text, the object and the timings as JSON, warnings, and the outputs.
pub(crate) type Told<'py> = (bool, String, String, String, Vec<String>, Option<Vec<Array<'py>>>);

/// Tells what came of some work.
pub(crate) fn told((outcome, timings): (Outcome, Vec<Timing>)) -> Told<'static> {
    let Outcome { accepted, text, json, warnings } = outcome;
    (accepted, text, json.to_string(), json!(timings).to_string(), warnings, None)
}

/// Tells what came of some work that has answers.
pub(crate) fn told_answers(py: Python<'_>, (answered, timings): (Answered, Vec<Timing>)) -> PyResult<Told<'_>> {
    let arrays = answered.answers.map(|answers| answers.arrays()).transpose();
    let arrays = arrays.map_err(|error| system(py, &error.to_string()))?;
    let describe = |(name, array): (String, ndarray::ArrayD<f32>)| {
        let bytes: Vec<u8> = array.iter().flat_map(|value| value.to_le_bytes()).collect();
        (name, array.shape().to_vec(), PyBytes::new(py, &bytes))
    };
    let arrays = arrays.map(|arrays| arrays.into_iter().map(describe).collect());
    let (accepted, text, json, timings, warnings, _) = told((answered.outcome, timings));
    Ok((accepted, text, json, timings, warnings, arrays))
}
