//! `hallmark evaluate`: how well a model answers a whole set of inputs.

use std::path::PathBuf;

use hallmark_compiling::Task;
use hallmark_local::{Evaluation, Given};

use super::{CliError, Outcome};

const EXAMPLE: &str = "\
Example: hallmark evaluate m.hallmark --inputs test.npy --expected float.npy

The inputs are stacked along the first axis. The answers are compared with the float model's outputs, stacked alike, or with the right
classes, or with both. Of a model with several outputs the task and the classes are about the first of real numbers.";

/// Runs a model on a whole set of inputs, without proofs.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model; it need not be committed to
    model: PathBuf,
    /// The inputs
    #[arg(long, value_name = "NPY")]
    inputs: PathBuf,
    /// The float model's outputs: an array, or an .npz file with one for each of the model's outputs
    #[arg(long, value_name = "NPY", required_unless_present = "labels")]
    expected: Option<PathBuf>,
    /// The right classes
    #[arg(long, value_name = "NPY")]
    labels: Option<PathBuf>,
    /// What the answers are for: classify, binary, regress, embed or next-token [default: by the model's form]
    #[arg(long)]
    task: Option<Task>,
    /// Take inputs with many values, or distant ones, beyond the range that the model was calibrated for
    #[arg(long)]
    allow_clamping: bool,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let evaluation = Evaluation {
            model: self.model.clone(),
            inputs: self.inputs.as_path().into(),
            expected: self.expected.as_deref().map(Given::from),
            labels: self.labels.as_deref().map(Given::from),
            task: self.task,
            allow_clamping: self.allow_clamping,
        };
        Ok(evaluation.run()?)
    }
}
