//! `hallmark prove`: an answer and its proof.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallmark_circuits::{
    claim::Claim,
    codec::{Answer as Answered, Receipt, ReceiptProof},
    key::VerifyingKey,
    verifier::statement::Statement,
};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    array::{Answer, Question},
    keys::{Keys, default_file},
    needs::Needs,
    overwrite::Overwrite,
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

The settlement's keys are read from the file that `hallmark setup` writes. They are checked, and made where they are missing
or of no use.";

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
    question: Question,
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
        self.check_files()?;
        let model = read_model(&self.model)?;
        let committed = model.into_committed().ok_or_else(|| CliError::Uncommitted { path: self.model.clone() })?;
        let architecture = &committed.key.architecture;
        let input = self.question.read(&architecture.input)?;
        let statement = Statement::new(architecture)?;
        let needs = (!self.off_chain).then(|| Needs::of(&statement));
        let srs = match &needs {
            Some(needs) => needs.read(&self.srs)?,
            None => Srs::read_prefix(&self.srs, architecture.row_bits)?,
        };
        let prover = tracing::info_span!("prepare").in_scope(|| Prover::new(&committed, &srs))?;
        let find_keys = |needs: Needs| Keys::find_or_make(self.keys_file(), needs.circuit()?, &srs);
        let keys = needs.map(find_keys).transpose()?;
        let key = keys.as_ref().map(|keys| keys.keys.key_of(committed.key.clone(), &srs)).transpose()?;
        let start = Instant::now();
        let inference =
            tracing::info_span!("prove").in_scope(|| prover.prove(self.context, &input.integers, &mut rand::rng()))?;
        let answer = Answer::new(&architecture.output, inference.output());
        let settler =
            keys.as_ref().zip(key.as_ref()).map(|(keys, key)| Settler { statement: &statement, key, keys: &keys.keys });
        let receipt = receipt_of(&committed.key, inference, settler)?;
        let seconds = start.elapsed().as_secs_f64();
        let saved = answer.save(self.save_output.as_deref().map(|path| self.overwrite.target(path)))?;
        let stored = write_receipt(self.overwrite.target(&self.output), &receipt)?;
        let key = key.map(|key| key.digest());
        let outcome = self.tell(&answer, &receipt, key, stored.bytes, seconds).with_setup(srs.is_insecure());
        let outcome = outcome.with_kept(&saved).with_kept(&stored);
        Ok(input.annotate(keys.iter().fold(outcome, |outcome, keys| keys.annotate(outcome))))
    }

    pub(super) const fn is_off_chain(&self) -> bool {
        self.off_chain
    }

    /// Refuses files that must not be replaced, before the work is done.
    fn check_files(&self) -> Result<(), CliError> {
        let proof = (self.output.as_path(), file::Kind::Proof.form());
        let answer = self.save_output.as_deref().map(|path| (path, ARRAY));
        let keys = self.keys_file();
        let inputs: [&Path; 4] = [&self.model, &self.srs, self.question.path(), &keys];
        self.overwrite.check([proof].into_iter().chain(answer), &inputs)
    }

    fn keys_file(&self) -> PathBuf {
        self.keys.clone().unwrap_or_else(|| default_file(&self.model))
    }

    fn tell(&self, answer: &Answer, receipt: &Receipt, key: Option<Digest>, bytes: u64, seconds: f64) -> Outcome {
        let (file, kind) = (self.output.display(), receipt.proof.kind());
        let mut text = format!(
            "Output\n{answer}\nWrote {file}: {kind} proof, {bytes} bytes in {seconds:.2} s\n\nweight digest  {}",
            receipt.key
        );
        if let Some(key) = key {
            text += &format!("\nmodel digest   {key}");
        }
        let mut json = json!({
            "file": file.to_string(),
            "kind": kind.to_string(),
            "seconds": seconds,
            "proof_bytes": bytes,
            "weight_digest": receipt.key.to_string(),
            "model_digest": key.map(|key| key.to_string()),
            "context": self.context.to_string(),
        });
        answer.describe(&mut json);
        Outcome::done(text, json)
    }
}

/// The receipt of an inference, which is settled first if there is somebody to settle it.
fn receipt_of(key: &VerifyingKey, inference: Inference, settler: Option<Settler<'_>>) -> Result<Receipt, CliError> {
    let settled = settler.map(|settler| settler.settle(&inference, &mut rand::rng())).transpose()?;
    let Inference { claims, proof } = inference;
    let proof = settled.map_or(ReceiptProof::OffChain(proof), ReceiptProof::Settlement);
    let answers = claims.into_iter().map(|Claim { context, output, .. }| Answered { context, output }).collect();
    Ok(Receipt { key: key.digest(), answers, proof })
}
