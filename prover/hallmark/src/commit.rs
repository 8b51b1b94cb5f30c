//! `hallmark commit`: to a model's weights.

use std::fs;
use std::path::{Path, PathBuf};

use hallmark_circuits::{settlement::trusted::SettlementKey, verifier::statement::Statement};
use serde_json::json;

use super::{CliError, Digest, Outcome, needs::Needs};
use hallmark_proving::artifact::{Model, read_model, write_model};
use hallmark_proving::proving::commit;

const EXAMPLE: &str = "\
Example: hallmark commit m.hallmark --srs srs.bin

The model digest names the model: weights, architecture, tables, setup and the circuit that a contract checks proofs with. The
weight digest is its part without the circuit. Both tell nothing of the weights, since fresh blinding hides them: committing
again gives other digests. The blinding stays in the model's file, and
without it nothing can be proved under the digest, so keep that file secret and keep a copy. Where the file holds a
commitment already, it is first copied to a file named after that commitment's digest.";

/// Commits to a model's weights.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The compiled model
    model: PathBuf,
    /// The structured reference string
    #[arg(long)]
    srs: PathBuf,
    /// Write to another file than the model's own
    #[arg(long, short)]
    output: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let model = read_model(&self.model)?;
        let needs = Needs::of(&Statement::new(&model.architecture)?);
        let srs = needs.read(&self.srs)?;
        let output = self.output.as_ref().unwrap_or(&self.model);
        let kept = self.keep_commitment(&model, output)?;
        let committed = tracing::info_span!("commit")
            .in_scope(|| commit(model.architecture, model.weights, &srs, &mut rand::rng()))?;
        let digest = Digest(committed.key.digest()).to_string();
        let architecture = Digest(committed.key.architecture.digest()).to_string();
        let rows = committed.key.weights.len();
        let needed = needs.log_size();
        // Without a settlement circuit, or powers for it, there is no model digest.
        let derive = || SettlementKey::derive(committed.key.clone(), srs.powers());
        let model = tracing::info_span!("settlement key").in_scope(derive).ok().map(|key| Digest(key.digest()));
        write_model(output, &Model::from_committed(committed))?;
        let mut text = format!("Wrote {}: {rows} rows of weights\n\nweight digest  {digest}", output.display());
        if let Some(model) = model {
            text +=
                &format!("\nmodel digest   {model}\n\nPublish the model digest with the key of `hallmark export-key`.");
        }
        let json = json!({
            "file": output.display().to_string(),
            "weight_digest": digest,
            "model_digest": model.map(|model| model.to_string()),
            "architecture_digest": architecture,
            "rows": rows,
            "previous": kept.as_ref().map(|path| path.display().to_string()),
        });
        let mut outcome = Outcome::done(text, json).with_setup(srs.is_insecure());
        if needed > srs.log_size() {
            outcome = outcome.with_warning(format!(
                "settling takes a structured reference string of size 2^{needed}, and this one has 2^{}: import more powers \
                 of the same ceremony, or make a larger one and commit again",
                srs.log_size()
            ));
        }
        Ok(match kept {
            None => outcome,
            Some(kept) => outcome.with_warning(format!(
                "the model was committed to before; proofs under that digest need {}",
                kept.display()
            )),
        })
    }

    /// Copies a model that is about to lose its commitment, whose blinding no one could make again.
    fn keep_commitment(&self, model: &Model, output: &Path) -> Result<Option<PathBuf>, CliError> {
        let Some(key) = model.published_key() else { return Ok(None) };
        if !is_same_file(&self.model, output) {
            return Ok(None);
        }
        let digest = Digest(key.digest()).to_string();
        let kept = self.model.with_extension(format!("{}.hallmark", &digest[2..18]));
        write_model(&kept, model)?;
        Ok(Some(kept))
    }
}

fn is_same_file(left: &Path, right: &Path) -> bool {
    left == right || matches!((fs::canonicalize(left), fs::canonicalize(right)), (Ok(left), Ok(right)) if left == right)
}
