//! One function for each kind of work. Each takes a watcher first, which is called with phases and the part that is done.

use std::path::PathBuf;

use hallmark_circuits::model::Binding;
use hallmark_compiling::CompileOptions;
use hallmark_local::{
    COMPILE, Commitment, Compilation, Evaluation, Import, InputDigest, Inspection, KeyExport, Kind, NewSetup, PROVE,
    PROVE_OFF_CHAIN, Proving, Question, Run, SETUP, SetupKeys, Verification,
};
use pyo3::prelude::*;

use crate::{
    values::{self, Source, Told, overwrite, questions, told, told_answers},
    work::work,
};

/// Whoever is called with a phase and the part of the work that is done.
type Watcher<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// The names of the kinds of errors.
#[pyfunction]
pub(crate) fn kinds() -> Vec<&'static str> {
    Kind::ALL.map(Kind::name).to_vec()
}

#[pyfunction]
#[pyo3(signature = (watcher, model, calibration, labels, output, force, *, activation_bits, input_bits, shift, row_bits, gas_budget,
    tolerance, task, dims, outputs, input_digests))]
#[expect(clippy::too_many_arguments, reason = "the options of the command")]
pub(crate) fn compile<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    model: Source,
    calibration: Source,
    labels: Option<Source>,
    output: PathBuf,
    force: bool,
    activation_bits: Option<u32>,
    input_bits: Option<u32>,
    shift: Option<u32>,
    row_bits: Option<u32>,
    gas_budget: Option<u64>,
    tolerance: Option<f64>,
    task: Option<&str>,
    dims: Vec<(String, usize)>,
    outputs: Vec<String>,
    input_digests: bool,
) -> PyResult<Told<'py>> {
    let options = CompileOptions {
        activation_bits,
        input_bits,
        shift,
        row_bits,
        gas_budget,
        tolerance,
        task: values::task(py, task)?,
        dims,
        outputs,
        binding: if input_digests { Binding::Digests(1) } else { Binding::Values },
        folder: None,
    };
    let labels = labels.map(|labels| labels.0);
    let compilation = Compilation {
        model: model.0,
        calibration: calibration.0,
        labels,
        output,
        options,
        overwrite: overwrite(force),
    };
    work(py, watcher, COMPILE, move || Ok(compilation.run()?.outcome)).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, log_size, output, force, insecure))]
pub(crate) fn new_setup<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    log_size: u32,
    output: Option<PathBuf>,
    force: bool,
    insecure: bool,
) -> PyResult<Told<'py>> {
    let setup = NewSetup { insecure, log_size, output, overwrite: overwrite(force) };
    work(py, watcher, &[], move || setup.run()).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, ptau, log_size, output, force))]
pub(crate) fn import_setup<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    ptau: PathBuf,
    log_size: Option<u32>,
    output: Option<PathBuf>,
    force: bool,
) -> PyResult<Told<'py>> {
    let import = Import { ptau, log_size, output, overwrite: overwrite(force) };
    work(py, watcher, &[], move || import.run()).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher))]
pub(crate) fn list_setups<'py>(py: Python<'py>, watcher: Watcher<'_, 'py>) -> PyResult<Told<'py>> {
    work(py, watcher, &[], hallmark_local::list_setups).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, model, srs, batches, output, force))]
pub(crate) fn commit<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    model: PathBuf,
    srs: PathBuf,
    batches: Vec<usize>,
    output: Option<PathBuf>,
    force: bool,
) -> PyResult<Told<'py>> {
    let commitment = Commitment { model, srs: values::setup(py, srs)?, batches, output, overwrite: overwrite(force) };
    work(py, watcher, &[], move || commitment.run()).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, model, output, force))]
pub(crate) fn export_key<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    model: PathBuf,
    output: PathBuf,
    force: bool,
) -> PyResult<Told<'py>> {
    let export = KeyExport { model, output, overwrite: overwrite(force) };
    work(py, watcher, &[], move || export.run()).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, model, srs, output, blob, force))]
pub(crate) fn setup<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    model: PathBuf,
    srs: PathBuf,
    output: Option<PathBuf>,
    blob: Option<PathBuf>,
    force: bool,
) -> PyResult<Told<'py>> {
    let setup = SetupKeys { model, srs: values::setup(py, srs)?, output, blob, overwrite: overwrite(force) };
    work(py, watcher, SETUP, move || setup.run()).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, file))]
