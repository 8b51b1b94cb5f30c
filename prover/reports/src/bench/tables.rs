//! A report as tables.

use super::{
    BatchReport, Knob, ModelReport, Peer, PeerRun, Report, Series, Stage,
    scaling::{Cost, costs},
    table::Table,
};
use crate::number::{bytes, grouped, seconds};
use hallmark_chain::chain::GasReport;

/// The text in place of a missing figure.
const NONE: &str = "-";
/// The parts of the gas, in the order of [`GasReport::parts`].
pub(super) const GAS_PARTS: [&str; 9] = [
    "transaction and calldata",
    "halo2 multi-scalar multiplication",
    "deferred multi-scalar multiplication",
    "both joined",
    "pairing",
    "hashing",
    "inversion",
    "reading the key",
    "arithmetic and packing",
];
/// The phases of `prove` that are told apart, each a part of the time that passes.
pub(super) const PHASES: [&str; 10] = [
    "prove/execute",
    "prove/witness",
    "prove/commit",
    "prove/helpers",
    "prove/main sumcheck",
    "prove/merging sumcheck",
    "prove/open",
    "settle/assign",
    "settle/argument",
    "check",
];

impl Report {
    /// The report for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let verdict = self.verdict().iter().map(|sentence| format!("{sentence}\n")).collect();
        let tables = self.tables();
        [verdict].into_iter().chain(tables.iter().map(Table::text)).collect::<Vec<_>>().join("\n")
    }

    pub(super) fn tables(&self) -> Vec<Table> {
        let mut tables =
            vec![self.setting(), self.models(), self.stages(), self.phases(), self.sizes(), self.gas(), self.batches()];
        tables.extend(self.scaling.iter().map(points));
        if !self.scaling.is_empty() {
            tables.push(self.growth());
        }
        tables.extend([self.peers_table(), self.skipped()]);
        tables.into_iter().filter(|table| !table.rows.is_empty()).collect()
    }

    fn setting(&self) -> Table {
        let Self { program, machine, threads, runs, unit_seconds, contract_digest, .. } = self;
        let mut table = Table::new("What was measured", "", &[]).with_two_names();
        let mut row = |name: &str, value: String| table.row(name, [value]);
        row("program", format!("hallmark {}, {} build", program.version, program.profile));
        row("commit", program.commit.clone());
        row("compiler", program.compiler.clone());
        row("contract", contract_digest.clone());
        row("processor", format!("{}, {} cores", machine.cpu, machine.cores));
        row("memory", machine.memory_bytes.map_or(NONE.into(), |memory| bytes(memory as f64)));
        row("system", machine.system.clone());
        row("load before", machine.load.map_or(NONE.into(), |load| format!("{load:.2} on {} cores", machine.cores)));
        row("threads", threads.to_string());
        row("runs", format!("{runs}, of which times are medians and memory is the largest"));
        row("U", format!("{}: one multi-scalar multiplication of 2^16 points", seconds(*unit_seconds)));
        table
    }

    fn models(&self) -> Table {
        let note = "Bits of input, activations and weights. Accuracy is against the float model, over the calibration samples.";
        let head = [
            "model",
            "activations",
            "weights",
            "multiply-adds",
            "bits",
            "rows",
            "same class",
            "largest error",
            "of a range of",
        ];
        let mut table = Table::new("Models", note, &head);
        for ModelReport { name, counts, widths, accuracy, samples, rows, log_rows, .. } in &self.models {
            let cells = [
                grouped(counts.activations as u64),
                grouped(counts.weights as u64),
                grouped(counts.multiply_accumulates),
                format!("{}/{}/{}", widths.input_bits, widths.activation_bits, widths.weight_bits),
                format!("{rows} of 2^{log_rows}"),
                format!("{:.2}% of {samples}", 100.0 * accuracy.argmax_agreement),
                format!("{:.2e}", accuracy.worst_error),
                format!("{:.2e}", accuracy.output_range),
            ];
            table.row(name, cells);
        }
        table
    }

    fn stages(&self) -> Table {
        let note =
            "Each command is a process that reads and writes files, and loads keys. `prove` makes a settlement proof.";
        let mut table =
            Table::new("Commands", note, &["model", "command", "CPU", "wall", "wall in U", "memory"]).with_two_names();
        for ModelReport { name, stages, contract_seconds, .. } in &self.models {
            for Stage { name: stage, cpu_seconds, wall_seconds, peak_bytes, .. } in stages {
                let cells = [
                    stage.clone(),
                    cpu_seconds.map_or(NONE.into(), seconds),
                    seconds(*wall_seconds),
                    self.in_units(*wall_seconds),
                    peak_bytes.map_or(NONE.into(), |peak| bytes(peak as f64)),
                ];
                table.row(name, cells);
            }
            let contract = [seconds(*contract_seconds), self.in_units(*contract_seconds)];
            let cells = ["contract, in this program's EVM", NONE].map(String::from).into_iter().chain(contract);
            table.row(name, cells.chain([NONE.into()]));
        }
        table
    }

    fn in_units(&self, seconds: f64) -> String {
        format!("{:.2}", seconds / self.unit_seconds)
    }

    fn phases(&self) -> Table {
        let title = "Where the time of proving goes";
        let mut table =
            Table::with_columns(title, "Reading files and loading keys are not included.", "phase", &self.names());
        for path in PHASES {
            let time = |model: &ModelReport| model.stage("prove")?.phase(path);
            table.row(path, self.models.iter().map(|model| time(model).map_or(NONE.into(), seconds)));
        }
        table
    }

    fn sizes(&self) -> Table {
        let note = "Proofs come with the answer. The reference string is shared, and made here for development.";
        let mut table = Table::with_columns("Sizes", note, "what", &self.names());
        let sizes: Vec<_> = self.models.iter().map(|model| model.sizes.named()).collect();
        for (index, (name, _)) in super::Sizes::default().named().into_iter().enumerate() {
            table.row(name, sizes.iter().map(|sizes| bytes(sizes[index].1 as f64)));
        }
        table
    }

    fn gas(&self) -> Table {
        let note = "By the rules of Osaka, in the EVM inside the program.";
        let mut table = Table::with_columns("Gas of a settlement", note, "part", &self.names());
        table.row("total", self.models.iter().map(|model| grouped(model.gas.transaction)));
        table.row("predicted by compile", self.models.iter().map(|model| grouped(model.estimates.gas as u64)));
        let parts: Vec<_> = self.models.iter().map(|model| gas_parts(&model.gas)).collect();
        for (index, part) in GAS_PARTS.into_iter().enumerate() {
            table.row(part, parts.iter().map(|gas| grouped(gas[index])));
        }
        table
    }

    fn batches(&self) -> Table {
        let note = "One proof for all answers, against a proof for each. Times are of proving and settling, without reading files.";
        let head = ["model", "answers", "proving", "an answer", "alone", "times as fast", "gas", "an answer", "alone"];
        let mut table = Table::new("Batches", note, &head);
        for batch in &self.batches {
            let BatchReport { model, size, single, batch: all } = batch;
            let cells = [
                size.to_string(),
                seconds(all.seconds()),
                seconds(all.seconds() / *size as f64),
                seconds(single.seconds()),
                format!("{:.1}", batch.speedup()),
                grouped(all.gas.transaction),
                grouped(all.gas.transaction / *size as u64),
                grouped(single.gas.transaction),
            ];
            table.row(model, cells);
        }
        table
    }

    fn growth(&self) -> Table {
        let note = "The exponent of the best fitting power of the size, by least squares of logarithms. 1 grows as the size does.";
        let names: Vec<&str> = self.scaling.iter().map(|series| series.knob.name()).collect();
        let mut table = Table::with_columns("Growth", note, "cost", &names);
        for cost in Cost::ALL {
            let exponent = |series: &Series| {
                let growth = series.growth.iter().find(|growth| growth.figure == cost.name())?;
                Some(format!("{:.2}", growth.exponent))
            };
            table.row(cost.name(), self.scaling.iter().map(|series| exponent(series).unwrap_or(NONE.into())));
        }
        table
    }

    fn peers_table(&self) -> Table {
        let peers = &self.peers;
        if let Some(reason) = &peers.absent {
            let mut table = Table::new("Peers", "", &[]).with_two_names();
            table.row("EZKL is not measured", [reason.clone()]);
            return table;
        }
        let note = format!(
            "{} with its settings `{}`, in turn with Hallmark. A ratio above 1 means that it takes more.",
            peers.peer, peers.settings
        );
        let head =
            ["model", "side", "CPU", "wall", "memory", "prover's key", "proof", "gas", "largest error", "same class"];
        let mut table = Table::new("Peers", &note, &head).with_two_names();
        peers.models.iter().for_each(|run| add_peers(&mut table, run));
        table
    }

    fn skipped(&self) -> Table {
        let mut table = Table::new("Models without a comparison", "", &["model", "why"]).with_two_names();
        for run in &self.peers.models {
            run.skipped.iter().for_each(|reason| table.row(&run.model, [reason.clone()]));
        }
        table
    }

    fn names(&self) -> Vec<&str> {
        self.models.iter().map(|model| model.name.as_str()).collect()
    }
}

