//! `hallmark setup`: the keys of a model's settlement.

use std::path::PathBuf;

use hallmark_local::SetupKeys;

use super::{CliError, Outcome, next::quoted, outcome::Say, overwrite::Force};

const EXAMPLE: &str = "\
Example: hallmark setup m.hallmark --srs srs.bin
         hallmark setup m.key --srs srs.bin --blob m.blob

The keys follow from the architecture and the setup, with no secret: whoever runs this gets the same digests. The digest of the
settlement architecture takes no weights, so that a compiled model has it before it is committed to. The model digest is that
of the whole settlement key: it covers the circuit, the setup and the weight digest. A contract pins it, and it is the one
value to quote. The file spares `hallmark prove` some seconds and is checked when it
is read. Where it is there and right it is not made again; it may be deleted, and `hallmark verify` does without.";

/// Derives the keys of a model's settlement.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// A compiled or committed model, or a verifying key
    model: PathBuf,
    /// The structured reference string
    #[arg(long)]
    srs: PathBuf,
    /// The file of keys to write [default: the model's name with the extension .settlement]
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// Write the settlement key too, the bytes that a contract is deployed with
    #[arg(long, value_name = "FILE")]
    blob: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let setup = SetupKeys {
            model: self.model.clone(),
            srs: self.srs.clone(),
            output: self.output.clone(),
            blob: self.blob.clone(),
            overwrite: self.overwrite.rule(),
        };
        let outcome = setup.run()?;
        let (model, srs) = (quoted(&self.model), quoted(&self.srs));
        // Only a model that is committed to has such a digest.
        let next = if outcome.json["model_digest"].is_string() {
            format!("hallmark register {model} --srs {srs} --registry REGISTRY")
        } else {
            format!("hallmark commit {model} --srs {srs}")
        };
        Ok(outcome.with_next(next))
    }
}
