//! `hallmark compile`: from ONNX to steps of integers.

use std::path::{Path, PathBuf};

use hallmark_circuits::{model::Binding, verifier::statement::Statement};
use serde_json::json;

use super::{CliError, Outcome, gas_cap::GasNeeds, needs::Needs, next::quoted, overwrite::Overwrite};
use hallmark_compiling::{Calibration, CompileOptions, Report, RowChoice, Task, compile};
use hallmark_proving::artifact::{MODEL, Model, write_model};
use hallmark_proving::file;
use hallmark_proving::npy::read_labels;
use hallmark_proving::npz::{Arrays, read_arrays};

/// The most bytes of a model, of its calibration data or of their labels.
const MAX_SOURCE_BYTES: u64 = 1 << 30;

const EXAMPLE: &str = "\
Example: hallmark compile model.onnx --calibration samples.npy --labels labels.npy -o m.hallmark

The samples are what the model usually reads, stacked along the first axis, in the ONNX model's own units; some hundred
are plenty. Their ranges decide the scales of all integers, so that they should look like what the model will be asked.

With --input-digests a settlement's gas does not grow with the input. The settlement has 32 bytes for each sample, a digest that
`hallmark digest` computes. Use it for images and other large inputs. A customer hands the input itself to operators, since
nothing on the chain has it.";

/// Turns an ONNX model into steps of integers.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model
    model: PathBuf,
    /// Samples of the model's input: an array, or an .npz file with one for each input
    #[arg(long, value_name = "NPY")]
    calibration: PathBuf,
    /// The samples' classes, to report how many are found
    #[arg(long, value_name = "NPY")]
    labels: Option<PathBuf>,
    /// The file to write
    #[arg(long, short)]
    output: PathBuf,
    /// Bits of an activation, 4 to 14 [default: the least that keep the answers]
    #[arg(long)]
    activation_bits: Option<u32>,
    /// Bits of an input value, 8 or 16 [default: the least that keep the answers]
    #[arg(long)]
    input_bits: Option<u32>,
    /// Logarithm of every rescale's divisor, 4 to 20 [default: the least that keeps the weights]
    #[arg(long)]
    shift: Option<u32>,
    /// Logarithm of the size of a committed row [default: by the cost model]
    #[arg(long)]
    row_bits: Option<u32>,
    /// The most gas that a settlement should take
    #[arg(long)]
    gas_budget: Option<u64>,
    /// The greatest mean error to accept, as a share of the outputs' spread, such as 0.02 [default: warn above 0.01]
    #[arg(long)]
    tolerance: Option<f64>,
    /// What the answers are for, which decides what wider numbers must keep: classify, binary, regress, embed or next-token
    /// [default: by the model's form]
    #[arg(long)]
    task: Option<Task>,
    /// The size of an axis of the input that the model leaves open, such as batch=1; once for each
    #[arg(long = "dim", value_name = "NAME=SIZE", value_parser = parse_dim)]
    dims: Vec<(String, usize)>,
    /// An output to compile, or another tensor to compile up to; once for each [default: all of the model's outputs]
    #[arg(long = "output-name", value_name = "TENSOR")]
    output_names: Vec<String>,
    /// Tell contracts a Poseidon digest of the input, 32 bytes a sample, in the place of the input
    #[arg(long)]
    input_digests: bool,
    #[command(flatten)]
    overwrite: Overwrite,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let inputs = [Some(&self.model), Some(&self.calibration), self.labels.as_ref()];
        let inputs: Vec<&Path> = inputs.into_iter().flatten().map(PathBuf::as_path).collect();
        self.overwrite.check([(self.output.as_path(), MODEL)], &inputs)?;
        let onnx = file::load(&self.model, MAX_SOURCE_BYTES)?;
        let calibration = read_arrays(&self.calibration, MAX_SOURCE_BYTES)?;
        let calibration = match &calibration {
            Arrays::One(array) => Calibration::from(array),
            Arrays::Named(arrays) => Calibration::from(arrays),
        };
        let compiled = compile(&onnx, calibration, self.read_labels()?.as_deref(), &self.options())?;
        let (report, digest) = (compiled.report, compiled.architecture.digest().to_string());
        let model = Model { architecture: compiled.architecture, weights: compiled.weights, commitment: None };
        let stored = write_model(self.overwrite.target(&self.output), &model)?;
        let statement = Statement::new(&model.architecture)?;
        let (needs, excess) = (Needs::of(&statement, &[]), GasNeeds::of(&statement).excess());
        let text = format!(
            "{report}{}Needs\n  a structured reference string of {needs}: `srs new --insecure --log-size {}` to try, or `srs import` \
             of a ceremony as large\n\nWrote {}: architecture {digest}",
            rows(&report, needs.circuit_bits()),
            needs.log_size(),
            self.output.display()
        );
        let mut json = json!(report);
        json["file"] = json!(self.output.display().to_string());
        json["architecture_digest"] = json!(digest);
        needs.describe(&mut json);
        json["settles"] = json!(excess.is_none());
        let next = format!("hallmark commit {} --srs SRS", quoted(&self.output));
        let outcome = Outcome::done(text, json).with_kept(&stored).with_next(next);
        Ok(match excess {
            Some(excess) => outcome.with_warning(excess.to_string()),
            None => outcome,
        })
    }

    fn read_labels(&self) -> Result<Option<Vec<i64>>, CliError> {
        let Some(path) = &self.labels else { return Ok(None) };
        let labels = read_labels(path, MAX_SOURCE_BYTES)?;
        // They were read from signed integers.
        Ok(Some(labels.into_iter().map(|label| label as i64).collect()))
    }

    /// The folder of the model's file, where weights may lie beside it.
    fn folder(&self) -> PathBuf {
        match self.model.parent() {
            Some(folder) if folder != Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    fn options(&self) -> CompileOptions {
        CompileOptions {
            activation_bits: self.activation_bits,
            input_bits: self.input_bits,
            shift: self.shift,
            row_bits: self.row_bits,
            gas_budget: self.gas_budget,
            tolerance: self.tolerance,
            task: self.task,
            dims: self.dims.clone(),
            outputs: self.output_names.clone(),
            binding: if self.input_digests { Binding::Digests(1) } else { Binding::Values },
            folder: Some(self.folder()),
        }
    }
}

/// What rows of other sizes would cost. The settlement circuit needs powers of its own, of which a row needs no more.
fn rows(report: &Report, circuit_bits: u32) -> String {
    let mut text = String::from("Rows    powers    market gas    proof for settlement\n");
    for choice in &report.rows {
        let RowChoice { row_bits, market_gas, settlement_seconds, relative_seconds } = *choice;
        let mark = if row_bits == report.widths.row_bits { "  <- chosen" } else { "" };
        let powers = row_bits.max(circuit_bits);
        text += &format!(
            "  2^{row_bits:<3} 2^{powers:<5} {market_gas:>12.0} {settlement_seconds:>10.2} s, {relative_seconds:.2} times{mark}\n"
        );
    }
    text
}

/// Reads `NAME=SIZE`.
fn parse_dim(text: &str) -> Result<(String, usize), String> {
    let (name, size) = text.split_once('=').ok_or("it must be NAME=SIZE, such as batch=1")?;
    let size = size.parse().map_err(|_| format!("the size `{size}` is not a whole number"))?;
    Ok((name.to_owned(), size))
}
