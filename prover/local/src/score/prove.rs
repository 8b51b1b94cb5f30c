//! Proves what a model scores on a data set, chunk by chunk.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use hallmark_circuits::{
    codec::{self, Receipt, ReceiptProof, ScoreRecord},
    error::KeyError,
    layout::Layout,
    model::{DataSet, Score},
    verifier::statement::Statement,
};
use hallmark_compiling::number::count;
use hallmark_proving::{
    artifact::{ArtifactError, read_data_set, read_model, read_score, write_score},
    file::{Form, Kind, Target},
    proving::{CommittedModel, CommittedSet, Inference, Prover},
    settlement::{SettlementKeys, Settler},
    srs::Srs,
};
use serde_json::json;

use super::{
    CONTEXT, INPUT,
    metric::{MetricName, Shown, shown},
    total,
};
use crate::{
    LocalError, Outcome, facts,
    keys::{Keys, default_file},
    needs::Needs,
    overwrite::Overwrite,
};

/// A score's rows are so long that its cells take at most `2^CELL_ROWS_BITS` of them, as those of a batch.
const CELL_ROWS_BITS: u32 = 3;

/// Proves what a committed model scores on a committed data set.
#[derive(Clone, Debug)]
pub struct Scoring {
    /// The committed model.
    pub model: PathBuf,
    /// The committed data set.
    pub set: PathBuf,
    /// What is asked.
    pub metric: MetricName,
    /// The structured reference string that both were committed to under.
    pub srs: PathBuf,
    /// The file to write. If it has proofs of the same score already, only the missing ones are made.
    pub output: PathBuf,
    /// Whether to prove without settling: sooner, but the proof tells of weights and samples.
    pub off_chain: bool,
    /// The file of settlement keys, if it is not beside the score.
    pub keys: Option<PathBuf>,
    /// The logarithm of the length of rows, if it is not to follow from the number of cells.
    pub row_bits: Option<u32>,
    /// Whether files may be replaced.
    pub overwrite: Overwrite,
}

