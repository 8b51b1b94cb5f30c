//! The figures of one model.

use serde::{Deserialize, Serialize};

use super::Stage;
use hallmark_chain::chain::GasReport;
use hallmark_compiling::{
    Accuracy, WidthReport,
    cost::{Counts, Estimates},
};

/// All that was measured of one model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ModelReport {
    /// Its name.
    pub name: String,
    /// Its description.
    pub summary: String,
    /// The digest of the ONNX file.
    pub onnx_digest: String,
    /// The digest of the architecture that it was compiled to.
    pub architecture_digest: String,
    /// Its size.
    pub counts: Counts,
    /// The costs that the compiler predicted.
    pub estimates: Estimates,
    /// The bits of its numbers.
    pub widths: WidthReport,
    /// How many samples its accuracy was measured on.
    pub samples: usize,
    /// How far its answers are from the float model's.
    pub accuracy: Accuracy,
    /// The rows of its settlement circuit.
    pub rows: usize,
    /// The base-two logarithm of these, padded.
    pub log_rows: u32,
    /// The bytes of everything that is kept or sent.
    pub sizes: Sizes,
    /// The commands, in their order.
    pub stages: Vec<Stage>,
    /// The gas of a settlement.
    pub gas: GasReport,
    /// The seconds that the contract takes in the EVM inside the program.
    pub contract_seconds: f64,
}

/// The bytes of everything that is kept or sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// The setup, which all models share.
    pub reference_string: u64,
    /// The prover's key: weights, blinds and commitments.
    pub proving_key: u64,
    /// The file of settlement keys, which saves the prover making them.
    pub settlement_keys: u64,
    /// The verifying key.
    pub verifying_key: u64,
    /// The key on the chain.
    pub contract_key: u64,
    /// An off-chain proof, with the answer.
    pub off_chain_proof: u64,
    /// A settlement proof, with the answer.
    pub settlement_proof: u64,
    /// The calldata of a settlement.
    pub calldata: u64,
}

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Seconds,
    Bytes,
    Gas,
}

/// One figure of a model.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) measure: Measure,
    pub(super) value: f64,
}

impl ModelReport {
    /// A stage.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    /// All costs, less of each being better.
    pub(super) fn figures(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        let mut add = |name: String, measure, value: Option<f64>| {
            figures.extend(value.map(|value| Figure { name, measure, value }));
        };
        for Stage { name, cpu_seconds, wall_seconds, peak_bytes, .. } in &self.stages {
            add(format!("{name}, CPU"), Measure::Seconds, *cpu_seconds);
            add(format!("{name}, wall"), Measure::Seconds, Some(*wall_seconds));
            add(format!("{name}, memory"), Measure::Bytes, peak_bytes.map(|bytes| bytes as f64));
        }
        for (name, bytes) in self.sizes.named() {
            add(name.into(), Measure::Bytes, Some(bytes as f64));
        }
        add("gas".into(), Measure::Gas, Some(self.gas.transaction as f64));
        add("contract in the EVM".into(), Measure::Seconds, Some(self.contract_seconds));
        figures
    }
}

impl Sizes {
    /// The sizes by name.
    #[must_use]
    pub const fn named(&self) -> [(&'static str, u64); 8] {
        [
            ("reference string", self.reference_string),
            ("proving key", self.proving_key),
            ("settlement keys", self.settlement_keys),
            ("verifying key", self.verifying_key),
            ("key on the chain", self.contract_key),
            ("off-chain proof", self.off_chain_proof),
            ("settlement proof", self.settlement_proof),
            ("calldata", self.calldata),
        ]
    }
}
