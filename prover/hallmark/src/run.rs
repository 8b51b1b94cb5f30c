//! `hallmark run`: exact integer inference.

use std::path::PathBuf;

use serde_json::json;

use super::{
    CliError, Outcome,
    array::{Answer, Question},
    overwrite::Overwrite,
};
use hallmark_proving::artifact::read_model;
use hallmark_proving::execute::execute;
use hallmark_proving::npy::ARRAY;

const EXAMPLE: &str = "\
Example: hallmark run m.hallmark --input x.npy

The input and the output are in the ONNX model's own units, a batch of one. The output is exactly the one that `hallmark
prove` proves.";

/// Runs a model in exact integers, without a proof.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model; it need not be committed to
    model: PathBuf,
    #[command(flatten)]
    question: Question,
    /// Write the output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let output = self.save_output.as_deref();
        self.overwrite.check(output.map(|path| (path, ARRAY)), &[&self.model, self.question.path()])?;
        let model = read_model(&self.model)?;
        let input = self.question.read(&model.architecture.input)?;
        let trace = tracing::info_span!("execute")
            .in_scope(|| execute(&model.architecture, &model.weights, &input.integers))?;
        let integers: Vec<i64> = trace.output().iter().copied().map(i64::from).collect();
        let answer = Answer::new(&model.architecture.output, &integers);
        let stored = answer.save(output.map(|path| self.overwrite.target(path)))?;
        let mut json = json!({ "architecture_digest": model.architecture.digest().to_string() });
        answer.describe(&mut json);
        Ok(input.annotate(Outcome::done(format!("Output\n{answer}"), json).with_kept(&stored)))
    }
}
