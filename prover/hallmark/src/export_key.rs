//! `hallmark export-key`: what verifiers need.

use std::path::PathBuf;

use serde_json::json;

use super::{CliError, Outcome, next::quoted, overwrite::Overwrite};
use hallmark_proving::artifact::{read_model, write_key};
use hallmark_proving::file::{Form, Kind};

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
    overwrite: Overwrite,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        self.overwrite.check([(self.output.as_path(), Form::of(Kind::Key))], &[&self.model])?;
        let model = read_model(&self.model)?;
        let key = model.published_key().ok_or_else(|| CliError::Uncommitted { path: self.model.clone() })?;
        let stored = write_key(self.overwrite.target(&self.output), &key)?;
        let digest = key.digest().to_string();
        let text = format!(
            "Wrote {}\n\nweight digest  {digest}\n\nPublish it with the model digest, which `hallmark setup` prints.",
            self.output.display()
        );
        let json = json!({
            "file": self.output.display().to_string(),
            "weight_digest": digest,
            "batches": key.batches.iter().map(|batch| batch.size()).collect::<Vec<_>>(),
            "architecture_digest": key.architecture.digest().to_string(),
        });
        let next = format!("hallmark setup {} --srs SRS", quoted(&self.model));
        Ok(Outcome::done(text, json).with_setup(key.setup.insecure).with_kept(&stored).with_next(next))
    }
}
