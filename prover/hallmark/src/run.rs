//! `hallmark run`: exact integer inference.

use std::path::PathBuf;

use serde_json::json;

use super::{
    CliError, Outcome,
    overwrite::Overwrite,
    stack::{Answers, Questions},
};
use hallmark_proving::artifact::read_model;
use hallmark_proving::execute::execute;
use hallmark_proving::npy::ARRAY;

const EXAMPLE: &str = "\
Example: hallmark run m.hallmark --input x.npy
         hallmark run m.hallmark --inputs stack.npy --save-output y.npy

The input and the output are in the ONNX model's own units, a batch of one. With `--inputs`, the first axis counts samples. The
output is exactly the one that `hallmark prove` proves.";

/// Runs a model in exact integers, without a proof.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model; it need not be committed to
    model: PathBuf,
    #[command(flatten)]
    questions: Questions,
    /// Write the output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let output = self.save_output.as_deref();
        self.overwrite.check(output.map(|path| (path, ARRAY)), &[&self.model, self.questions.path()])?;
        let model = read_model(&self.model)?;
        let stack = self.questions.read(&model.architecture.input)?;
        let integers = tracing::info_span!("execute").in_scope(|| {
            let mut integers = Vec::new();
            for sample in stack.samples() {
                let trace = execute(&model.architecture, &model.weights, sample)?;
                integers.extend(trace.output().iter().copied().map(i64::from));
            }
            Ok::<_, CliError>(integers)
        })?;
        let answer = Answers::new(&model.architecture.output, &integers, &stack);
        let stored = answer.save(output.map(|path| self.overwrite.target(path)))?;
        let mut json = json!({ "architecture_digest": model.architecture.digest().to_string() });
        answer.describe(&mut json);
        Ok(stack.annotate(Outcome::done(format!("Output\n{answer}"), json).with_kept(&stored)))
    }
}
