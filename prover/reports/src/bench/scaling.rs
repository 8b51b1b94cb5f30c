//! Models that differ in one number, and what their costs grow with.

use hallmark_fixtures::models::Scaled;
use serde::{Deserialize, Serialize};

use super::{BenchError, Growth, ModelReport, child::Executable, exponent, pipeline, subject::Subject};
use crate::number;

/// The size that grows along a series, while everything else stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Knob {
    /// The activations, by the size of the image: the weights stay.
    Activations,
    /// The weights, by the size of the kernel: the activations stay.
    Weights,
    /// The channels: activations grow as they do, weights and multiply-accumulates as their square.
    Channels,
    /// The layers: activations and weights grow as they do.
    Layers,
}

/// A series of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The size that grows.
    pub knob: Knob,
    /// The models in the order of their size.
    pub points: Vec<Point>,
    /// The growth of each cost.
    pub growth: Vec<Growth>,
}

/// A model of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// How much there is of what grows.
    pub size: usize,
    /// The model's figures.
    pub model: ModelReport,
}

const BASE: Scaled = Scaled { channels: 8, side: 16, kernel: 3, layers: 1 };

impl Knob {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Activations, Self::Weights, Self::Channels, Self::Layers];

    /// The size that grows.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Activations => "activations",
            Self::Weights => "weights",
            Self::Channels => "channels",
            Self::Layers => "layers",
        }
    }

    fn models(self) -> Vec<Scaled> {
        match self {
            Self::Activations => [8, 16, 32, 64].map(|side| Scaled { side, ..BASE }).into(),
            Self::Weights => [3, 7, 15, 31].map(|kernel| Scaled { channels: 16, kernel, ..BASE }).into(),
            Self::Channels => [8, 16, 32, 64, 128].map(|channels| Scaled { channels, ..BASE }).into(),
            Self::Layers => [1, 2, 4, 8].map(|layers| Scaled { layers, ..BASE }).into(),
        }
    }

    fn size(self, scaled: &Scaled, model: &ModelReport) -> usize {
        match self {
            Self::Activations => model.counts.activations,
            Self::Weights => model.counts.weights,
            Self::Channels => scaled.channels,
            Self::Layers => scaled.layers,
        }
    }
}

impl Series {
    /// Measures the models of a series.
    pub(super) fn measure(program: &Executable, knob: Knob, runs: usize) -> Result<Self, BenchError> {
        let point = |scaled: Scaled| {
            let model = pipeline::measure(program, &Subject::from(scaled), runs)?;
            Ok(Point { size: knob.size(&scaled, &model), model })
        };
        let points = knob.models().into_iter().map(point).collect::<Result<Vec<_>, BenchError>>()?;
        let growth = growth(&points);
        Ok(Self { knob, points, growth })
    }
}

/// A cost that is followed along a series. Times of proving are without a process's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    Compile,
    Prove,
    Settle,
    Verify,
    Memory,
    Proof,
    Gas,
}

impl Cost {
    pub(super) const ALL: [Self; 7] =
        [Self::Compile, Self::Prove, Self::Settle, Self::Verify, Self::Memory, Self::Proof, Self::Gas];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Compile => "compile",
            Self::Prove => "prove off chain",
            Self::Settle => "settle",
            Self::Verify => "verify off chain",
            Self::Memory => "memory",
            Self::Proof => "off-chain proof",
            Self::Gas => "gas",
        }
    }

    pub(super) fn show(self, value: f64) -> String {
        match self {
            Self::Compile | Self::Prove | Self::Settle | Self::Verify => number::seconds(value),
            Self::Memory | Self::Proof => number::bytes(value),
            Self::Gas => number::grouped(value as u64),
        }
    }

    fn of(self, model: &ModelReport) -> Option<f64> {
        let phase = |stage: &str, path: &str| model.stage(stage)?.phase(path);
        let wall = |stage: &str| Some(model.stage(stage)?.wall_seconds);
        match self {
            Self::Compile => wall("compile"),
            Self::Prove => phase(pipeline::PROVE_OFF_CHAIN, "prove"),
            Self::Settle => phase("prove", "settle"),
            Self::Verify => wall(pipeline::VERIFY_OFF_CHAIN),
            Self::Memory => model.stage("prove")?.peak_bytes.map(|bytes| bytes as f64),
            Self::Proof => Some(model.sizes.off_chain_proof as f64),
            Self::Gas => Some(model.gas.transaction as f64),
        }
    }
}

/// All costs of a model.
pub(super) fn costs(model: &ModelReport) -> [(Cost, Option<f64>); 7] {
    Cost::ALL.map(|cost| (cost, cost.of(model)))
}

fn growth(points: &[Point]) -> Vec<Growth> {
    let fit = |cost: Cost| {
        let along = points.iter().map(|point| Some((point.size as f64, cost.of(&point.model)?)));
        let exponent = exponent(&along.collect::<Option<Vec<_>>>()?)?;
        Some(Growth { figure: cost.name().into(), exponent })
    };
    Cost::ALL.into_iter().filter_map(fit).collect()
}
