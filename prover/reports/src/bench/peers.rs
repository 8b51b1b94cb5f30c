//! The same models proved by EZKL, by the scripts of `benches/peers`, which let both provers run in turn.

use std::{
    collections::BTreeMap,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use hallmark_fixtures::Fixture;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{BenchError, ModelReport, child::Executable, subject::Subject};
use hallmark_proving::file;

/// The most bytes of what the scripts report.
const MAX_BYTES: u64 = 16 << 20;
/// The script that runs both provers.
const SCRIPT: &str = "compare.py";

/// How to find the peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peering {
    /// A Python that has EZKL.
    pub python: PathBuf,
    /// The folder of the scripts.
    pub scripts: PathBuf,
    /// Which of EZKL's settings to take.
    pub settings: String,
}

/// What the peer took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Peers {
    /// Why nothing was measured, where nothing was.
    pub absent: Option<String>,
    /// The peer and its version.
    pub peer: String,
    /// Which of its settings were taken.
    pub settings: String,
    /// The models in the order in which they were measured.
    pub models: Vec<PeerRun>,
}

/// One model, proved by both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PeerRun {
    /// The model.
    pub model: String,
    /// Why the peer did not prove it, where it did not.
    pub skipped: Option<String>,
    /// Our side, measured as the other.
    pub hallmark: Option<Side>,
    /// The peer, in each of its variants.
    pub peers: Vec<Peer>,
}

/// A variant of the peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// What becomes of the weights: `polycommit` or `fixed`.
    pub variant: String,
    /// Its figures.
    pub side: Side,
    /// How many times ours its figures are: above 1, it takes more.
    pub ratios: BTreeMap<String, f64>,
}

/// The figures of one side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The time of all threads to prove.
    pub cpu_seconds: f64,
    /// The time that passes.
    pub wall_seconds: f64,
    /// The most memory.
    pub peak_bytes: f64,
    /// The prover's key.
    pub key_bytes: f64,
    /// The proof.
    pub proof_bytes: f64,
    /// To verify on a chain.
    pub gas: f64,
    /// The largest error of any output, against the float model.
    pub max_error: f64,
    /// How many samples have the float model's class.
    pub same_class: usize,
    /// Of how many.
    pub samples: usize,
    /// Whether a chain takes the contract.
    #[serde(default)]
    pub deployable: Option<bool>,
}

/// What the script writes.
#[derive(Deserialize)]
struct Recorded {
    ezkl: String,
    version: Option<String>,
    models: BTreeMap<String, BTreeMap<String, Side>>,
    skipped: BTreeMap<String, String>,
}

impl Peers {
    /// Nothing was measured.
    #[must_use]
    pub fn absent(reason: &str) -> Self {
        Self { absent: Some(reason.into()), ..Self::default() }
    }

    /// What the scripts recorded of some models.
    ///
    /// # Errors
    /// [`BenchError::Peers`] if the scripts recorded something else.
    pub fn from_recorded(json: &[u8], settings: &str, names: &[&str]) -> Result<Self, BenchError> {
        let recorded: Recorded = serde_json::from_slice(json)
            .map_err(|error| BenchError::Peers(format!("{SCRIPT} wrote something else than its report: {error}")))?;
        let Some(version) = recorded.version else { return Ok(Self::absent(&recorded.ezkl)) };
        let run = |name: &&str| PeerRun::new(name, recorded.models.get(*name), recorded.skipped.get(*name));
        Ok(Self {
            absent: None,
            peer: format!("EZKL {version}"),
            settings: settings.into(),
            models: names.iter().map(run).collect(),
        })
    }

    /// Takes our gas as it was measured in this run.
    #[must_use]
    pub(super) fn with_gas(mut self, models: &[ModelReport]) -> Self {
        for run in &mut self.models {
            let measured = models.iter().find(|model| model.name == run.model);
            if let (Some(side), Some(model)) = (&mut run.hallmark, measured) {
                side.gas = model.gas.transaction as f64;
            }
            run.compare();
        }
        self
    }
}

impl PeerRun {
    fn new(model: &str, sides: Option<&BTreeMap<String, Side>>, skipped: Option<&String>) -> Self {
        let mut sides = sides.cloned().unwrap_or_default();
        let hallmark = sides.remove("hallmark");
        let peer = |(variant, side)| Peer { variant, side, ratios: BTreeMap::new() };
        let peers = sides.into_iter().map(peer).collect();
        let mut run = Self { model: model.into(), skipped: skipped.cloned(), hallmark, peers };
        run.compare();
        run
    }

