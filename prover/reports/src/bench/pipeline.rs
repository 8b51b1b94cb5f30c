//! The commands from a model to a settlement, each measured.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hallmark_circuits::verifier::statement::Statement;
use serde::Deserialize;
use tempfile::TempDir;

use super::{
    BenchError, Call, Measured, ModelReport, Sizes, Stage,
    child::{Answer, Executable, FACTS},
    median,
    subject::Subject,
};
use hallmark_chain::chain::{GasReport, keccak256};
use hallmark_proving::artifact::{read_key, read_receipt};
use hallmark_proving::npy::read_floats;
use hallmark_proving::srs::Srs;

const ONNX: &str = "model.onnx";
const CALIBRATION: &str = "calibration.npy";
const INPUT: &str = "input.npy";
const COMPILED: &str = "compiled.hallmark";
const MODEL: &str = "m.hallmark";
const KEYS: &str = "m.settlement";
const KEY: &str = "m.key";
const BLOB: &str = "m.blob";
const SRS: &str = "srs.bin";
const OFF_CHAIN: &str = "off_chain.proof";
const SETTLEMENT: &str = "settlement.proof";
/// The name of the stage of an off-chain proof, which is a command with an option.
pub(super) const PROVE_OFF_CHAIN: &str = "prove --off-chain";
/// The stages, in the order in which they are first run. An off-chain proof's check is told from a settlement's by its name.
pub(super) const STAGES: [&str; 9] =
    ["compile", "srs new", "commit", "setup", PROVE_OFF_CHAIN, PROVE_FIRST, "prove", VERIFY_OFF_CHAIN, "verify"];
/// The name of the stage of a proof on a machine that has checked none of its files before.
pub(super) const PROVE_FIRST: &str = "prove, the first";
pub(super) const VERIFY_OFF_CHAIN: &str = "verify off-chain";

/// Measures a model in a folder of its own.
pub(super) fn measure(program: &Executable, subject: &Subject, runs: usize) -> Result<ModelReport, BenchError> {
    let folder = TempDir::new().map_err(BenchError::Folder)?;
    Pipeline::new(program, subject, folder.path()).measure(runs)
}

/// A model on its way through the commands.
struct Pipeline<'p> {
    program: &'p Executable,
    subject: &'p Subject,
    folder: &'p Path,
    taken: Vec<(&'static str, Vec<Measured>)>,
}

/// The settlement circuit in the answer of `compile`.
#[derive(Deserialize)]
struct Rows {
    rows: usize,
    log_rows: u32,
}

impl<'p> Pipeline<'p> {
    fn new(program: &'p Executable, subject: &'p Subject, folder: &'p Path) -> Self {
        Self { program, subject, folder, taken: STAGES.map(|stage| (stage, Vec::new())).into() }
    }

    fn measure(mut self, runs: usize) -> Result<ModelReport, BenchError> {
        let files = [ONNX, CALIBRATION, INPUT].map(|name| self.folder.join(name));
        self.subject.write(files.each_ref().map(PathBuf::as_path))?;
        let compiled = self.compile()?;
        let log_size: u32 = compiled.get("srs_log_size")?;
        self.run("srs new", "srs new", &["--insecure", "--log-size", &log_size.to_string(), "-o", SRS])?;
        for _ in 1..runs {
            self.compile()?;
        }
        for _ in 0..runs {
            self.prove()?;
        }
        let mut call = self.call()?;
        let settled = (0..runs).map(|_| call.measure()).collect::<Result<Vec<_>, _>>()?;
        self.report(&compiled, &settled)
    }

    fn compile(&mut self) -> Result<Answer, BenchError> {
        self.run("compile", "compile", &[ONNX, "--calibration", CALIBRATION, "-o", COMPILED])
    }

