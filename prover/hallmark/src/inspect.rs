//! `hallmark inspect`: what a model or a key is.

use std::path::PathBuf;

use hallmark_local::Inspection;

use super::{CliError, Outcome};

/// Shows a model's or a key's graph, layout, widths and digests.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: hallmark inspect m.hallmark\n         hallmark inspect m.key --json")]
pub(super) struct Args {
    /// A model or a verifying key
    file: PathBuf,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        Ok(Inspection { file: self.file.clone() }.run()?)
    }
}
