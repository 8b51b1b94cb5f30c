//! `hallmark compile`: from ONNX to steps of integers.

use std::path::PathBuf;

use hallmark_circuits::{model::Binding, verifier::statement::Statement};
use hallmark_compiling::{CompileOptions, Task};
use hallmark_local::{Compilation, Compiled, Given};
use serde_json::json;

use super::{CliError, Outcome, gas_cap::GasNeeds, next::quoted, outcome::Say, overwrite::Force};

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
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let Compiled { outcome, architecture } = self.compilation().run()?;
        let excess = GasNeeds::of(&Statement::new(&architecture)?).excess();
        let mut outcome = outcome.with_next(format!("hallmark commit {} --srs SRS", quoted(&self.output)));
        outcome.json["settles"] = json!(excess.is_none());
        Ok(match excess {
            Some(excess) => outcome.with_warning(excess.to_string()),
            None => outcome,
        })
    }

    fn compilation(&self) -> Compilation {
        Compilation {
            model: self.model.as_path().into(),
            calibration: self.calibration.as_path().into(),
            labels: self.labels.as_deref().map(Given::from),
            output: self.output.clone(),
            options: self.options(),
            overwrite: self.overwrite.rule(),
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
            folder: None,
        }
    }
}

/// Reads `NAME=SIZE`.
fn parse_dim(text: &str) -> Result<(String, usize), String> {
    let (name, size) = text.split_once('=').ok_or("it must be NAME=SIZE, such as batch=1")?;
    let size = size.parse().map_err(|_| format!("the size `{size}` is not a whole number"))?;
    Ok((name.to_owned(), size))
}
