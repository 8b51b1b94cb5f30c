//! An answer and its proof.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallmark_circuits::{
    codec::{self, Receipt, ReceiptProof},
    digest::Digest,
    error::KeyError,
    key::VerifyingKey,
    model::Batch,
    settlement::trusted::{SettlementKey, TrustedCircuit},
    verifier::statement::Statement,
};
use serde_json::json;

use super::{
    LocalError, Outcome, facts,
    keys::{Keys, default_file, kept_circuits, sized},
    needs::Needs,
    overwrite::Overwrite,
    stack::{Answered, Answers, Questions},
};
use hallmark_proving::artifact::{read_model, write_receipt};
use hallmark_proving::file;
use hallmark_proving::npy::ARRAY;
use hallmark_proving::proving::{Inference, Prover};
use hallmark_proving::settlement::Settler;
use hallmark_proving::srs::Srs;

/// Runs a model and proves its answer.
#[derive(Clone, Debug)]
pub struct Proving {
    /// The committed model.
    pub model: PathBuf,
    /// The structured reference string that it was committed to under.
    pub srs: PathBuf,
    /// The inputs.
    pub questions: Questions,
    /// The file to write.
    pub output: PathBuf,
    /// What to bind the proof to. The verifier has to name it too.
    pub context: Digest,
    /// Whether to prove without settling: sooner, but the proof tells of the weights.
    pub off_chain: bool,
    /// The file of settlement keys, if it is not beside the model.
    pub keys: Option<PathBuf>,
    /// The file for the model's output.
    pub save_output: Option<PathBuf>,
    /// Whether files may be replaced.
    pub overwrite: Overwrite,
}

impl Proving {
    /// Proves the answer, and writes the proof.
    ///
    /// # Errors
    /// [`LocalError`] if a file or an input is of no use, or the model is not committed to.
    pub fn run(&self) -> Result<Answered, LocalError> {
        let model = read_model(&self.model)?;
        let committed = model.into_committed().ok_or_else(|| LocalError::Uncommitted { path: self.model.clone() })?;
        self.check_files(&committed.key.batches)?;
        let stack = self.questions.read(&committed.key.architecture.input)?;
        let batch = stack.batch(&committed.key)?;
        let needs = (!self.off_chain).then(|| Needs::of_key(&committed.key)).transpose()?;
        let srs = match &needs {
            Some(needs) => needs.read(&self.srs)?,
            None => Srs::read_prefix_once(&self.srs, row_bits(&committed.key, batch), &*facts::known())?,
        };
        let batched = batch.map(|batch| committed.batch(batch, &srs)).transpose()?;
        let proved = batched.as_ref().unwrap_or(&committed);
        let size = batch.map_or(1, Batch::size);
        let statement = Statement::new(&proved.key.architecture)?;
        let prover = tracing::info_span!("prepare").in_scope(|| Prover::new(proved, &srs))?;
        let settling = needs.map(|needs| Settling::new(self, needs, &committed.key, size, &srs)).transpose()?;
        let start = Instant::now();
        let input = stack.filled(size);
        let inference =
            tracing::info_span!("prove").in_scope(|| prover.prove(self.context, &input, &mut rand::rng()))?;
        let answers = Answers::new(&committed.key.architecture.output, inference.output(), &stack);
        let settler = settling.as_ref().map(|settling| settling.settler(&statement));
        let receipt = receipt_of(&committed.key, [size, stack.len()], inference, settler)?;
        let seconds = start.elapsed().as_secs_f64();
        let saved = answers.save(self.save_output.as_deref().map(|path| self.overwrite.target(path)))?;
        let write = || write_receipt(self.overwrite.target(&self.output), &receipt);
        let stored = tracing::info_span!("write").in_scope(write)?;
        let digest = settling.as_ref().map(|settling| settling.digest);
        let outcome = self.tell(&answers, &receipt, digest, stored.bytes, seconds).with_setup(srs.is_insecure());
        let outcome = outcome.with_kept(&saved).with_kept(&stored);
        let outcome = settling.iter().fold(outcome, |outcome, settling| settling.keys.annotate(outcome));
        Ok(Answered { outcome: stack.annotate(outcome), answers: Some(answers) })
    }