pub(crate) fn inspect<'py>(py: Python<'py>, watcher: Watcher<'_, 'py>, file: PathBuf) -> PyResult<Told<'py>> {
    let inspection = Inspection { file };
    work(py, watcher, &[], move || inspection.run()).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, model, source, is_many, allow_clamping, save_output, force))]
#[expect(clippy::too_many_arguments, reason = "the options of the command")]
pub(crate) fn run<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    model: PathBuf,
    source: Source,
    is_many: bool,
    allow_clamping: bool,
    save_output: Option<PathBuf>,
    force: bool,
) -> PyResult<Told<'py>> {
    let questions = questions(source, is_many, allow_clamping);
    let run = Run { model, questions, save_output, overwrite: overwrite(force) };
    work(py, watcher, &[], move || run.run()).and_then(|done| told_answers(py, done))
}

#[pyfunction]
#[pyo3(signature = (watcher, model, inputs, expected, labels, task, allow_clamping))]
#[expect(clippy::too_many_arguments, reason = "the options of the command")]
pub(crate) fn evaluate<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    model: PathBuf,
    inputs: Source,
    expected: Option<Source>,
    labels: Option<Source>,
    task: Option<&str>,
    allow_clamping: bool,
) -> PyResult<Told<'py>> {
    let [expected, labels] = [expected, labels].map(|source| source.map(|source| source.0));
    let evaluation =
        Evaluation { model, inputs: inputs.0, expected, labels, task: values::task(py, task)?, allow_clamping };
    work(py, watcher, &[], move || evaluation.run()).map(told)
}

#[pyfunction]
#[pyo3(signature = (watcher, model, srs, source, is_many, allow_clamping, output, force, *, context, off_chain, keys, save_output))]
#[expect(clippy::too_many_arguments, reason = "the options of the command")]
pub(crate) fn prove<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    model: PathBuf,
    srs: PathBuf,
    source: Source,
    is_many: bool,
    allow_clamping: bool,
    output: PathBuf,
    force: bool,
    context: &str,
    off_chain: bool,
    keys: Option<PathBuf>,
    save_output: Option<PathBuf>,
) -> PyResult<Told<'py>> {
    let proving = Proving {
        model,
        srs: values::setup(py, srs)?,
        questions: questions(source, is_many, allow_clamping),
        output,
        context: values::digest(py, "the context", context)?,
        off_chain,
        keys,
        save_output,
        overwrite: overwrite(force),
    };
    let shares = if off_chain { PROVE_OFF_CHAIN } else { PROVE };
    work(py, watcher, shares, move || proving.run()).and_then(|done| told_answers(py, done))
}

#[pyfunction]
#[pyo3(signature = (watcher, proof, key, srs, source, is_many, allow_clamping, *, digest, weight_digest, output, context, save_output,
    force))]
#[expect(clippy::too_many_arguments, reason = "the options of the command")]
pub(crate) fn verify<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    proof: PathBuf,
    key: PathBuf,
    srs: PathBuf,
    source: Source,
    is_many: bool,
    allow_clamping: bool,
    digest: Option<&str>,
    weight_digest: Option<&str>,
    output: Option<Source>,
    context: &str,
    save_output: Option<PathBuf>,
    force: bool,
) -> PyResult<Told<'py>> {
    let verification = Verification {
        proof,
        key,
        srs: values::setup(py, srs)?,
        digest: digest.map(|text| values::digest(py, "the model digest", text)).transpose()?,
        weight_digest: weight_digest.map(|text| values::digest(py, "the weight digest", text)).transpose()?,
        questions: questions(source, is_many, allow_clamping),
        output: output.map(|output| output.0),
        context: values::digest(py, "the context", context)?,
        save_output,
        overwrite: overwrite(force),
    };
    work(py, watcher, &[], move || verification.run()).and_then(|done| told_answers(py, done))
}

#[pyfunction]
#[pyo3(signature = (watcher, key, source, allow_clamping))]
pub(crate) fn digest<'py>(
    py: Python<'py>,
    watcher: Watcher<'_, 'py>,
    key: PathBuf,
    source: Source,
    allow_clamping: bool,
) -> PyResult<Told<'py>> {
    let digest = InputDigest { key, question: Question { input: source.0, allow_clamping } };
    work(py, watcher, &[], move || digest.run()).map(told)
}
