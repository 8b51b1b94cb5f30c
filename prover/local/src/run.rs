//! Exact integer inference, without a proof.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::{
    LocalError, Outcome,
    overwrite::Overwrite,
    stack::{Answered, Answers, Questions},
};
use hallmark_proving::artifact::read_model;
use hallmark_proving::execute::execute;
use hallmark_proving::npy::ARRAY;

/// Runs a model in exact integers.
#[derive(Clone, Debug)]
pub struct Run {
    /// The model, which need not be committed to.
    pub model: PathBuf,
    /// The inputs.
    pub questions: Questions,
    /// The file for the output.
    pub save_output: Option<PathBuf>,
    /// Whether that file may be replaced.
    pub overwrite: Overwrite,
}

impl Run {
    /// Runs the model.
    ///
    /// # Errors
    /// [`LocalError`] if a file or an input is of no use.
    pub fn run(&self) -> Result<Answered, LocalError> {
        let output = self.save_output.as_deref();
        let inputs: Vec<&Path> = [self.model.as_path()].into_iter().chain(self.questions.source.file()).collect();
        self.overwrite.check(output.map(|path| (path, ARRAY)), &inputs)?;
        let model = read_model(&self.model)?;
        let stack = self.questions.read(&model.architecture.input)?;
        let integers = tracing::info_span!("execute").in_scope(|| {
            let mut integers = Vec::new();
            for sample in stack.samples() {
                let trace = execute(&model.architecture, &model.weights, sample)?;
                integers.extend(trace.output().iter().copied().map(i64::from));
            }
            Ok::<_, LocalError>(integers)
        })?;
        let answers = Answers::new(&model.architecture.output, &integers, &stack);
        let stored = answers.save(output.map(|path| self.overwrite.target(path)))?;
        let mut json = json!({ "architecture_digest": model.architecture.digest().to_string() });
        answers.describe(&mut json);
        let outcome = stack.annotate(Outcome::done(format!("Output\n{answers}"), json).with_kept(&stored));
        Ok(Answered { outcome, answers: Some(answers) })
    }
}