    /// Refuses files that must not be replaced, before the work is done. The keys of every size are among them.
    fn check_files(&self, batches: &[Batch]) -> Result<(), LocalError> {
        let proof = (self.output.as_path(), file::Form::of(file::Kind::Proof));
        let answer = self.save_output.as_deref().map(|path| (path, ARRAY));
        let sizes = [1].into_iter().chain(batches.iter().map(|batch| batch.size()));
        let keys: Vec<PathBuf> = sizes.map(|size| self.keys_file(size)).collect();
        let given: [&Path; 2] = [&self.model, &self.srs];
        let files = given.into_iter().chain(self.questions.source.file());
        let inputs: Vec<&Path> = files.chain(keys.iter().map(PathBuf::as_path)).collect();
        self.overwrite.check([proof].into_iter().chain(answer), &inputs)
    }

    /// The file of the keys for so many samples.
    fn keys_file(&self, size: usize) -> PathBuf {
        let file = self.keys.clone().unwrap_or_else(|| default_file(&self.model));
        if size == 1 { file } else { sized(&file, size) }
    }

    fn tell(&self, answer: &Answers, receipt: &Receipt, key: Option<Digest>, bytes: u64, seconds: f64) -> Outcome {
        let (file, kind) = (self.output.display(), receipt.proof.kind());
        let mut text = format!(
            "Output\n{answer}\nWrote {file}: {kind} proof, {bytes} bytes in {seconds:.2} s\n\nweight digest  {}",
            receipt.key
        );
        if receipt.size > 1 {
            text += &format!("\nbatch          {} of {} samples", receipt.samples, receipt.size);
        }
        if let Some(key) = key {
            text += &format!("\nmodel digest   {key}");
        }
        let mut json = json!({
            "file": file.to_string(),
            "kind": kind.to_string(),
            "seconds": seconds,
            "proof_bytes": bytes,
            "batch": receipt.size,
            "weight_digest": receipt.key.to_string(),
            "model_digest": key.map(|key| key.to_string()),
            "context": self.context.to_string(),
        });
        answer.describe(&mut json);
        Outcome::done(text, json)
    }
}

/// The bits of the longest row that proving takes.
fn row_bits(key: &VerifyingKey, batch: Option<Batch>) -> u32 {
    batch.map_or(0, |batch| batch.row_bits).max(key.architecture.row_bits)
}

/// What settling takes.
struct Settling {
    keys: Keys,
    /// What the proof is held against: the model's key, or that of a batch.
    key: SettlementKey,
    /// The model digest.
    digest: Digest,
}

impl Settling {
    fn new(args: &Proving, needs: Needs, key: &VerifyingKey, size: usize, srs: &Srs) -> Result<Self, LocalError> {
        let circuits = needs.circuits()?;
        let circuit = circuits.of_size(size).ok_or(KeyError::OtherBatches)?;
        let keys = Keys::find_or_make(args.keys_file(size), circuit.clone(), srs)?;
        let kept = kept_circuits(&circuits, srs, |other| (other != size).then(|| args.keys_file(other)));
        let known: Vec<&TrustedCircuit> = [keys.keys.trusted()].into_iter().chain(&kept).collect();
        let model = circuits.key_of(key.clone(), srs, &known)?;
        let digest = model.digest();
        let key = if size == 1 { model } else { model.batch(size)? };
        Ok(Self { keys, key, digest })
    }

    fn settler<'s>(&'s self, statement: &'s Statement<'s>) -> Settler<'s> {
        Settler { statement, key: &self.key, keys: &self.keys.keys }
    }
}

/// The receipt of an inference, which is settled first if there is somebody to settle it.
fn receipt_of(
    key: &VerifyingKey,
    [size, samples]: [usize; 2],
    inference: Inference,
    settler: Option<Settler<'_>>,
) -> Result<Receipt, LocalError> {
    let settled = settler.map(|settler| settler.settle(&inference, &mut rand::rng())).transpose()?;
    let Inference { claim, proof } = inference;
    let proof = settled.map_or(ReceiptProof::OffChain(proof), ReceiptProof::Settlement);
    let answer = codec::Answer { context: claim.context, output: claim.output };
    Ok(Receipt { key: key.digest(), size, samples, answer, proof })
}
