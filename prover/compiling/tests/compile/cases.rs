//! Every version of every operator against answers that `fixtures/operators/cases.py` wrote down beforehand.
#![allow(missing_docs, clippy::unwrap_used)]

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::STANDARD};
use hallmark_circuits::semantics::execute;
use hallmark_compiling::{CompileError, CompileOptions, Compiled, compile, operators};
use ndarray::{ArrayD, IxDyn};
use serde::Deserialize;

use crate::compiling::{check_architecture, check_extremes};

/// The greatest error that is accepted, as a share of the outputs' range: twelve bits and a few roundings.
const TOLERANCE: f64 = 0.02;

#[derive(Deserialize)]
struct Case {
    name: String,
    operator: String,
    domain: String,
    shape: Vec<usize>,
    unit: f32,
    samples: Vec<Vec<f32>>,
    expected: Vec<Vec<f64>>,
    models: Vec<Model>,
}

#[derive(Deserialize)]
struct Model {
    version: u32,
    onnx: String,
}

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/operators/cases.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The newest model of a case, and its samples.
pub fn newest(name: &str) -> (Vec<u8>, ArrayD<f32>) {
    let case = cases().into_iter().find(|case| case.name == name).unwrap();
    (STANDARD.decode(&case.models.last().unwrap().onnx).unwrap(), case.calibration())
}

/// The newest model of every case, with its name and its samples.
pub fn all_newest() -> Vec<(String, Vec<u8>, ArrayD<f32>)> {
    let newest = |case: Case| {
        (case.name.clone(), STANDARD.decode(&case.models.last().unwrap().onnx).unwrap(), case.calibration())
    };
    cases().into_iter().map(newest).collect()
}

impl Case {
    fn calibration(&self) -> ArrayD<f32> {
        let values = self.samples.iter().flatten().map(|value| value / self.unit).collect();
        ArrayD::from_shape_vec(IxDyn(&[&[self.samples.len()], self.shape.as_slice()].concat()), values).unwrap()
    }

    fn compile(&self, model: &Model) -> Result<Compiled, CompileError> {
        let onnx = STANDARD.decode(&model.onnx).unwrap();
        let options = CompileOptions { activation_bits: Some(12), input_bits: Some(16), ..CompileOptions::default() };
        compile(&onnx, &self.calibration(), None, &options)
    }

    /// The greatest error of any output, as a share of their range.
    fn error(&self, compiled: &Compiled) -> f64 {
        let port = &compiled.architecture.input;
        let mut worst = 0.0f64;
        for (sample, expected) in self.samples.iter().zip(&self.expected) {
            let input: Vec<i64> =
                sample.iter().enumerate().map(|(index, value)| port.quantize(index, value / self.unit)).collect();
            let tensors = execute(&compiled.architecture, &compiled.weights, &input).unwrap();
            let output = compiled.architecture.output.dequantize(tensors.last().unwrap());
            let output: Vec<f64> = output.into_iter().map(f64::from).collect();
            assert_eq!(output.len(), expected.len(), "{}", self.name);
            worst = output.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(worst, f64::max);
        }
        let all = || self.expected.iter().flatten().copied();
        worst / (all().fold(f64::MIN, f64::max) - all().fold(f64::MAX, f64::min)).max(1e-3)
    }
}

#[test]
fn every_version_of_every_operator_gives_the_answers_that_onnx_gives() {
    let mut failures = vec![];
    for case in cases() {
        for model in &case.models {
            let place = format!("{} of version {}", case.name, model.version);
            match case.compile(model) {
                Err(error) => failures.push(format!("{place}: {error}")),
                Ok(compiled) => {
                    check_architecture(&compiled);
                    check_extremes(&compiled);
                    let error = case.error(&compiled);
                    if error > TOLERANCE {
                        failures.push(format!("{place}: an error of {error:.4}"));
                    }
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn every_version_that_is_understood_has_a_case() {
    let covered: BTreeSet<(String, String, u32)> = cases()
        .iter()
        .flat_map(|case| case.models.iter().map(|model| (case.domain.clone(), case.operator.clone(), model.version)))
        .collect();
    let lacking: Vec<String> = operators()
        .flat_map(|operator| operator.versions.iter().map(move |&version| (operator, version)))
        .filter(|(operator, version)| !covered.contains(&(operator.domain.into(), operator.name.into(), *version)))
        .map(|(operator, version)| format!("{} of version {version}", operator.name))
        .collect();
    assert!(lacking.is_empty(), "write cases in fixtures/operators/cases.py for {lacking:?}");
}