    /// Commits and makes keys afresh, proves in both ways, and verifies.
    fn prove(&mut self) -> Result<(), BenchError> {
        let committed = self.run("commit", "commit", &[COMPILED, "--srs", SRS, "-o", MODEL, "--force"])?;
        let digest: String = committed.get("model_digest")?;
        self.program.run(&self.subject.name, self.folder, "export-key", [MODEL, "-o", KEY])?;
        // Keys that are there would be found again.
        let _ = fs::remove_file(self.folder.join(KEYS));
        self.run("setup", "setup", &[MODEL, "--srs", SRS, "--blob", BLOB, "--force"])?;
        let proving = [MODEL, "--srs", SRS, "--input", INPUT, "-o"];
        self.run(PROVE_OFF_CHAIN, "prove", &[&proving[..], &[OFF_CHAIN, "--off-chain"]].concat())?;
        let _ = fs::remove_dir_all(self.folder.join(FACTS));
        for stage in [PROVE_FIRST, "prove"] {
            self.run(stage, "prove", &[&proving[..], &[SETTLEMENT, "--force"]].concat())?;
        }
        for (stage, proof) in [(VERIFY_OFF_CHAIN, OFF_CHAIN), ("verify", SETTLEMENT)] {
            self.run(stage, "verify", &[proof, "--key", KEY, "--srs", SRS, "--digest", &digest, "--input", INPUT])?;
        }
        Ok(())
    }

    fn run(&mut self, stage: &str, command: &'static str, arguments: &[&str]) -> Result<Answer, BenchError> {
        let answer = self.program.run(&self.subject.name, self.folder, command, arguments.iter().copied())?;
        let measured = answer.measured()?;
        if let Some((_, taken)) = self.taken.iter_mut().find(|(name, _)| *name == stage) {
            taken.push(measured);
        }
        Ok(answer)
    }

    /// The contract with the model's key, and the last proof.
    fn call(&self) -> Result<Call, BenchError> {
        let published = read_key(&self.folder.join(KEY))?;
        let statement = Statement::new(&published.architecture)?;
        let receipt = read_receipt(&self.folder.join(SETTLEMENT), &statement)?;
        let srs = Srs::read(self.folder.join(SRS))?;
        let input = read_floats(&self.folder.join(INPUT), u64::MAX)?;
        let port = &statement.model.input;
        let input: Vec<i64> = input.iter().enumerate().map(|(index, value)| port.quantize(index, *value)).collect();
        Call::new(&published, &srs, &input, &receipt)
    }

    fn report(self, compiled: &Answer, settled: &[(GasReport, f64)]) -> Result<ModelReport, BenchError> {
        let Rows { rows, log_rows } = compiled.get("settlement")?;
        let (gas, _) = settled.first().cloned().ok_or(BenchError::OffChain)?;
        let size = |file: &str| fs::metadata(self.folder.join(file)).map_or(0, |file| file.len());
        Ok(ModelReport {
            name: self.subject.name.clone(),
            summary: self.subject.summary.clone(),
            onnx_digest: format!("{:#x}", keccak256(&self.subject.onnx)),
            architecture_digest: compiled.get("architecture_digest")?,
            counts: compiled.get("counts")?,
            estimates: compiled.get("estimates")?,
            widths: compiled.get("widths")?,
            samples: compiled.get("samples")?,
            accuracy: compiled.get("accuracy")?,
            rows,
            log_rows,
            sizes: Sizes {
                reference_string: size(SRS),
                proving_key: size(MODEL),
                settlement_keys: size(KEYS),
                verifying_key: size(KEY),
                contract_key: size(BLOB),
                off_chain_proof: size(OFF_CHAIN),
                settlement_proof: size(SETTLEMENT),
                calldata: gas.calldata_bytes as u64,
            },
            stages: self.taken.iter().map(|(name, runs)| Stage::new(name, runs)).collect(),
            gas,
            contract_seconds: median(settled.iter().map(|(_, seconds)| *seconds).collect()),
        })
    }
}
