//! `hallmark run`: exact integer inference.

use std::path::PathBuf;

use hallmark_local::Run;

use super::{CliError, Outcome, overwrite::Force, question::Inputs};

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
    inputs: Inputs,
    /// Write the output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let run = Run {
            model: self.model.clone(),
            questions: self.inputs.questions(),
            save_output: self.save_output.clone(),
            overwrite: self.overwrite.rule(),
        };
        Ok(run.run()?.outcome)
    }
}
