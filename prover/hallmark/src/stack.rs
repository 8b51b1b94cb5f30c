//! One sample, or a stack of them: what is asked, and what is answered.

use std::fmt;
use std::path::{Path, PathBuf};

use hallmark_circuits::{
    key::VerifyingKey,
    model::{Batch, InputPort, OutputPort},
};
use serde_json::{Value, json};

use super::{
    CliError, Outcome,
    array::{Input, read_samples},
    outputs::{Answer, Output, columns, save_samples},
};
use hallmark_proving::file::{Stored, Target};

/// The options of an input, or of many.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Questions {
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

impl Questions {
    /// The file of the input or the inputs.
    pub(super) fn path(&self) -> &Path {
        // One of them is there, which the parser sees to.
        self.inputs.as_deref().or(self.input.as_deref()).unwrap_or_else(|| Path::new(""))
    }

    /// Reads and quantizes the samples. What the model would not see is refused.
    pub(super) fn read(&self, port: &InputPort) -> Result<Stack, CliError> {
        let (path, is_many) = (self.path().to_owned(), self.inputs.is_some());
        let samples = read_samples(&path, port, is_many, self.allow_clamping)?;
        Ok(Stack { path, samples, is_many })
    }
}

/// Samples in the model's integers.
#[derive(Debug)]
pub(super) struct Stack {
    path: PathBuf,
    samples: Vec<Input>,
    is_many: bool,
}

impl Stack {
    /// The number of samples.
    pub(super) fn len(&self) -> usize {
        self.samples.len()
    }

    /// The integers of each sample.
    pub(super) fn samples(&self) -> impl Iterator<Item = &[i64]> {
        self.samples.iter().map(|sample| sample.integers.as_slice())
    }

    /// Whether the samples came as a stack. One may have a single sample.
    pub(super) fn is_many(&self) -> bool {
        self.is_many
    }

    /// The integers of the samples one after another, filled up to a batch with copies of the last.
    pub(super) fn filled(&self, size: usize) -> Vec<i64> {
        let copies = self.samples.iter().chain(self.samples.last().into_iter().cycle());
        copies.take(size.max(self.len())).flat_map(|sample| &sample.integers).copied().collect()
    }

    /// The smallest offered batch that holds the samples; none for a single one.
    pub(super) fn batch(&self, key: &VerifyingKey) -> Result<Option<Batch>, CliError> {
        let found = self.len();
        if found == 1 {
            return Ok(None);
        }
        let batch = key.batches.iter().copied().find(|batch| batch.size() >= found);
        batch.map(Some).ok_or_else(|| CliError::Samples {
            path: self.path.clone(),
            found,
            largest: key.batches.last().map(|batch| batch.size()),
        })
    }

    /// Tells of values that were clamped.
    pub(super) fn annotate(&self, outcome: Outcome) -> Outcome {
        match self.samples.as_slice() {
            [sample] => sample.annotate(outcome),
            samples => {
                let mut outcome = outcome;
                outcome.json["clamped_inputs"] = json!(samples.iter().map(Input::clamped).sum::<usize>());
                let warnings = samples
                    .iter()
                    .enumerate()
                    .filter_map(|(index, sample)| Some(format!("sample {index}: {}", sample.warning()?)));
                warnings.fold(outcome, Outcome::with_warning)
            }
        }
    }
}

/// The answers to a stack.
pub(super) struct Answers {
    each: Vec<Answer>,
    is_many: bool,
}

impl Answers {
    /// The answers to the first of the samples that a proof or a run is about, of which `integers` are all answers.
    pub(super) fn new(port: &OutputPort, integers: &[i64], stack: &Stack) -> Self {
        let values = port.shape.iter().product::<usize>().max(1);
        let each = integers.chunks(values).take(stack.len()).map(|answer| Answer::new(port, answer)).collect();
        Self { each, is_many: stack.is_many() }
    }

    /// Each of the model's outputs with its values in all answers, one after another.
    pub(super) fn outputs(&self) -> impl Iterator<Item = (&Output, Vec<f32>)> {
        columns(&self.each)
    }

    /// Adds the answers to a JSON object.
    pub(super) fn describe(&self, json: &mut Value) {
        match self.each.as_slice() {
            [answer] if !self.is_many => answer.describe(json),
            answers => {
                json["samples"] = json!(answers.len());
                json["outputs"] = answers.iter().map(Answer::to_json).collect();
                if let Some(places) = answers.iter().map(Answer::argmax).collect::<Option<Vec<usize>>>() {
                    json["argmaxes"] = json!(places);
                }
            }
        }
    }

    /// Writes the answers: one as the ONNX model would shape it, and many along a first axis that counts them.
    pub(super) fn save(&self, target: Option<Target<'_>>) -> Result<Stored, CliError> {
        match self.each.as_slice() {
            [answer] if !self.is_many => answer.save(target),
            answers => save_samples(answers, target),
        }
    }
}

impl fmt::Display for Answers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// The most answers that are shown in full.
        const SHOWN: usize = 4;
        if let ([answer], false) = (self.each.as_slice(), self.is_many) {
            return answer.fmt(f);
        }
        for (index, answer) in self.each.iter().enumerate() {
            if index < SHOWN {
                write!(f, "Sample {index}\n{answer}")?;
            } else {
                writeln!(f, "Sample {index}: {}", answer.brief())?;
            }
        }
        Ok(())
    }
}
