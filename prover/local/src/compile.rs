//! From ONNX to steps of integers.

use std::path::{Path, PathBuf};

use hallmark_circuits::{model::Architecture, verifier::statement::Statement};
use serde_json::json;

use super::{Given, LocalError, Outcome, needs::Needs, overwrite::Overwrite};
use hallmark_compiling::{Calibration, CompileOptions, Report, RowChoice, compile};
use hallmark_proving::artifact::{MODEL, Model, write_model};
use hallmark_proving::npz::Arrays;

/// The most bytes of a model, of its calibration data or of their labels.
const MAX_SOURCE_BYTES: u64 = 1 << 30;

/// Turns an ONNX model into steps of integers.
#[derive(Clone, Debug)]
pub struct Compilation {
    /// The ONNX model.
    pub model: Given,
    /// Samples of the model's input: an array, or an archive with one for each input.
    pub calibration: Given,
    /// The samples' classes, to report how many are found.
    pub labels: Option<Given>,
    /// The file to write.
    pub output: PathBuf,
    /// How to compile. The folder of weights is that of the model's file.
    pub options: CompileOptions,
    /// Whether the file may be replaced.
    pub overwrite: Overwrite,
}

/// What came of a compilation.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What there is to say.
    pub outcome: Outcome,
    /// The compiled model's public part.
    pub architecture: Architecture,
}

impl Compilation {
    /// Compiles the model, and writes it.
    ///
    /// # Errors
    /// [`LocalError`] if a file is of no use, or the model can't be compiled.
    pub fn run(&self) -> Result<Compiled, LocalError> {
        let inputs: Vec<&Path> = [Some(&self.model), Some(&self.calibration), self.labels.as_ref()]
            .into_iter()
            .flatten()
            .filter_map(Given::file)
            .collect();
        self.overwrite.check([(self.output.as_path(), MODEL)], &inputs)?;
        let onnx = self.model.bytes(MAX_SOURCE_BYTES)?;
        let calibration = self.calibration.arrays(MAX_SOURCE_BYTES)?;
        let calibration = match &calibration {
            Arrays::One(array) => Calibration::from(array),
            Arrays::Named(arrays) => Calibration::from(arrays),
        };
        let compiled = compile(&onnx, calibration, self.read_labels()?.as_deref(), &self.options())?;
        let (report, digest) = (compiled.report, compiled.architecture.digest().to_string());
        let model = Model { architecture: compiled.architecture, weights: compiled.weights, commitment: None };
        let write = || write_model(self.overwrite.target(&self.output), &model);
        let stored = tracing::info_span!("write").in_scope(write)?;
        let needs = Needs::of(&Statement::new(&model.architecture)?, &[]);
        let text = format!(
            "{report}{}Needs\n  a structured reference string of {needs}: `srs new --insecure --log-size {}` to try, or `srs import` \
             of a ceremony as large\n\nWrote {}: architecture {digest}",
            rows(&report, needs.circuit_bits()),
            needs.log_size(),
            self.output.display()
        );
        let mut json = json!(report);
        json["file"] = json!(self.output.display().to_string());
        json["architecture_digest"] = json!(digest);
        needs.describe(&mut json);
        Ok(Compiled { outcome: Outcome::done(text, json).with_kept(&stored), architecture: model.architecture })
    }

    fn read_labels(&self) -> Result<Option<Vec<i64>>, LocalError> {
        let Some(labels) = &self.labels else { return Ok(None) };
        let labels = labels.labels(MAX_SOURCE_BYTES)?;
        // They were read from signed integers.
        Ok(Some(labels.into_iter().map(|label| label as i64).collect()))
    }

    /// The options, with the folder of the model's file, where weights may lie beside it. Bytes have none.
    fn options(&self) -> CompileOptions {
        let beside = |file: &Path| match file.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        CompileOptions { folder: self.model.file().map(beside), ..self.options.clone() }
    }
}

/// What rows of other sizes would cost. The settlement circuit needs powers of its own, of which a row needs no more.
fn rows(report: &Report, circuit_bits: u32) -> String {
    let mut text = String::from("Rows    powers    market gas    proof for settlement\n");
    for choice in &report.rows {
        let RowChoice { row_bits, market_gas, settlement_seconds, relative_seconds } = *choice;
        let mark = if row_bits == report.widths.row_bits { "  <- chosen" } else { "" };
        let powers = row_bits.max(circuit_bits);
        text += &format!(
            "  2^{row_bits:<3} 2^{powers:<5} {market_gas:>12.0} {settlement_seconds:>10.2} s, {relative_seconds:.2} times{mark}\n"
        );
    }
    text
}
