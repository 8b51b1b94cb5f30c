//! `hallmark prove`: an answer and its proof.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallmark_circuits::{
    codec::{Answer as Answered, Receipt, ReceiptProof},
    error::KeyError,
    key::VerifyingKey,
    model::Batch,
    settlement::trusted::{SettlementKey, TrustedCircuit},
    verifier::statement::Statement,
};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    keys::{Keys, default_file, kept_circuits, sized},
    needs::Needs,
    overwrite::Overwrite,
    stack::{Answers, Questions},
};
use hallmark_proving::artifact::{read_model, write_receipt};
use hallmark_proving::file;
use hallmark_proving::npy::ARRAY;
use hallmark_proving::proving::{Inference, Prover};
use hallmark_proving::settlement::Settler;
use hallmark_proving::srs::Srs;

const EXAMPLE: &str = "\
Example: hallmark prove m.hallmark --srs srs.bin --input x.npy -o p.proof --timings

The input and the output are in the ONNX model's own units, a batch of one. The proof can't be made to say another
answer. It settles: a contract can check it, and it is zero-knowledge, so that it tells nothing of the weights but what the
answer itself tells; docs/protocol.md lists what it publishes. With `--off-chain` it is the argument alone, which takes less
time and is not secret: it holds sums over weights and activations, and enough such proofs give the weights away. Show those
only to those who may know them. Two proofs of one inference differ, since each is blinded afresh.

With `--inputs`, one proof answers a stack of samples: as many as the largest batch that the model was committed to with. It is
filled up to the next size that is offered with copies of the last sample, and the proof's file says how many were asked.

The settlement's keys are read from the files that `hallmark setup` writes, one for each size. They are checked, and made where
they are missing or of no use.";

/// Runs a model and proves its answer.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The committed model
    model: PathBuf,
    /// The structured reference string that it was committed to under
    #[arg(long)]
    srs: PathBuf,
    #[command(flatten)]
    questions: Questions,
    /// The file to write
    #[arg(long, short)]
    output: PathBuf,
    /// What to bind the proof to: 32 bytes that the verifier has to name too
    #[arg(long, value_name = "HEX", default_value_t = Digest([0; 32]), hide_default_value = true)]
    context: Digest,
    /// Prove without settling: sooner, but the proof tells of the weights
    #[arg(long)]
    off_chain: bool,
    /// The file of settlement keys [default: the model's name with the extension .settlement]
    #[arg(long, value_name = "FILE", conflicts_with = "off_chain")]
    keys: Option<PathBuf>,
    /// Write the model's output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let model = read_model(&self.model)?;
        let committed = model.into_committed().ok_or_else(|| CliError::Uncommitted { path: self.model.clone() })?;
        self.check_files(&committed.key.batches)?;
        let stack = self.questions.read(&committed.key.architecture.input)?;
        let batch = stack.batch(&committed.key)?;
        let needs = (!self.off_chain).then(|| Needs::of_key(&committed.key)).transpose()?;
        let srs = match &needs {
            Some(needs) => needs.read(&self.srs)?,
            None => Srs::read_prefix(&self.srs, row_bits(&committed.key, batch))?,
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
        let stored = write_receipt(self.overwrite.target(&self.output), &receipt)?;
        let digest = settling.as_ref().map(|settling| settling.digest);
        let outcome = self.tell(&answers, &receipt, digest, stored.bytes, seconds).with_setup(srs.is_insecure());
        let outcome = outcome.with_kept(&saved).with_kept(&stored);
        Ok(stack.annotate(settling.iter().fold(outcome, |outcome, settling| settling.keys.annotate(outcome))))
    }

    pub(super) const fn is_off_chain(&self) -> bool {
        self.off_chain
    }

    /// Refuses files that must not be replaced, before the work is done. The keys of every size are among them.
    fn check_files(&self, batches: &[Batch]) -> Result<(), CliError> {
        let proof = (self.output.as_path(), file::Form::of(file::Kind::Proof));
        let answer = self.save_output.as_deref().map(|path| (path, ARRAY));
        let sizes = [1].into_iter().chain(batches.iter().map(|batch| batch.size()));
        let keys: Vec<PathBuf> = sizes.map(|size| self.keys_file(size)).collect();
        let given: [&Path; 3] = [&self.model, &self.srs, self.questions.path()];
        let inputs: Vec<&Path> = given.into_iter().chain(keys.iter().map(PathBuf::as_path)).collect();
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
    fn new(args: &Args, needs: Needs, key: &VerifyingKey, size: usize, srs: &Srs) -> Result<Self, CliError> {
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
) -> Result<Receipt, CliError> {
    let settled = settler.map(|settler| settler.settle(&inference, &mut rand::rng())).transpose()?;
    let Inference { claim, proof } = inference;
    let proof = settled.map_or(ReceiptProof::OffChain(proof), ReceiptProof::Settlement);
    let answer = Answered { context: claim.context, output: claim.output };
    Ok(Receipt { key: key.digest(), size, samples, answer, proof })
}
