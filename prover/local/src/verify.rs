//! The check of an answer, with nothing of the operator's but its key and its digest.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallmark_circuits::{
    codec::{ProofKind, Receipt},
    digest::Digest,
    error::KeyError,
    key::VerifyingKey,
    model::{Batch, ModelError},
    verifier::statement::Statement,
};
use serde_json::json;

use super::{
    Given, LocalError, Outcome, facts,
    outputs::{self, read_outputs},
    overwrite::Overwrite,
    refusal::{Trusted, check_digest, check_names, check_output, check_receipt, check_samples},
    stack::{Answered, Answers, Questions},
};
use hallmark_proving::artifact::{ArtifactError, longest_receipt, read_key, read_receipt, read_receipt_head};
use hallmark_proving::npy::ARRAY;
use hallmark_proving::settlement::{derive_key, derive_off_chain, derive_off_chain_batch};

const NAMELESS: &str = "a proof is held against the model that it is of: give its model digest";

/// Checks the proof of an answer.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The proof, of either kind.
    pub proof: PathBuf,
    /// The verifying key.
    pub key: PathBuf,
    /// The structured reference string. Only the powers that are needed are read, and checked.
    pub srs: PathBuf,
    /// The model digest that the operator registered.
    pub digest: Option<Digest>,
    /// The weight digest, which is enough for off-chain proofs.
    pub weight_digest: Option<Digest>,
    /// The inputs.
    pub questions: Questions,
    /// The output that was claimed, to compare with the proved one.
    pub output: Option<Given>,
    /// What the proof has to be bound to.
    pub context: Digest,
    /// The file for the proved output.
    pub save_output: Option<PathBuf>,
    /// Whether that file may be replaced.
    pub overwrite: Overwrite,
}

impl Verification {
    /// No is the answer of a check alone. Whatever keeps the check from being made is an error.
    ///
    /// # Soundness
    /// The outcome says whether the proof holds: look at `accepted`.
    ///
    /// # Errors
    /// [`LocalError::Unchecked`] if the check can't be made.
    pub fn run(&self) -> Result<Answered, LocalError> {
        self.check().or_else(|error| {
            if !self.is_refusal(&error) {
                return Err(LocalError::Unchecked(Box::new(error)));
            }
            let reason = error.to_string();
            let json = json!({ "valid": false, "reason": reason });
            Ok(Answered { outcome: Outcome::refused(format!("REFUSED: {reason}"), json), answers: None })
        })
    }

    /// Whether the proof was found to be false. A file whose checksum holds and whose contents are no proof is a false proof.
    fn is_refusal(&self, error: &LocalError) -> bool {
        match error {
            LocalError::Refused(_) | LocalError::Key(KeyError::Tables | KeyError::Batch { .. }) => true,
            LocalError::Artifact(ArtifactError::Codec { path, .. }) => *path == self.proof,
            _ => false,
        }
    }

    fn check(&self) -> Result<Answered, LocalError> {
        if self.digest.is_none() && self.weight_digest.is_none() {
            return Err(LocalError::Usage(NAMELESS.into()));
        }
        let start = Instant::now();
        let save = self.save_output.as_deref();
        let inputs: [&Path; 3] = [&self.proof, &self.key, &self.srs];
        let given = [Some(&self.questions.source), self.output.as_ref()].into_iter().flatten();
        let inputs: Vec<&Path> = inputs.into_iter().chain(given.filter_map(Given::file)).collect();
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
        if let Some(given) = &self.output {
            let (what, port) =
                (if stack.is_many() { "claimed outputs" } else { "claimed output" }, &architecture.output);
            let claimed = read_outputs(given, what, port, stack.is_many())?;
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
        let outcome = stack.annotate(outcome.with_setup(published.setup.insecure).with_kept(&stored));
        Ok(Answered { outcome, answers: Some(answers) })
    }

    /// The model's key, which has the digests that were named, and what a batch is held against.
    fn derive(
        &self,
        published: VerifyingKey,
        batch: Option<Batch>,
        receipt: &Receipt,
    ) -> Result<(Trusted, Option<Trusted>), LocalError> {
        if self.digest.is_none() && receipt.proof.kind() == ProofKind::OffChain {
            let Some(batch) = batch else {
                return Ok((
                    Trusted::Weights(Box::new(derive_off_chain(published, &self.srs, &*facts::known())?)),
                    None,
                ));
            };
            let keys = derive_off_chain_batch(published, batch, &self.srs, &*facts::known())?;
            let [single, batch] = keys.map(|key| Trusted::Weights(Box::new(key)));
            return Ok((single, Some(batch)));
        }
        let key = derive_key(published, &self.srs, &*facts::known())?;
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
