//! The options of an input, or of many.

use std::path::{Path, PathBuf};

use hallmark_local::{Given, Question, Questions};

use super::next::quoted;

/// The options of an input.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct OneInput {
    /// The input: an array of the model's shape, of finite numbers; or an .npz file with one for each of the model's inputs
    #[arg(long, value_name = "NPY")]
    input: PathBuf,
    /// Accept an input with many or distant values outside of the calibrated range; they are clamped to it
    #[arg(long)]
    allow_clamping: bool,
}

impl OneInput {
    /// The input's file.
    pub(super) fn path(&self) -> &Path {
        &self.input
    }

    pub(super) fn question(&self) -> Question {
        Question { input: Given::File(self.input.clone()), allow_clamping: self.allow_clamping }
    }
}

/// The options of an input, or of many.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Inputs {
    /// The input: an array of the model's shape, of finite numbers; or an .npz file with one for each of the model's inputs
    #[arg(long, value_name = "NPY", required_unless_present = "inputs", conflicts_with = "inputs")]
    input: Option<PathBuf>,
    /// Many inputs: an array whose first axis counts samples, each of the model's shape; or an .npz file with such arrays
    #[arg(long, value_name = "NPY")]
    inputs: Option<PathBuf>,
    /// Take an input with many values, or distant ones, beyond the range that the model was calibrated for: the answer is to
    /// the input with those values clamped to the range
    #[arg(long)]
    allow_clamping: bool,
}

impl Inputs {
    pub(super) fn questions(&self) -> Questions {
        // One of them is there, which the parser sees to.
        let path = self.inputs.as_ref().or(self.input.as_ref()).cloned().unwrap_or_default();
        Questions { source: Given::File(path), is_many: self.inputs.is_some(), allow_clamping: self.allow_clamping }
    }

    /// The options, as a shell takes them.
    pub(super) fn typed(&self) -> String {
        let named = [("--input", &self.input), ("--inputs", &self.inputs)];
        let paths = named.into_iter().filter_map(|(name, path)| Some(format!("{name} {}", quoted(path.as_deref()?))));
        let clamping = self.allow_clamping.then(|| "--allow-clamping".to_owned());
        paths.chain(clamping).collect::<Vec<_>>().join(" ")
    }
}
