//! A batch of a model against single proofs: what an answer costs in each.

use std::path::{Path, PathBuf};

use hallmark_circuits::{settlement::trusted::SettlementKey, verifier::statement::Statement};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{BenchError, Call, Measured, Stage, child::Executable, subject::Subject};
use hallmark_chain::chain::GasReport;
use hallmark_proving::artifact::{read_key, read_receipt};
use hallmark_proving::npy::read_floats;
use hallmark_proving::srs::Srs;

const ONNX: &str = "model.onnx";
const CALIBRATION: &str = "calibration.npy";
const INPUT: &str = "input.npy";
const STACK: &str = "stack.npy";
const COMPILED: &str = "compiled.hallmark";
const MODEL: &str = "m.hallmark";
const KEY: &str = "m.key";
const SRS: &str = "srs.bin";

/// Many answers of a model with one proof, and one answer by itself, of the same model with the same keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchReport {
    /// The model.
    pub model: String,
    /// The number of samples of the batch.
    pub size: usize,
    /// One answer.
    pub single: Settled,
    /// All answers of the batch.
    pub batch: Settled,
}

/// What it takes to prove and to settle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settled {
    /// The command that proves.
    pub prove: Stage,
    /// The gas of its verification.
    pub gas: GasReport,
}

impl Settled {
    /// The seconds of proving and of settling that, without those of reading files.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        ["prove", "settle"].iter().filter_map(|phase| self.prove.phase(phase)).sum()
    }
}

impl BatchReport {
    /// How many times as long as the batch as many single proofs take.
    #[must_use]
    pub fn speedup(&self) -> f64 {
        self.single.seconds() * self.size as f64 / self.batch.seconds()
    }

    /// Measures a model in batches of a size.
    pub(super) fn measure(
        program: &Executable,
        subject: &Subject,
        size: usize,
        runs: usize,
    ) -> Result<Self, BenchError> {
        let folder = TempDir::new().map_err(BenchError::Folder)?;
        let bench = Bench { program, subject, folder: folder.path(), size };
        bench.make()?;
        let [single, batch] = [(1, "--input", INPUT), (size, "--inputs", STACK)];
        Ok(Self {
            model: subject.name.clone(),
            size,
            single: bench.settle(single, runs)?,
            batch: bench.settle(batch, runs)?,
        })
    }
}

/// A model that is offered in batches, in a folder.
struct Bench<'b> {
    program: &'b Executable,
    subject: &'b Subject,
    folder: &'b Path,
    size: usize,
}

impl Bench<'_> {
    /// Makes the model and its keys.
    fn make(&self) -> Result<(), BenchError> {
        let files = [ONNX, CALIBRATION, INPUT].map(|name| self.folder.join(name));
        self.subject.write(files.each_ref().map(PathBuf::as_path))?;
        self.subject.write_stack(&self.folder.join(STACK), self.size)?;
        let run = |command, arguments: &[&str]| {
            self.program.run(&self.subject.name, self.folder, command, arguments.iter().copied())
        };
        let compiled = run("compile", &[ONNX, "--calibration", CALIBRATION, "-o", COMPILED])?;
        // A first commitment tells what the batch needs, and a second one has that.
        let mut log_size: u32 = compiled.get("srs_log_size")?;
        for _ in 0..2 {
            run("srs new", &["--insecure", "--log-size", &log_size.to_string(), "-o", SRS, "--force"])?;
            let size = self.size.to_string();
            run("commit", &[COMPILED, "--srs", SRS, "--batches", &size, "-o", MODEL, "--force"])?;
            log_size = run("inspect", &[MODEL])?.get("srs_log_size")?;
        }
        run("export-key", &[MODEL, "-o", KEY])?;
        run("setup", &[MODEL, "--srs", SRS]).map(drop)
    }

    /// Proves one sample or all of them, and has the contract check the proof.
    fn settle(&self, (size, option, input): (usize, &str, &str), runs: usize) -> Result<Settled, BenchError> {
        let proof = format!("{size}.proof");
        let arguments = [MODEL, "--srs", SRS, option, input, "-o", &proof, "--force"];
        let run = |_| self.program.run(&self.subject.name, self.folder, "prove", arguments)?.measured();
        let taken = (0..runs).map(run).collect::<Result<Vec<Measured>, _>>()?;
        let gas = self.call(size, input, &proof)?.measure()?.0;
        Ok(Settled { prove: Stage::new("prove", &taken), gas })
    }

    fn call(&self, size: usize, input: &str, proof: &str) -> Result<Call, BenchError> {
        let srs = Srs::read(self.folder.join(SRS))?;
        let model = SettlementKey::derive(read_key(&self.folder.join(KEY))?, srs.powers())?;
        let key = if size == 1 { model } else { model.batch(size)? };
        let statement = Statement::new(&key.model().key().architecture)?;
        let receipt = read_receipt(&self.folder.join(proof), &statement)?;
        let samples = read_floats(&self.folder.join(input), u64::MAX)?;
        let port = &statement.model.input;
        let integers: Vec<i64> =
            samples.iter().enumerate().map(|(index, value)| port.quantize(index, *value)).collect();
        Call::of(&key, &integers, &receipt)
    }
}
