//! A stage of the pipeline, over several runs.

use serde::{Deserialize, Serialize};

use super::{Measured, Usage, median};

/// The time and memory of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The command.
    pub name: String,
    /// How often it was run.
    pub runs: usize,
    /// The median time of all its threads.
    pub cpu_seconds: Option<f64>,
    /// The median time that passed.
    pub wall_seconds: f64,
    /// The most memory of any run.
    pub peak_bytes: Option<u64>,
    /// The phases that it went through.
    pub phases: Vec<Phase>,
}

/// A phase of a stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// The names that lead there, from the outside in.
    pub path: String,
    /// Its median time.
    pub seconds: f64,
}

impl Stage {
    /// Sums up some runs.
    #[must_use]
    pub fn new(name: &str, runs: &[Measured]) -> Self {
        let usages = || runs.iter().map(|run| run.usage);
        let cpu: Option<Vec<f64>> = usages().map(|usage: Usage| usage.cpu_seconds).collect();
        Self {
            name: name.into(),
            runs: runs.len(),
            cpu_seconds: cpu.map(median),
            wall_seconds: median(usages().map(|usage| usage.wall_seconds).collect()),
            peak_bytes: usages().filter_map(|usage| usage.peak_bytes).max(),
            phases: phases(runs),
        }
    }

    /// The time of a phase, none where there is no such phase.
    #[must_use]
    pub fn phase(&self, path: &str) -> Option<f64> {
        self.phases.iter().find(|phase| phase.path == path).map(|phase| phase.seconds)
    }
}

/// The median of each phase, in the order in which they are met.
fn phases(runs: &[Measured]) -> Vec<Phase> {
    let mut found: Vec<(String, Vec<f64>)> = Vec::new();
    for (path, seconds) in runs.iter().flat_map(|run| &run.timings).flat_map(super::Timing::flatten) {
        match found.iter_mut().find(|(known, _)| *known == path) {
            Some((_, times)) => times.push(seconds),
            None => found.push((path, vec![seconds])),
        }
    }
    found.into_iter().map(|(path, times)| Phase { path, seconds: median(times) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Timing;

    #[test]
    fn runs_are_summed_up_by_medians_and_the_largest_peak() {
        let run = |seconds: f64, peak: u64| Measured {
            usage: Usage { cpu_seconds: Some(2.0 * seconds), wall_seconds: seconds, peak_bytes: Some(peak) },
            timings: vec![Timing { name: "prove".into(), seconds: seconds / 2.0, parts: 1, inside: Vec::new() }],
        };
        let stage = Stage::new("prove", &[run(3.0, 7), run(1.0, 9), run(2.0, 8)]);
        assert_eq!((stage.runs, stage.cpu_seconds, stage.wall_seconds), (3, Some(4.0), 2.0));
        assert_eq!((stage.peak_bytes, stage.phase("prove"), stage.phase("open")), (Some(9), Some(1.0), None));
    }
}
