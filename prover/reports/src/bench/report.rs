//! Everything that one run of the benchmarks measured.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use hallmark_fixtures::Fixture;
use rayon::ThreadPoolBuilder;
use serde::{Deserialize, Serialize};

use super::{
    BatchReport, BenchError, Build, Knob, Machine, ModelReport, Peers, Series, Settled, Unit, child,
    peers::{self, Peering},
    pipeline,
    subject::Subject,
};
use hallmark_chain::chain::{CREATION, keccak256};
use hallmark_proving::file;

/// What a report's file says that it is.
const FORMAT: &str = "hallmark bench 1";
/// The model that is measured in batches too, and the size of these.
const BATCHED: (&str, usize) = ("digits_mlp", 64);
/// The most bytes of a report.
const MAX_BYTES: u64 = 16 << 20;

/// What to measure.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The models.
    pub models: Vec<&'static Fixture>,
    /// How often each command is run.
    pub runs: usize,
    /// The threads of each command.
    pub threads: usize,
    /// Whether to measure how costs grow.
    pub scaling: bool,
    /// The peer to measure besides.
    pub peering: Option<Peering>,
}

/// Everything that one run of the benchmarks measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What this is.
    pub format: String,
    /// The program.
    pub program: Build,
    /// The machine.
    pub machine: Machine,
    /// When it was measured, in seconds since 1970.
    pub time: u64,
    /// The threads of each command.
    pub threads: usize,
    /// How often each command was run.
    pub runs: usize,
    /// The seconds of U: one multi-scalar multiplication of 2^16 points.
    pub unit_seconds: f64,
    /// The digest of the contract's creation code.
    pub contract_digest: String,
    /// The models.
    pub models: Vec<ModelReport>,
    /// Batches of models that are often asked.
    #[serde(default)]
    pub batches: Vec<BatchReport>,
    /// How costs grow; empty where that was not asked for.
    pub scaling: Vec<Series>,
    /// The same models proved by someone else's prover.
    pub peers: Peers,
}

impl Report {
    /// Measures all that a plan has.
    ///
    /// # Errors
    /// [`BenchError`] names the model and the stage that fails.
    pub fn measure(plan: &Plan) -> Result<Self, BenchError> {
        // Before the run makes load of its own.
        let machine = Machine::this();
        let program = child::Executable::this(plan.threads)?;
        let unit_seconds = unit_seconds(plan.threads)?;
        let model = |fixture: &&Fixture| pipeline::measure(&program, &Subject::from(*fixture), plan.runs);
        let models = plan.models.iter().map(model).collect::<Result<Vec<_>, _>>()?;
        let batched = plan.models.iter().filter(|fixture| fixture.name == BATCHED.0);
        let batch = |fixture: &&Fixture| BatchReport::measure(&program, &Subject::from(*fixture), BATCHED.1, plan.runs);
        let batches = batched.map(batch).collect::<Result<Vec<_>, _>>()?;
        let knobs = if plan.scaling { Knob::ALL.as_slice() } else { &[] };
        let series = |knob: &Knob| Series::measure(&program, *knob, plan.runs);
        let scaling = knobs.iter().map(series).collect::<Result<Vec<_>, _>>()?;
        let peers = match &plan.peering {
            // What was measured so far is not lost where a peer fails.
            Some(peering) => peers::measure(&program, peering, &plan.models, plan.runs)
                .map_or_else(|error| Peers::absent(&error.to_string()), |peers| peers.with_gas(&models)),
            None => Peers::absent("not asked for: `hallmark bench --ezkl PYTHON` measures it in the same run"),
        };
        Ok(Self {
            format: FORMAT.into(),
            program: Build::this(),
            machine,
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            threads: plan.threads,
            runs: plan.runs,
            unit_seconds,
            contract_digest: format!("{:#x}", keccak256(CREATION.trim())),
            models,
            batches,
            scaling,
            peers,
        })
    }

    /// Reads a report that anyone may have written.
    ///
    /// # Errors
    /// [`BenchError::Report`] if the file is no report, and [`BenchError::File`] if it can't be read.
    pub fn read(path: &Path) -> Result<Self, BenchError> {
        let invalid = |reason: String| BenchError::Report { path: path.into(), reason };
        let bytes = file::load(path, MAX_BYTES)?;
        let report: Self = serde_json::from_slice(&bytes).map_err(|error| invalid(error.to_string()))?;
        report.check().map_err(invalid)?;
        Ok(report)
    }

    /// Whether the numbers are such as a run gives, and the text is fit for a terminal.
    fn check(&self) -> Result<(), String> {
        let Self { format, program, machine, unit_seconds, models, batches, .. } = self;
        if format != FORMAT {
            return Err(format!("its format is not {FORMAT:?}: compare reports of one version of the program"));
        }
        let texts =
            [&program.version, &program.commit, &program.compiler, &program.profile, &machine.cpu, &machine.system];
        let batched = batches.iter().map(|batch| &batch.model);
        let names = models.iter().flat_map(|model| {
            let digests = [&model.name, &model.onnx_digest, &model.architecture_digest];
            digests.into_iter().chain(model.stages.iter().map(|stage| &stage.name))
        });
        if texts
            .into_iter()
            .chain([&self.contract_digest])
            .chain(batched)
            .chain(names)
            .any(|text| text.contains(char::is_control))
        {
            return Err("a name in it has control characters".into());
        }
        let numbers = models.iter().flat_map(ModelReport::figures).map(|figure| (figure.name, figure.value));
        let batched = batches.iter().flat_map(|batch| [&batch.single, &batch.batch]).map(Settled::seconds);
        let batched = batched.map(|seconds| ("the time of a batch".to_owned(), seconds));
        let negative =
            numbers.chain(batched).chain([("the unit".into(), *unit_seconds)]).find(|(_, value)| *value < 0.0);
        if machine.load.is_some_and(|load| !(0.0..1e9).contains(&load)) {
            return Err("the machine's load is no load".into());
        }
        negative.map_or(Ok(()), |(name, value)| Err(format!("{name} is {value}, but a cost can't be negative")))
    }
}

/// The unit with as many threads as the commands have.
fn unit_seconds(threads: usize) -> Result<f64, BenchError> {
    let _span = tracing::info_span!("unit").entered();
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| BenchError::Threads(error.to_string()))?;
    Ok(pool.install(|| Unit::default().seconds()))
}
