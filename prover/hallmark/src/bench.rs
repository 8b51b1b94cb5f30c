//! `hallmark bench`: the program's figures on this machine.

use std::{fs, num::NonZeroUsize, path::PathBuf};

use clap::builder::PossibleValuesParser;
use hallmark_fixtures::Fixture;
use serde_json::json;

use super::{CliError, Outcome};
use hallmark_proving::file::{self, Form};
use hallmark_reports::bench::{BenchError, Comparison, Peering, Plan, Report};

const EXAMPLE: &str = "\
Example: hallmark bench -o before
         hallmark bench --ezkl target/peers/bin/python
         hallmark bench --compare before/report.json after/report.json --fail-above 1.1

Every stage is run as a command of its own on files in a temporary folder, from `compile` to `verify`, and the proof is settled
on a chain inside the program. The digits MLP is measured in batches of 64 too.

The report has CPU and wall time, memory, the sizes of keys and proofs, calldata, gas and what it
is spent on, accuracy against the float model, and the machine. Close everything else before. DIR/report.html is a page to read,
DIR/report.json what is compared.

U is the time of one multi-scalar multiplication of 2^16 points in the same run: figures in U can be compared with those of other
machines. `--compare` does so by itself where machines or threads differ, and otherwise takes seconds. Commands of some
milliseconds vary from run to run; differences of less than 3 ms are ignored.

EZKL is another prover of ONNX models. benches/peers/setup in the repository installs it, and `--ezkl` has both prove the same
files in turn. Where it is not there, the report says so.";

/// Models that are measured by name or by --all: one takes more memory than others, and the scaling series has the other.
const EXTRA: [&str; 2] = ["dense_4m", "scaled_conv"];
/// What --quick measures.
const QUICK: &str = "digits_mlp";

/// Measures this program on this machine.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The models [default: all but dense_4m and scaled_conv]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = PossibleValuesParser::new(names()))]
    models: Vec<String>,
    /// All models
    #[arg(long, conflicts_with = "models")]
    all: bool,
    /// How often to run each command
    #[arg(long, value_name = "COUNT", default_value = "3")]
    runs: NonZeroUsize,
    /// The threads of each command [default: RAYON_NUM_THREADS, or one for each core]
    #[arg(long, value_name = "COUNT")]
    threads: Option<NonZeroUsize>,
    /// Measure the digits MLP alone, once
    #[arg(long, conflicts_with_all = ["models", "all", "runs"])]
    quick: bool,
    /// Leave out how costs grow with activations, weights, channels and layers
    #[arg(long)]
    no_scaling: bool,
    /// A Python with EZKL, to measure it in the same run
    #[arg(long, value_name = "PYTHON")]
    ezkl: Option<PathBuf>,
    /// The folder of the scripts that run EZKL
    #[arg(long, value_name = "DIR", default_value = "benches/peers", requires = "ezkl")]
    peers: PathBuf,
    /// EZKL's settings: tuned, least-gas, calibrated, default, or a JSON file
    #[arg(long, value_name = "NAME", default_value = "tuned", requires = "ezkl")]
    ezkl_settings: String,
    /// Where to write report.json and report.html
    #[arg(long, short, value_name = "DIR", default_value = "hallmark-bench")]
    output: PathBuf,
    /// Compare two reports instead of measuring
    #[arg(long, num_args = 2, value_names = ["FIRST", "SECOND"],
        conflicts_with_all = ["models", "all", "runs", "threads", "quick", "no_scaling", "ezkl", "output"])]
    compare: Option<Vec<PathBuf>>,
    /// Exit with 1 where a cost in the second report is more than so many times the first's
    #[arg(long, value_name = "RATIO", requires = "compare", value_parser = ratio)]
    fail_above: Option<f64>,
}

fn names() -> impl Iterator<Item = &'static str> {
    Fixture::all().iter().map(|fixture| fixture.name)
}

fn ratio(text: &str) -> Result<f64, &'static str> {
    let ratio = text.parse::<f64>().ok().filter(|ratio| ratio.is_finite() && *ratio > 0.0);
    ratio.ok_or("expected a number above 0, such as 1.1 for a tenth more")
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        match self.compare.as_deref() {
            Some([first, second]) => Ok(self.compare(&Report::read(first)?, &Report::read(second)?)),
            _ => self.measure(),
        }
    }

    fn measure(&self) -> Result<Outcome, CliError> {
        let report = Report::measure(&self.plan())?;
        let [json, html] = ["report.json", "report.html"].map(|name| self.output.join(name));
        fs::create_dir_all(&self.output).map_err(BenchError::Output)?;
        file::store(&json, format!("{:#}\n", json!(report)).as_bytes(), &Form::REPORT)?;
        file::store(&html, report.html().as_bytes(), &Form::PAGE)?;
        let text = format!("{}\nWrote {} and {}", report.text(), json.display(), html.display());
        let outcome = Outcome::done(text, json!(report));
        Ok(match report.program.profile.as_str() {
            "release" => outcome,
            _ => outcome.with_warning("this program was not built with --release: its times mean nothing".into()),
        })
    }

    fn plan(&self) -> Plan {
        let wanted = |name: &str| {
            if self.quick {
                name == QUICK
            } else if self.all {
                true
            } else if self.models.is_empty() {
                !EXTRA.contains(&name)
            } else {
                self.models.iter().any(|model| model == name)
            }
        };
        let peering = |python: &PathBuf| Peering {
            python: python.clone(),
            scripts: self.peers.clone(),
            settings: self.ezkl_settings.clone(),
        };
        Plan {
            models: Fixture::all().iter().filter(|fixture| wanted(fixture.name)).collect(),
            runs: if self.quick { 1 } else { self.runs.get() },
            threads: self.threads.map_or_else(rayon::current_num_threads, NonZeroUsize::get),
            scaling: !self.quick && !self.no_scaling,
            peering: self.ezkl.as_ref().map(peering),
        }
    }

    fn compare(&self, first: &Report, second: &Report) -> Outcome {
        let comparison = Comparison::new(first, second);
        let mut text = comparison.text();
        let worse: Vec<_> = self.fail_above.map_or_else(Vec::new, |limit| comparison.above(limit).collect());
        for change in &worse {
            let times = change.ratio.map_or_else(|| "more than nothing".into(), |ratio| format!("{ratio:.2} times"));
            text += &format!("\nWORSE: {}, {}: {times} what it was", change.model, change.figure);
        }
        let mut json = json!(comparison);
        json["worse"] = json!(worse);
        let outcome = Outcome { accepted: worse.is_empty(), text, json, warnings: Vec::new() };
        comparison.warnings.iter().cloned().fold(outcome, Outcome::with_warning)
    }
}
