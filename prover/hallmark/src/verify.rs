//! `hallmark verify`: the check of an answer, with nothing of the operator's but its key and its digest.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallmark_circuits::{
    codec::{ProofKind, Receipt},
    error::KeyError,
    key::VerifyingKey,
    model::{Batch, ModelError},
    verifier::statement::Statement,
};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    outputs::{self, read_outputs},
    overwrite::Overwrite,
    refusal::{Trusted, check_digest, check_names, check_output, check_receipt, check_samples},
    stack::{Answers, Questions},
};
use hallmark_proving::artifact::{ArtifactError, longest_receipt, read_key, read_receipt, read_receipt_head};
use hallmark_proving::npy::ARRAY;
use hallmark_proving::settlement::{derive_key, derive_off_chain, derive_off_chain_batch};

const EXAMPLE: &str = "\
Example: hallmark verify p.proof --key m.key --srs srs.bin --digest 0x... --input x.npy --output y.npy

Either kind of proof is checked, and the answer says which it was. Take the model digest from where the operator registered it,
never from the operator's latest message: it is what the answer is held against. The key and the structured reference string
may come from anywhere. The powers that are read are checked to be successive powers of one tau; everything else but the
weights' commitments is derived from them, and the result has to have the model digest. The output that is shown is the proved
one.

The proof of a batch takes the stack of samples that it was made for, with `--inputs`. It holds only if the model digest covers
batches of its size.

An off-chain proof may be held against the weight digest instead, with --weight-digest: that takes fewer powers, and no settlement
circuit.

Exit status: 0 if the proof holds. 1 if the proof is false; --json then has \"valid\": false and a reason. 3 if the command could not
check the proof, since a file is missing or damaged; --json then has an \"error\".";

/// Checks the proof of an answer.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The proof, of either kind
    proof: PathBuf,
    /// The verifying key
    #[arg(long)]
    key: PathBuf,
    /// The structured reference string; only the powers that are needed are read, and checked
    #[arg(long)]
    srs: PathBuf,
    /// The model digest that the operator registered
    #[arg(long, value_name = "HEX", required_unless_present = "weight_digest")]
    digest: Option<Digest>,
    /// The weight digest, which is enough for off-chain proofs
    #[arg(long, value_name = "HEX")]
    weight_digest: Option<Digest>,
    #[command(flatten)]
    questions: Questions,
    /// The output that was claimed, to compare with the proved one
    #[arg(long, value_name = "NPY")]
    output: Option<PathBuf>,
    /// What the proof has to be bound to
    #[arg(long, value_name = "HEX", default_value_t = Digest([0; 32]), hide_default_value = true)]
    context: Digest,
    /// Write the proved output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
}