impl Scoring {
    /// Proves the score, and writes the proofs as they are made. A run that was stopped goes on where it was.
    ///
    /// # Errors
    /// [`LocalError`] if a file is of no use, the model is not committed to, or one does not fit the other.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let start = Instant::now();
        let model = read_model(&self.model)?;
        let committed = model.into_committed().ok_or_else(|| LocalError::Uncommitted { path: self.model.clone() })?;
        let set = read_data_set(&self.set)?;
        let score = self.score(&committed, &set.key.form)?;
        let mut record = self.record(&committed, &set, score)?;
        let architecture = committed.key.architecture.scored(&set.key.form, score).map_err(KeyError::from)?;
        let statement = Statement::new(&architecture)?;
        let needs = Needs::of(&statement, &[]);
        let srs = self.read_srs(&needs, architecture.row_bits)?;
        let keys = if self.off_chain { None } else { Some(self.find_keys(needs, &srs)?) };
        let missing: Vec<usize> = record.missing().collect();
        for &chunk in &missing {
            let scored = committed.scored(&set, chunk, score, &srs)?;
            let receipt = prove_chunk(&scored, &statement, keys.as_ref().map(|keys| &keys.keys), &srs)?;
            record.put(chunk, receipt.to_bytes());
            // What was there is this score's, with a proof less.
            let target = Target { replace: true, ..self.output.as_path().into() };
            tracing::info_span!("write").in_scope(|| write_score(target, &record))?;
        }
        let receipts = receipts(&record, &statement, &self.output)?;
        let numbers = total(score.metric.numbers(), receipts.iter().map(|receipt| receipt.answer.output.clone()));
        let Shown { text, json } = shown(score.metric, &committed.key.architecture.output, &numbers);
        let text = format!(
            "{text}\n\nWrote {}: {} made in {:.1} s, {} in all\n\nweight digest    {}\ndata set digest  {}",
            self.output.display(),
            count(missing.len(), "proof"),
            start.elapsed().as_secs_f64(),
            receipts.len(),
            record.model,
            record.set
        );
        let json = json!({
            "file": self.output.display().to_string(),
            "metric": self.metric.to_string(),
            "score": json,
            "numbers": numbers,
            "chunks": receipts.len(),
            "proved": missing.len(),
            "seconds": start.elapsed().as_secs_f64(),
            "weight_digest": record.model.to_string(),
            "data_set_digest": record.set.to_string(),
        });
        let outcome = Outcome::done(text, json).with_setup(srs.is_insecure());
        Ok(keys.iter().fold(outcome, |outcome, keys| keys.annotate(outcome)))
    }

    /// The metric in the model's integers, and rows that are as long as few points take.
    fn score(&self, model: &CommittedModel, form: &DataSet) -> Result<Score, LocalError> {
        let architecture = &model.key.architecture;
        let metric = self.metric.of(&architecture.output);
        let least = architecture.row_bits.max(architecture.weight_row_bits);
        let row_bits = match self.row_bits {
            Some(bits) => bits,
            None => {
                // The cells, in rows of the model's length, are as many in rows of any other.
                let scored = architecture.scored(form, Score { metric, row_bits: least }).map_err(KeyError::from)?;
                least.max((Layout::new(&scored)?.cell_bits as u32).saturating_sub(CELL_ROWS_BITS))
            }
        };
        Ok(Score { metric, row_bits })
    }

    /// The proofs that the file to write has of this score, or none. It may hold nothing else.
    fn record(&self, model: &CommittedModel, set: &CommittedSet, score: Score) -> Result<ScoreRecord, LocalError> {
        let inputs: [&Path; 3] = [&self.model, &self.set, &self.srs];
        let new = ScoreRecord::new(score, model.key.digest(), set.key.digest(), set.chunks.len());
        if self.output.exists() && !self.overwrite.force {
            let found = read_score(&self.output)?;
            let same = ScoreRecord { receipts: new.receipts.clone(), ..found.clone() } == new;
            if same && found.receipts.len() == new.receipts.len() {
                return Ok(found);
            }
            let path = self.output.display();
            return Err(LocalError::Usage(format!(
                "{path} is another score: name another file, or add --force to replace it"
            )));
        }
        self.overwrite.check([(self.output.as_path(), Form::of(Kind::Score))], &inputs)?;
        Ok(new)
    }

    fn read_srs(&self, needs: &Needs, row_bits: u32) -> Result<Srs, LocalError> {
        if self.off_chain {
            return Ok(Srs::read_prefix_once(&self.srs, row_bits, &*facts::known())?);
        }
        Ok(needs.read(&self.srs)?)
    }

    fn find_keys(&self, needs: Needs, srs: &Srs) -> Result<Keys, LocalError> {
        let file = self.keys.clone().unwrap_or_else(|| default_file(&self.output));
        Keys::find_or_make(file, needs.circuits()?.single, srs)
    }
}

/// Proves the score of a chunk, and settles it if there are keys.
fn prove_chunk(
    scored: &CommittedModel,
    statement: &Statement<'_>,
    keys: Option<&SettlementKeys>,
    srs: &Srs,
) -> Result<Receipt, LocalError> {
    let prover = tracing::info_span!("prepare").in_scope(|| Prover::new(scored, srs))?;
    let inference = tracing::info_span!("prove").in_scope(|| prover.prove(CONTEXT, &INPUT, &mut rand::rng()))?;
    let settled = match keys {
        Some(keys) => {
            let key = keys.key_of(scored.key.clone(), srs)?;
            Some(Settler { statement, key: &key, keys }.settle(&inference, &mut rand::rng())?)
        }
        None => None,
    };
    let Inference { claim, proof } = inference;
    let proof = settled.map_or(ReceiptProof::OffChain(proof), ReceiptProof::Settlement);
    let answer = codec::Answer { context: claim.context, output: claim.output };
    Ok(Receipt { key: scored.key.digest(), size: 1, samples: 1, answer, proof })
}

/// The receipts of a record, all of which there have to be.
pub(super) fn receipts(
    record: &ScoreRecord,
    statement: &Statement<'_>,
    path: &Path,
) -> Result<Vec<Receipt>, LocalError> {
    let read = |bytes: &Vec<u8>| Receipt::from_bytes(statement, bytes);
    let receipts = record.receipts.iter().map(read).collect::<Result<_, _>>();
    Ok(receipts.map_err(|fault| ArtifactError::new(path, fault))?)
}