    fn compare(&mut self) {
        let Some(ours) = &self.hallmark else { return };
        for Peer { side, ratios, .. } in &mut self.peers {
            let both = side.costs().into_iter().zip(ours.costs());
            let ratio = both.map(|((name, theirs), (_, ours))| (name.to_owned(), theirs / ours));
            *ratios = ratio.filter(|(_, ratio)| ratio.is_finite()).collect();
        }
    }
}

impl Side {
    /// What is compared, less of each being better.
    #[must_use]
    pub const fn costs(&self) -> [(&'static str, f64); 6] {
        [
            ("CPU time", self.cpu_seconds),
            ("wall time", self.wall_seconds),
            ("peak memory", self.peak_bytes),
            ("prover's key", self.key_bytes),
            ("proof", self.proof_bytes),
            ("gas", self.gas),
        ]
    }
}

/// Lets both provers prove each model in turn.
pub(super) fn measure(
    program: &Executable,
    peering: &Peering,
    models: &[&'static Fixture],
    runs: usize,
) -> Result<Peers, BenchError> {
    let script = peering.scripts.join(SCRIPT);
    if !script.is_file() {
        let text =
            format!("there is no {}: name the folder benches/peers of the repository by --peers", script.display());
        return Err(BenchError::Peers(text));
    }
    let folder = TempDir::new().map_err(BenchError::Folder)?;
    for fixture in models {
        let path = |end: &str| folder.path().join(format!("{}{end}", fixture.name));
        let files = [path(".onnx"), path("_calibration.npy"), path("_input.npy")];
        Subject::from(*fixture).write(files.each_ref().map(PathBuf::as_path))?;
    }
    let names: Vec<&str> = models.iter().map(|fixture| fixture.name).collect();
    let report = run_script(program, peering, folder.path(), &names, runs)?;
    Peers::from_recorded(&file::load(&report, MAX_BYTES)?, &peering.settings, &names)
}

/// Runs the script, which tells of its progress on standard error, and gives the file that it writes.
fn run_script(
    program: &Executable,
    peering: &Peering,
    folder: &Path,
    names: &[&str],
    runs: usize,
) -> Result<PathBuf, BenchError> {
    let _span = tracing::info_span!("peers").entered();
    let start = |error| BenchError::Start { program: peering.python.clone(), error };
    let (report, log) = (folder.join("peers.json"), folder.join("peers.log"));
    let status = Command::new(&peering.python)
        .arg(peering.scripts.join(SCRIPT))
        .arg("--hallmark")
        .arg(program.path())
        .arg("--fixtures")
        .arg(folder)
        .arg("--work")
        .arg(folder.join("work"))
        .arg("--json")
        .arg(&report)
        .args(["--settings", &peering.settings, "--threads", &program.threads().to_string()])
        .args(["--repeat", &runs.to_string()])
        .args(names)
        .stdin(Stdio::null())
        .stdout(File::create(&log).map_err(start)?)
        .status()
        .map_err(start)?;
    if status.success() {
        Ok(report)
    } else {
        Err(BenchError::Peers(format!("{SCRIPT} ends with {status}, see above")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &[u8] = include_bytes!("recorded_peers.json");

    #[test]
    fn ratios_are_the_peers_figures_over_ours() {
        let peers = Peers::from_recorded(RECORDED, "tuned", &["digits_mlp", "cnn_264k"]).unwrap();
        assert_eq!((peers.absent, peers.peer.as_str()), (None, "EZKL 23.0.5"));
        let [mlp, cnn] = peers.models.as_slice() else { panic!("two models") };
        let variants: Vec<&str> = mlp.peers.iter().map(|peer| peer.variant.as_str()).collect();
        assert_eq!(variants, ["fixed", "polycommit"]);
        assert_eq!(mlp.peers[0].ratios["CPU time"], 2.0);
        assert_eq!(mlp.peers[1].ratios["gas"], 1.5);
        assert_eq!(mlp.peers[1].ratios.len(), 6);
        assert!(cnn.hallmark.is_some() && cnn.peers.is_empty());
        assert!(cnn.skipped.as_ref().unwrap().contains("22"));
    }

    #[test]
    fn a_peer_that_is_not_there_is_told_of() {
        let json = br#"{"ezkl": "this Python has no EZKL", "version": null, "models": {}, "skipped": {}}"#;
        let peers = Peers::from_recorded(json, "tuned", &["digits_mlp"]).unwrap();
        assert_eq!(peers.absent.unwrap(), "this Python has no EZKL");
        for hostile in [&b""[..], b"{}", b"[1]", br#"{"ezkl": 1}"#] {
            let error = Peers::from_recorded(hostile, "tuned", &[]).unwrap_err();
            assert!(error.to_string().contains("something else"), "{error}");
        }
    }
}