/// The gas of each of [`GAS_PARTS`].
pub(super) fn gas_parts(gas: &GasReport) -> [u64; 9] {
    gas.parts().map(|(_, gas)| gas)
}

fn points(series: &Series) -> Table {
    let (title, note) = match series.knob {
        Knob::Activations => ("Scaling: activations", "A convolution of 8 channels over larger images."),
        Knob::Weights => ("Scaling: weights", "A convolution of 16 channels with larger kernels."),
        Knob::Channels => {
            ("Scaling: channels", "A convolution with more channels: four times the weights for twice the channels.")
        }
        Knob::Layers => ("Scaling: layers", "More convolutions of 8 channels."),
    };
    let head: Vec<&str> = [series.knob.name()].into_iter().chain(Cost::ALL.map(Cost::name)).collect();
    let mut table = Table::new(title, note, &head);
    for point in &series.points {
        let cells = costs(&point.model).map(|(cost, value)| value.map_or(NONE.into(), |value| cost.show(value)));
        table.row(&grouped(point.size as u64), cells);
    }
    table
}

fn add_peers(table: &mut Table, run: &PeerRun) {
    let PeerRun { model, hallmark, peers, .. } = run;
    let sides = hallmark.iter().map(|side| ("Hallmark".to_owned(), side));
    let others = peers.iter().map(|Peer { variant, side, .. }| (format!("EZKL, {variant}"), side));
    for (name, side) in sides.chain(others) {
        let undeployable = if side.deployable == Some(false) { ", too large for a chain" } else { "" };
        let cells = [
            name,
            seconds(side.cpu_seconds),
            seconds(side.wall_seconds),
            bytes(side.peak_bytes),
            bytes(side.key_bytes),
            bytes(side.proof_bytes),
            format!("{}{undeployable}", grouped(side.gas as u64)),
            format!("{:.2e}", side.max_error),
            format!("{} of {}", side.same_class, side.samples),
        ];
        table.row(model, cells);
    }
    for Peer { variant, side, ratios } in peers {
        let ratio = |(name, _): (&str, f64)| ratios.get(name).map_or(NONE.into(), |ratio| format!("{ratio:.2}"));
        table.row(model, [format!("ratio, {variant}")].into_iter().chain(side.costs().map(ratio)));
    }
}
