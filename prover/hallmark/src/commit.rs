//! `hallmark commit`: to a model's weights.

use std::fs;
use std::path::{Path, PathBuf};

use hallmark_circuits::verifier::statement::Statement;
use serde_json::json;

use super::{CliError, Digest, Outcome, needs::Needs};
use hallmark_proving::artifact::{Model, read_model, write_model};
use hallmark_proving::proving::commit;
use hallmark_proving::srs::Srs;

const EXAMPLE: &str = "\
Example: hallmark commit m.hallmark --srs srs.bin

The weight digest names the weights and what they mean: architecture, tables and setup. It tells nothing of the weights,
since fresh blinding hides them: committing again gives another digest. The blinding stays in the model's file, and
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
        let srs = Srs::read(&self.srs)?;
        let output = self.output.as_ref().unwrap_or(&self.model);
        let kept = self.keep_commitment(&model, output)?;
        let committed = tracing::info_span!("commit")
            .in_scope(|| commit(model.architecture, model.weights, &srs, &mut rand::rng()))?;
        let digest = Digest(committed.key.digest()).to_string();
        let architecture = Digest(committed.key.architecture.digest()).to_string();
        let rows = committed.key.weights.len();
        let needed = Needs::of(&Statement::new(&committed.key.architecture)?).log_size();
        write_model(output, &Model::from_committed(committed, srs.is_insecure()))?;
        let text = format!(
            "Wrote {}: {rows} rows of weights\n\nweight digest  {digest}\n\nPublish it with the key of `hallmark export-key`.",
            output.display()
        );
        let json = json!({
            "file": output.display().to_string(),
            "weight_digest": digest,
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
        let digest = Digest(key.key.digest()).to_string();
        let kept = self.model.with_extension(format!("{}.hallmark", &digest[2..18]));
        write_model(&kept, model)?;
        Ok(Some(kept))
    }
}

fn is_same_file(left: &Path, right: &Path) -> bool {
    left == right || matches!((fs::canonicalize(left), fs::canonicalize(right)), (Ok(left), Ok(right)) if left == right)
}
