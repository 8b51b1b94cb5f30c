//! Commitments to a model's weights.

use std::path::{Path, PathBuf};

use hallmark_circuits::{
    layout::Layout,
    model::{Architecture, Batch, ModelError, check_batches},
    settlement::trusted::SettlementKey,
    verifier::statement::Statement,
};
use serde_json::json;

use super::{LocalError, Outcome, needs::Needs, overwrite::Overwrite};
use hallmark_compiling::number::count;
use hallmark_proving::artifact::{MODEL, Model, read_model, write_model};
use hallmark_proving::file::{Stamp, Target, is_same};
use hallmark_proving::proving::commit;

/// A batch's rows are so long that its cells take at most `2^CELL_ROWS_BITS` of them. The points of these take about 240,000 gas
/// then, which is less than what settling takes besides.
const CELL_ROWS_BITS: u32 = 3;

/// Commits to a model's weights.
#[derive(Clone, Debug)]
pub struct Commitment {
    /// The compiled model.
    pub model: PathBuf,
    /// The structured reference string.
    pub srs: PathBuf,
    /// The sizes of the batches to offer the model in too: powers of two.
    pub batches: Vec<usize>,
    /// Another file to write than the model's own.
    pub output: Option<PathBuf>,
    /// Whether the file may be replaced.
    pub overwrite: Overwrite,
}

impl Commitment {
    /// The file that is written.
    #[must_use]
    pub fn file(&self) -> &Path {
        self.output.as_ref().unwrap_or(&self.model)
    }

    /// Commits to the weights, and writes the committed model.
    ///
    /// # Errors
    /// [`LocalError`] if a file is of no use, or may not be replaced.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let output = self.file();
        let in_place = is_same(output, &self.model);
        // Before the model is read, so that whatever another program does to the file from now on is noticed.
        let stamp = if in_place { Stamp::of(&self.model)? } else { None };
        let model = read_model(&self.model)?;
        self.check(&model, output, in_place)?;
        let batches = self.offered(&model.architecture)?;
        let needs = Needs::of(&Statement::new(&model.architecture)?, &batches);
        let srs = needs.read(&self.srs)?;
        let mut committed = tracing::info_span!("commit")
            .in_scope(|| commit(model.architecture, model.weights, &srs, &mut rand::rng()))?;
        committed.key.batches = batches;
        let digest = committed.key.digest().to_string();
        let architecture = committed.key.architecture.digest().to_string();
        let rows = committed.key.weights.len();
        let needed = needs.log_size();
        // Without a settlement circuit, or powers for it, there is no model digest.
        let derive = || SettlementKey::derive(committed.key.clone(), srs.powers());
        let model = tracing::info_span!("settlement key").in_scope(derive).ok().map(|key| key.digest());
        let target = Target { unchanged: stamp, ..self.overwrite.target(output) };
        let write = || write_model(target, &Model::from_committed(committed));
        let stored = tracing::info_span!("write").in_scope(write)?;
        let mut text =
            format!("Wrote {}: {} of weights\n\nweight digest  {digest}", output.display(), count(rows, "row"));
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
            "batches": self.sizes(),
            "previous": null,
        });
        let outcome = Outcome::done(text, json).with_setup(srs.is_insecure()).with_kept(&stored);
        if needed <= srs.log_size() {
            return Ok(outcome);
        }
        Ok(outcome.with_warning(format!(
            "settling takes a structured reference string of size 2^{needed}, and this one has 2^{}: import more powers of the \
             same ceremony, or make a larger one and commit again",
            srs.log_size()
        )))
    }

    /// The sizes of the batches, in order.
    fn sizes(&self) -> Vec<usize> {
        let mut sizes = self.batches.clone();
        sizes.sort_unstable();
        sizes
    }

    /// The batches that the model is to be offered in, each of which there has to be.
    fn offered(&self, architecture: &Architecture) -> Result<Vec<Batch>, LocalError> {
        let batch = |size: usize| {
            // Its cells, in rows of the model's length, are as many in rows of any other.
            let batched = architecture.batched(Batch::of(size, architecture.row_bits)?)?;
            let cell_bits = Layout::new(&batched)?.cell_bits as u32;
            Batch::of(size, architecture.row_bits.max(cell_bits.saturating_sub(CELL_ROWS_BITS)))
        };
        let batches = self.sizes().into_iter().map(batch).collect::<Result<Vec<_>, _>>();
        let refused = |error: ModelError| LocalError::Usage(format!("--batches: {error}"));
        let batches = batches.map_err(refused)?;
        check_batches(&batches).map_err(refused)?;
        batches.iter().try_for_each(|batch| architecture.batched(*batch).map(drop)).map_err(refused)?;
        Ok(batches)
    }

    /// Refuses to replace what is not to be replaced, before the work is done.
    fn check(&self, model: &Model, output: &Path, in_place: bool) -> Result<(), LocalError> {
        match model.published_key().filter(|_| in_place && !self.overwrite.force) {
            Some(key) => Err(LocalError::Committed { path: self.model.clone(), digest: key.digest() }),
            None => self.overwrite.check([(output, MODEL)], &[&self.srs]),
        }
    }
}
