//! Errors, as Python raises them: classes of `hallmark.errors`, by their kind.

use hallmark_local::{Kind, LocalError};
use pyo3::prelude::*;

/// The exception of a kind, with a text.
fn exception(py: Python<'_>, kind: Kind, text: &str) -> PyErr {
    let class = || py.import("hallmark.errors")?.getattr("of_kind")?.call1((kind.name(), text));
    class().map_or_else(|error| error, PyErr::from_value)
}

/// The exception for an error, with its text.
pub(crate) fn raise(py: Python<'_>, error: &LocalError) -> PyErr {
    exception(py, error.kind(), &error.to_string())
}

/// The exception for an argument that is wrong.
pub(crate) fn usage(py: Python<'_>, text: &str) -> PyErr {
    exception(py, Kind::Usage, text)
}

/// The exception for a failure of this program's.
pub(crate) fn system(py: Python<'_>, text: &str) -> PyErr {
    exception(py, Kind::System, text)
}
