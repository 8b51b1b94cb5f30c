//! `hallmark commit`: to a model's weights.

use std::path::PathBuf;

use hallmark_local::Commitment;

use super::{CliError, Outcome, next::quoted, outcome::Say, overwrite::Force};

const EXAMPLE: &str = "\
Example: hallmark commit m.hallmark --srs srs.bin --batches 8,64

The model digest names the model: weights, architecture, tables, setup, and the circuit with which a contract checks proofs. The
weight digest leaves the circuit out. Neither reveals anything about the weights, because fresh blinding hides them. So a second
commitment has other digests.

The blinding stays in the model's file. Without it nothing can be proved under the digest, so keep this file secret and keep a
copy. The command leaves a committed model as it is. With --force it renames the old file, prints the new name, and writes the
new commitment in its place.

With `--batches`, one proof may answer a stack of samples, at a fraction of the work and of the gas of so many proofs. The model
digest covers the sizes: nothing else can be proved under it. All sizes have the same weights and the same weight digest.";

/// Commits to a model's weights.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The compiled model
    model: PathBuf,
    /// The structured reference string
    #[arg(long)]
    srs: PathBuf,
    /// Offer the model in batches of so many samples too: powers of two up to 4096, separated by commas
    #[arg(long, value_name = "SIZES", value_delimiter = ',')]
    batches: Vec<usize>,
    /// Write to another file than the model's own
    #[arg(long, short)]
    output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let commitment = Commitment {
            model: self.model.clone(),
            srs: self.srs.clone(),
            batches: self.batches.clone(),
            output: self.output.clone(),
            overwrite: self.overwrite.rule(),
        };
        let outcome = commitment.run()?;
        let (output, srs) = (commitment.file(), quoted(&self.srs));
        let model = quoted(output);
        Ok(outcome
            .with_next(format!("hallmark export-key {model} -o {}", quoted(&output.with_extension("key"))))
            .with_next(format!("hallmark prove {model} --srs {srs} --input INPUT.npy -o p.proof")))
    }
}
