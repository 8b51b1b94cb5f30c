//! The charts of a report.

use super::{
    ModelReport, Peer, Report, Series,
    bars::{Bars, Shape},
    curves::Curves,
    scaling::{Cost, costs},
    tables::{GAS_PARTS, PHASES, gas_parts},
};

/// A chart, with a legend where names do not fit into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) legend: Vec<String>,
    pub(super) svg: String,
}

impl Chart {
    fn new<'n>(title: &str, legend: impl IntoIterator<Item = &'n str>, svg: Option<String>) -> Option<Self> {
        Some(Self { title: title.into(), legend: legend.into_iter().map(String::from).collect(), svg: svg? })
    }
}

impl Report {
    /// The charts of what was measured.
    pub(super) fn charts(&self) -> Vec<Chart> {
        let models = [self.times(), self.proving(), self.memory(), self.gas_chart()];
        let charts = models.into_iter().chain(self.scaling.iter().map(scaling)).chain([self.ratios()]);
        charts.flatten().collect()
    }

    fn bars(
        &self,
        unit: &'static str,
        shape: Shape,
        names: Vec<String>,
        parts: impl Fn(&ModelReport) -> Vec<f64>,
    ) -> Option<String> {
        let rows: Vec<_> = self.models.iter().map(|model| (model.name.clone(), parts(model))).collect();
        if rows.is_empty() { None } else { Bars { unit, rows, names, shape }.draw() }
    }

    fn times(&self) -> Option<Chart> {
        let names = self.models.first()?.stages.iter().map(|stage| stage.name.as_str());
        let parts = |model: &ModelReport| model.stages.iter().map(|stage| stage.wall_seconds).collect();
        let names = names.map(str::to_owned).collect();
        Chart::new("Time of each command", [], self.bars("seconds of wall time", Shape::Grouped, names, parts))
    }

    fn proving(&self) -> Option<Chart> {
        let time = |model: &ModelReport, path| model.stage("prove")?.phase(path);
        let parts = |model: &ModelReport| PHASES.map(|path| 1e3 * time(model, path).unwrap_or_default()).into();
        Chart::new("Where the time of proving goes", PHASES, self.bars("milliseconds", Shape::Stacked, vec![], parts))
    }

    fn memory(&self) -> Option<Chart> {
        let names = self.models.first()?.stages.iter().map(|stage| stage.name.as_str());
        let parts = |model: &ModelReport| {
            let peak = |stage: &super::Stage| stage.peak_bytes.unwrap_or_default() as f64 / 1e6;
            model.stages.iter().map(peak).collect()
        };
        let names = names.map(str::to_owned).collect();
        Chart::new("Peak memory of each command", [], self.bars("megabytes", Shape::Grouped, names, parts))
    }

    fn gas_chart(&self) -> Option<Chart> {
        let parts = |model: &ModelReport| gas_parts(&model.gas).map(|gas| gas as f64).into();
        Chart::new("Gas of a settlement", GAS_PARTS, self.bars("gas", Shape::Stacked, vec![], parts))
    }

    fn ratios(&self) -> Option<Chart> {
        let runs = || self.peers.models.iter().flat_map(|run| run.peers.iter().map(move |peer| (run, peer)));
        let names: Vec<&str> = runs().next()?.1.side.costs().iter().map(|(name, _)| *name).collect();
        let parts = |peer: &Peer| names.iter().map(|name| peer.ratios.get(*name).copied().unwrap_or(1.0)).collect();
        let row = |(run, peer): (&super::PeerRun, &Peer)| (format!("{}, {}", run.model, peer.variant), parts(peer));
        let rows = runs().map(row).collect();
        let names = names.iter().map(ToString::to_string).collect();
        let bars = Bars { unit: "times Hallmark's", rows, names, shape: Shape::Ratios };
        Chart::new(&format!("{} against Hallmark", self.peers.peer), [], bars.draw())
    }
}

/// The costs of a series, as multiples of the smallest model's.
fn scaling(series: &Series) -> Option<Chart> {
    let first = costs(&series.points.first()?.model);
    let exponent = |cost: Cost| series.growth.iter().find(|growth| growth.figure == cost.name());
    let name = |cost: Cost| match exponent(cost) {
        Some(growth) => format!("{} ^{:.2}", cost.name(), growth.exponent),
        None => cost.name().into(),
    };
    let curve = |(cost, base): (Cost, Option<f64>)| {
        let ratio = |model: &ModelReport| Some(costs(model).into_iter().find(|(other, _)| *other == cost)?.1? / base?);
        let points = series.points.iter().filter_map(|point| Some((point.size as f64, ratio(&point.model)?)));
        (name(cost), points.collect())
    };
    let curves = Curves {
        size: series.knob.name(),
        cost: "times the smallest model's",
        curves: first.into_iter().map(curve).collect(),
    };
    let title = format!("Scaling: {}, with the exponent of each cost", series.knob.name());
    Chart::new(&title, [], curves.draw())
}
