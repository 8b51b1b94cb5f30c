//! The native half of the Python package `hallmark`: what Python calls, as PyO3 passes it on.
//!
//! | file | idea |
//! |---|---|
//! | [`functions`] | one function for each kind of work of `hallmark-local` |
//! | [`work`] | work in a thread of its own, which signals end |
//! | [`progress`] | the phase that the work is in |
//! | [`values`] | files, arrays and options, as Python gives them |
//! | [`fault`] | errors, as Python raises them |
//!
//! The crate adapts types. The other half, in `python/hallmark`, has what users see.
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable, clippy::indexing_slicing)]

mod fault;
mod functions;
mod progress;
mod values;
mod work;

use pyo3::prelude::*;

/// What `hallmark` is made of. Its functions may change: call those of `hallmark`.
#[pymodule(name = "_native")]
mod native {
    #[pymodule_export]
    use super::functions::{
        commit, compile, digest, evaluate, export_key, import_setup, inspect, kinds, list_setups, new_setup, prove,
        run, setup, verify,
    };
    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
