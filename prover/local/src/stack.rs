//! One sample, or a stack of them: what is asked, and what is answered.

use std::fmt;
use std::path::PathBuf;

use hallmark_circuits::{
    key::VerifyingKey,
    model::{Batch, InputPort, OutputPort},
};
use serde_json::{Value, json};

use super::{
    Given, LocalError, Outcome,
    array::{Input, ShapeError, read_samples},
    outputs::{Answer, Named, Output, columns, save, stacked},
};
use hallmark_proving::file::{Stored, Target};

/// One input, or many.
#[derive(Clone, Debug)]
pub struct Questions {
    /// The input, or the inputs: arrays of the model's shape, or archives with one for each of the model's inputs.
    pub source: Given,
    /// Whether first axes count samples.
    pub is_many: bool,
    /// Whether many or distant values outside of the calibrated range are clamped to it. They are refused otherwise.
    pub allow_clamping: bool,
}

impl Questions {
    /// Reads and quantizes the samples. What the model would not see is refused.
    pub(crate) fn read(&self, port: &InputPort) -> Result<Stack, LocalError> {
        let Self { source, is_many, allow_clamping } = self;
        let samples = read_samples(source, port, *is_many, *allow_clamping)?;
        Ok(Stack { path: source.name().to_owned(), samples, is_many: *is_many })
    }
}

/// Samples in the model's integers.
#[derive(Debug)]
pub(crate) struct Stack {
    path: PathBuf,
    samples: Vec<Input>,
    is_many: bool,
}

impl Stack {
    /// The number of samples.
    pub(crate) fn len(&self) -> usize {
        self.samples.len()
    }

    /// The integers of each sample.
    pub(crate) fn samples(&self) -> impl Iterator<Item = &[i64]> {
        self.samples.iter().map(|sample| sample.integers.as_slice())
    }

    /// Whether the samples came as a stack. One may have a single sample.
    pub(crate) fn is_many(&self) -> bool {
        self.is_many
    }

    /// The integers of the samples one after another, filled up to a batch with copies of the last.
    pub(crate) fn filled(&self, size: usize) -> Vec<i64> {
        let copies = self.samples.iter().chain(self.samples.last().into_iter().cycle());
        copies.take(size.max(self.len())).flat_map(|sample| &sample.integers).copied().collect()
    }

    /// The smallest offered batch that holds the samples; none for a single one.
    pub(crate) fn batch(&self, key: &VerifyingKey) -> Result<Option<Batch>, LocalError> {
        let found = self.len();
        if found == 1 {
            return Ok(None);
        }
        let batch = key.batches.iter().copied().find(|batch| batch.size() >= found);
        batch.map(Some).ok_or_else(|| LocalError::Samples {
            path: self.path.clone(),
            found,
            largest: key.batches.last().map(|batch| batch.size()),
        })
    }

    /// Tells of values that were clamped.
    pub(crate) fn annotate(&self, outcome: Outcome) -> Outcome {
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

/// What came of a run or of a proof.
#[derive(Clone, Debug)]
pub struct Answered {
    /// What there is to say.
    pub outcome: Outcome,
    /// The answers; none if a proof is refused.
    pub answers: Option<Answers>,
}

/// The answers to a stack.
#[derive(Clone, Debug)]
pub struct Answers {
    each: Vec<Answer>,
    is_many: bool,
}

impl Answers {
    /// The answers to the first of the samples that a proof or a run is about, of which `integers` are all answers.
    pub(crate) fn new(port: &OutputPort, integers: &[i64], stack: &Stack) -> Self {
        let values = port.shape.iter().product::<usize>().max(1);
        let each = integers.chunks(values).take(stack.len()).map(|answer| Answer::new(port, answer)).collect();
        Self { each, is_many: stack.is_many() }
    }

    /// Each of the model's outputs with its values in all answers, one after another.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = (&Output, Vec<f32>)> {
        columns(&self.each)
    }

    /// Adds the answers to a JSON object.
    pub(crate) fn describe(&self, json: &mut Value) {
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

    /// The arrays: one answer as the ONNX model would shape it, and many along a first axis that counts them.
    ///
    /// # Errors
    /// [`ShapeError`] if the values are not as many as the model's shape has.
    pub fn arrays(&self) -> Result<Vec<Named>, ShapeError> {
        match self.each.as_slice() {
            [answer] if !self.is_many => answer.arrays(),
            answers => stacked(answers),
        }
    }

    /// Writes the arrays.
    pub(crate) fn save(&self, target: Option<Target<'_>>) -> Result<Stored, LocalError> {
        save(self.arrays()?, target)
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
