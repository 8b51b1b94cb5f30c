//! `hallmark export-key`: what verifiers need.

use std::path::PathBuf;

use hallmark_local::KeyExport;

use super::{CliError, Outcome, next::quoted, outcome::Say, overwrite::Force};

/// Writes the verifying key: architecture and commitments, no weights.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: hallmark export-key m.hallmark -o m.key")]
pub(super) struct Args {
    /// The committed model
    model: PathBuf,
    /// The file to write
    #[arg(long, short)]
    output: PathBuf,
    #[command(flatten)]
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let Self { model, output, overwrite } = self;
        let export = KeyExport { model: model.clone(), output: output.clone(), overwrite: overwrite.rule() };
        Ok(export.run()?.with_next(format!("hallmark setup {} --srs SRS", quoted(model))))
    }
}
