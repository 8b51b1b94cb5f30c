//! Three lies of an operator, and what gives each away.

use hallmark_circuits::{
    codec::Receipt,
    model::{Architecture, Weights},
};
use serde_json::{Value, json};

use super::{Bundle, CliError, Honest, Operator, Sample};
use crate::{cli::array::Input, proving::commit};

/// A lie that was refused.
pub(super) struct Lie {
    pub(super) what: String,
    pub(super) reason: String,
    /// Why it is refused as well where the registered digest is written over its own.
    pub(super) relabelled: Option<String>,
}

impl Lie {
    pub(super) fn to_json(&self) -> Value {
        json!({ "lie": self.what, "valid": false, "reason": self.reason, "relabelled_reason": self.relabelled })
    }
}

pub(super) fn tell_lies(
    operator: &Operator,
    bundle: &Bundle,
    sample: &Sample,
    honest: &Honest,
) -> Result<Vec<Lie>, CliError> {
    let cheaper = answer_with_cheaper_model(operator, sample)?;
    let relabelled = Receipt { key: honest.receipt.key, ..cheaper.receipt.clone() };
    let other = bundle.other(sample).ok_or(CliError::Demo("all images show one digit"))?;
    let port = &operator.published.key.architecture.input;
    let other_input = Input::quantize(port, other.pixels.iter().copied()).integers;
    let (false_output, claimed) = answer_otherwise(&honest.receipt);
    Ok(vec![
        Lie {
            what: "another model: half of the weights are zero".into(),
            reason: refuse(operator, &cheaper.input, &cheaper.receipt)?,
            relabelled: Some(refuse(operator, &cheaper.input, &relabelled)?),
        },
        Lie {
            what: format!("another output: the proof is offered for the answer {claimed}"),
            reason: refuse(operator, &honest.input, &false_output)?,
            relabelled: None,
        },
        Lie {
            what: format!("another input: the proof is offered for a picture of the digit {}", other.label),
            reason: refuse(operator, &other_input, &honest.receipt)?,
            relabelled: None,
        },
    ])
}

/// Why a lie is refused. It has to be, or the demo has failed.
fn refuse(operator: &Operator, input: &[i64], receipt: &Receipt) -> Result<String, CliError> {
    match operator.verify(input, receipt) {
        Ok(()) => Err(CliError::Demo("a lie was accepted")),
        Err(error) => Ok(error.to_string()),
    }
}

/// A sound proof of another model's answer: the operator serves a model that costs less.
fn answer_with_cheaper_model(operator: &Operator, sample: &Sample) -> Result<Honest, CliError> {
    let architecture = operator.model.key.architecture.clone();
    let weights = prune(&architecture, &operator.model.weights);
    let cheaper = commit(architecture, weights, &operator.srs, &mut rand::rng())?;
    operator.answer(&cheaper, sample)
}

/// Every second weight becomes zero. Biases stay: all sums are then nearer to them, so that no sum leaves its table.
fn prune(architecture: &Architecture, weights: &Weights) -> Weights {
    let shapes = architecture.weights.iter();
    let prune = |(values, axes): (&Vec<i64>, &Vec<usize>)| match axes.len() {
        0 | 1 => values.clone(),
        _ => values.iter().enumerate().map(|(index, value)| if index % 2 == 0 { *value } else { 0 }).collect(),
    };
    Weights(weights.0.iter().zip(shapes.map(|shape| &shape.axes)).map(prune).collect())
}

/// The honest proof with another answer: one that was below the greatest output trades places with it.
fn answer_otherwise(honest: &Receipt) -> (Receipt, usize) {
    let mut receipt = honest.clone();
    let greatest = (0..receipt.output.len()).rev().max_by_key(|&index| receipt.output[index]).unwrap_or(0);
    let below = |index: &usize| receipt.output[*index] < receipt.output[greatest];
    let claimed =
        (0..receipt.output.len()).filter(below).max_by_key(|&index| receipt.output[index]).unwrap_or(greatest);
    receipt.output.swap(greatest, claimed);
    (receipt, claimed)
}
