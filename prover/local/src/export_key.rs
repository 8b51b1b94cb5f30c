//! The key that verifiers need.

use std::path::PathBuf;

use serde_json::json;

use super::{LocalError, Outcome, overwrite::Overwrite};
use hallmark_proving::artifact::{read_model, write_key};
use hallmark_proving::file::{Form, Kind};

/// Writes a model's verifying key: architecture and commitments, no weights.
#[derive(Clone, Debug)]
pub struct KeyExport {
    /// The committed model.
    pub model: PathBuf,
    /// The file to write.
    pub output: PathBuf,
    /// Whether that file may be replaced.
    pub overwrite: Overwrite,
}

impl KeyExport {
    /// Writes the key.
    ///
    /// # Errors
    /// [`LocalError`] if a file is of no use, or the model is not committed to.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        self.overwrite.check([(self.output.as_path(), Form::of(Kind::Key))], &[&self.model])?;
        let model = read_model(&self.model)?;
        let key = model.published_key().ok_or_else(|| LocalError::Uncommitted { path: self.model.clone() })?;
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
        Ok(Outcome::done(text, json).with_setup(key.setup.insecure).with_kept(&stored))
    }
}