impl Args {
    /// No is the answer of a check alone. Whatever keeps the check from being made is an error.
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        self.check().or_else(|error| {
            if !self.is_refusal(&error) {
                return Err(CliError::Unchecked(Box::new(error)));
            }
            let reason = error.to_string();
            let json = json!({ "valid": false, "reason": reason });
            Ok(Outcome::refused(format!("REFUSED: {reason}"), json))
        })
    }

    /// Whether the proof was found to be false. A file whose checksum holds and whose contents are no proof is a false proof.
    fn is_refusal(&self, error: &CliError) -> bool {
        match error {
            CliError::Refused(_) | CliError::Key(KeyError::Tables | KeyError::Batch { .. }) => true,
            CliError::Artifact(ArtifactError::Codec { path, .. }) => *path == self.proof,
            _ => false,
        }
    }

    fn check(&self) -> Result<Outcome, CliError> {
        let start = Instant::now();
        let save = self.save_output.as_deref();
        let inputs: [&Path; 4] = [&self.proof, &self.key, &self.srs, self.questions.path()];
        let inputs: Vec<&Path> = inputs.into_iter().chain(self.output.as_deref()).collect();
        self.overwrite.check(save.map(|path| (path, ARRAY)), &inputs)?;
        let published = read_key(&self.key)?;
        if let Some(expected) = self.weight_digest {
            // First of all, so that no work is done for an architecture that nobody registered.
            check_digest(expected, published.digest())?;
        }
        let batch = offered(&published, read_receipt_head(&self.proof, longest(&published)?)?.size)?;
        let batched = batch.map(|batch| published.architecture.batched(batch)).transpose()?;
        let statement = Statement::new(batched.as_ref().unwrap_or(&published.architecture))?;
        let receipt = read_receipt(&self.proof, &statement)?;
        check_names(&published, self.context, &receipt)?;
        let stack = self.questions.read(&published.architecture.input)?;
        check_samples(stack.len(), &receipt)?;
        let (trusted, of_batch) = self.derive(published.clone(), batch, &receipt)?;
        check_receipt(of_batch.as_ref().unwrap_or(&trusted), &stack.filled(receipt.size), &receipt)?;
        let architecture = &published.architecture;
        let answers = Answers::new(&architecture.output, &receipt.answer.output, &stack);
        if let Some(path) = &self.output {
            let (what, port) =
                (if stack.is_many() { "claimed outputs" } else { "claimed output" }, &architecture.output);
            let claimed = read_outputs(path, what, port, stack.is_many())?;
            if stack.is_many() {
                outputs::check_samples(&claimed, what, port, stack.len())?;
            }
            for (claimed, (output, proved)) in claimed.iter().zip(answers.outputs()) {
                check_output(claimed, output, &proved)?;
            }
        }
        let stored = answers.save(save.map(|path| self.overwrite.target(path)))?;
        let seconds = start.elapsed().as_secs_f64();
        let outcome = self.accept(&trusted, &receipt, &answers, seconds);
        Ok(stack.annotate(outcome.with_setup(published.setup.insecure).with_kept(&stored)))
    }

    /// The model's key, which has the digests that were named, and what a batch is held against.
    fn derive(
        &self,
        published: VerifyingKey,
        batch: Option<Batch>,
        receipt: &Receipt,
    ) -> Result<(Trusted, Option<Trusted>), CliError> {
        if self.digest.is_none() && receipt.proof.kind() == ProofKind::OffChain {
            let Some(batch) = batch else {
                return Ok((Trusted::Weights(Box::new(derive_off_chain(published, &self.srs)?)), None));
            };
            let keys = derive_off_chain_batch(published, batch, &self.srs)?;
            let [single, batch] = keys.map(|key| Trusted::Weights(Box::new(key)));
            return Ok((single, Some(batch)));
        }
        let key = derive_key(published, &self.srs)?;
        if let Some(expected) = self.digest {
            check_digest(expected, key.digest())?;
        }
        // The digest covers the list of batches, so that this one is the model's.
        let batch = batch.map(|batch| key.batch(batch.size())).transpose()?;
        Ok((Trusted::Model(Box::new(key)), batch.map(|batch| Trusted::Model(Box::new(batch)))))
    }

    fn accept(&self, trusted: &Trusted, receipt: &Receipt, answer: &Answers, seconds: f64) -> Outcome {
        let kind = receipt.proof.kind();
        let weights = trusted.weights().weight_digest();
        let model = trusted.model().map(|key| key.digest());
        let (name, digest) = model.map_or(("weight", weights), |model| ("model", model));
        let text = format!(
            "VALID ({kind} proof): the model with {name} digest {digest} answers {} with\n{answer}\nChecked in {:.0} ms",
            if receipt.samples == 1 { "this input" } else { "these inputs" },
            1e3 * seconds
        );
        let mut json = json!({
            "valid": true,
            "kind": kind.to_string(),
            "seconds": seconds,
            "batch": receipt.size,
            "model_digest": model.map(|model| model.to_string()),
            "weight_digest": weights.to_string(),
            "architecture_digest": trusted.weights().key().architecture.digest().to_string(),
            "context": self.context.to_string(),
        });
        answer.describe(&mut json);
        Outcome::done(text, json)
    }
}

/// The most bytes of the file of a proof under a key, of one sample or of a batch.
fn longest(key: &VerifyingKey) -> Result<u64, ModelError> {
    let single = longest_receipt(&Statement::new(&key.architecture)?);
    key.batches.iter().try_fold(single, |longest, batch| {
        let architecture = key.architecture.batched(*batch)?;
        Ok(longest_receipt(&Statement::new(&architecture)?).max(longest))
    })
}

/// The batch of so many samples, if that is not one alone. The key has to offer it.
fn offered(key: &VerifyingKey, size: usize) -> Result<Option<Batch>, KeyError> {
    if size == 1 {
        return Ok(None);
    }
    let sizes = || key.batches.iter().map(|batch| batch.size()).collect();
    key.batch(size).map(Some).ok_or_else(|| KeyError::Batch { size, offered: sizes() })
}
