//! The comparison of two reports.

use serde::Serialize;

use super::{
    ModelReport, Report,
    model::{Figure, Measure},
    table::Table,
};
use crate::number::{bytes, grouped, seconds};

/// Times that are as far apart as this are the same: no process starts in less.
const RESOLUTION: f64 = 0.003;

/// The changes from one report to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Differences that limit the comparison of the reports.
    pub warnings: Vec<String>,
    /// Whether times are compared in U. They are if machines or threads differ.
    pub in_units: bool,
    /// Every cost that both reports have.
    pub changes: Vec<Change>,
}

/// A cost in both reports.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The model.
    pub model: String,
    /// The cost.
    pub figure: String,
    /// It in the first report.
    pub before: f64,
    /// It in the second.
    pub after: f64,
    /// How many times the first the second is, of times in U where these are compared; none where the first is zero.
    pub ratio: Option<f64>,
    #[serde(skip)]
    measure: Measure,
}

impl Comparison {
    /// Holds the second report against the first.
    #[must_use]
    pub fn new(before: &Report, after: &Report) -> Self {
        let in_units = before.machine != after.machine || before.threads != after.threads;
        let unit = if in_units { after.unit_seconds / before.unit_seconds } else { 1.0 };
        let pairs = before.models.iter().filter_map(|model| Some((model, find(after, &model.name)?)));
        let changes = pairs.flat_map(|(before, after)| changes(before, after, unit)).collect();
        Self { warnings: warnings(before, after), in_units, changes }
    }

    /// The changes for the worse: costs of more than so many times what they were.
    pub fn above(&self, limit: f64) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(move |change| change.exceeds(limit))
    }

    /// The comparison for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let note = if self.in_units {
            "Each ratio is the second report over the first, with times in U, since machines or threads differ."
        } else {
            "Each ratio is the second report over the first."
        };
        let mut table =
            Table::new("Comparison", note, &["model", "figure", "first", "second", "ratio"]).with_two_names();
        for change in &self.changes {
            let ratio = change.ratio.map_or("-".into(), |ratio| format!("{ratio:.2}"));
            table.row(
                &change.model,
                [change.figure.clone(), change.show(change.before), change.show(change.after), ratio],
            );
        }
        table.text()
    }
}

impl Change {
    fn exceeds(&self, limit: f64) -> bool {
        let noise = self.measure == Measure::Seconds && (self.after - self.before).abs() < RESOLUTION;
        !noise && self.ratio.map_or(self.after > self.before, |ratio| ratio > limit)
    }

    fn show(&self, value: f64) -> String {
        match self.measure {
            Measure::Seconds => seconds(value),
            Measure::Bytes => bytes(value),
            Measure::Gas => grouped(value as u64),
        }
    }
}

fn find<'r>(report: &'r Report, name: &str) -> Option<&'r ModelReport> {
    report.models.iter().find(|model| model.name == name)
}

fn changes(before: &ModelReport, after: &ModelReport, unit: f64) -> Vec<Change> {
    let later = after.figures();
    let change = |Figure { name, measure, value }| {
        let after = later.iter().find(|figure| figure.name == name)?.value;
        let unit = if measure == Measure::Seconds { unit } else { 1.0 };
        let ratio = Some(after / value / unit).filter(|ratio| ratio.is_finite());
        let model = before.name.clone();
        Some(Change { model, figure: name, before: value, after, ratio, measure })
    };
    before.figures().into_iter().filter_map(change).collect()
}

/// The differences besides the figures.
fn warnings(before: &Report, after: &Report) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut differ = |what: &str, before: String, after: String| {
        if before != after {
            warnings.push(format!("{what} differs: {before} and {after}"));
        }
    };
    let (old, new) = (&before.machine, &after.machine);
    differ("the processor", old.cpu.clone(), new.cpu.clone());
    differ("the number of cores", old.cores.to_string(), new.cores.to_string());
    let memory = |memory: Option<u64>| memory.map_or_else(|| "unknown".into(), |memory| bytes(memory as f64));
    differ("the memory", memory(old.memory_bytes), memory(new.memory_bytes));
    differ("the system", old.system.clone(), new.system.clone());
    differ("the number of threads", before.threads.to_string(), after.threads.to_string());
    differ("the number of runs", before.runs.to_string(), after.runs.to_string());
    let (old, new) = (&before.program, &after.program);
    differ("the version", old.version.clone(), new.version.clone());
    differ("the commit", old.commit.clone(), new.commit.clone());
    differ("the compiler", old.compiler.clone(), new.compiler.clone());
    differ("the build", old.profile.clone(), new.profile.clone());
    differ("the contract", before.contract_digest.clone(), after.contract_digest.clone());
    for (old, new) in before.models.iter().filter_map(|model| Some((model, find(after, &model.name)?))) {
        let name = &old.name;
        differ(&format!("the ONNX file of {name}"), old.onnx_digest.clone(), new.onnx_digest.clone());
        let digests = [old, new].map(|model| model.architecture_digest.clone());
        let [old, new] = digests;
        differ(&format!("the architecture of {name}"), old, new);
    }
    let missing = |report: &Report, other: &Report| -> Vec<String> {
        let absent = report.models.iter().filter(|model| find(other, &model.name).is_none());
        absent.map(|model| format!("only one report has {}", model.name)).collect()
    };
    warnings.extend(missing(before, after).into_iter().chain(missing(after, before)));
    warnings
}
