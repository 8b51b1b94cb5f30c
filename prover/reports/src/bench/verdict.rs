//! What a report says in words.

use super::{ModelReport, Report};
use crate::number::{bytes, grouped, seconds};

/// Above this share of the cores, what else ran on the machine has slowed the measurement down.
const BUSY: f64 = 0.25;

impl Report {
    /// The result for people, a sentence each.
    pub(super) fn verdict(&self) -> Vec<String> {
        let time = |model: &ModelReport| model.stage("prove").map_or(f64::INFINITY, |stage| stage.wall_seconds);
        let quickest = self.models.iter().min_by(|one, other| time(one).total_cmp(&time(other)));
        let slowest = self.models.iter().max_by(|one, other| time(one).total_cmp(&time(other)));
        let mut said: Vec<String> = quickest.into_iter().filter_map(sentence).collect();
        said.extend(slowest.filter(|_| self.models.len() > 1).and_then(sentence));
        said.extend(self.batches.first().map(|batch| {
            let gas = batch.batch.gas.transaction / batch.size.max(1) as u64;
            format!("In a batch of {}, an answer of {} takes {} gas.", batch.size, batch.model, grouped(gas))
        }));
        said.extend(self.disturbed());
        said
    }

    /// Whether something else ran.
    fn disturbed(&self) -> Option<String> {
        let load = self.machine.load.filter(|load| *load > BUSY * self.machine.cores as f64)?;
        let text = "The machine was busy before the run: its load was";
        Some(format!("{text} {load:.1} on {} cores, so times are longer than they need be.", self.machine.cores))
    }
}

/// What a proof of a model takes.
fn sentence(model: &ModelReport) -> Option<String> {
    let stage = model.stage("prove")?;
    let memory = stage.peak_bytes.map(|peak| format!(" and {}", bytes(peak as f64))).unwrap_or_default();
    let time = seconds(stage.wall_seconds);
    let gas = grouped(model.gas.transaction);
    Some(format!("A settlement proof of {} takes {time}{memory}; to settle it takes {gas} gas.", model.name))
}
