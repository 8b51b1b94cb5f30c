//! `hallmark verify`: the check of an answer, with nothing of the operator's but its key and its digest.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallmark_circuits::{
    codec::{ProofKind, Receipt},
    error::KeyError,
    key::VerifyingKey,
    verifier::statement::Statement,
};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    array::{Answer, Question, read_output},
    overwrite::Overwrite,
    refusal::{Trusted, check_digest, check_names, check_output, check_receipt},
};
use hallmark_proving::artifact::{ArtifactError, read_key, read_receipt};
use hallmark_proving::npy::ARRAY;
use hallmark_proving::settlement::{derive_key, derive_off_chain};

const EXAMPLE: &str = "\
Example: hallmark verify p.proof --key m.key --srs srs.bin --digest 0x... --input x.npy --output y.npy

Either kind of proof is checked, and the answer says which it was. Take the model digest from where the operator registered it,
never from the operator's latest message: it is what the answer is held against. The key and the structured reference string
may come from anywhere. The powers that are read are checked to be successive powers of one tau; everything else but the
weights' commitments is derived from them, and the result has to have the model digest. The output that is shown is the proved
one.

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
    question: Question,
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
            CliError::Refused(_) | CliError::Key(KeyError::Tables) => true,
            CliError::Artifact(ArtifactError::Codec { path, .. }) => *path == self.proof,
            _ => false,
        }
    }

    fn check(&self) -> Result<Outcome, CliError> {
        let start = Instant::now();
        let save = self.save_output.as_deref();
        let inputs: [&Path; 4] = [&self.proof, &self.key, &self.srs, self.question.path()];
        let inputs: Vec<&Path> = inputs.into_iter().chain(self.output.as_deref()).collect();
        self.overwrite.check(save.map(|path| (path, ARRAY)), &inputs)?;
        let published = read_key(&self.key)?;
        if let Some(expected) = self.weight_digest {
            // First of all, so that no work is done for an architecture that nobody registered.
            check_digest(expected, published.digest())?;
        }
        let statement = Statement::new(&published.architecture)?;
        let receipt = read_receipt(&self.proof, &statement)?;
        check_names(&published, self.context, &receipt)?;
        let input = self.question.read(&published.architecture.input)?;
        let trusted = self.derive(published.clone(), &receipt)?;
        check_receipt(&trusted, self.context, &input.integers, &receipt)?;
        let architecture = &published.architecture;
        let output = receipt.answers.first().map_or(&[][..], |answer| &answer.output);
        let answer = Answer::new(&architecture.output, output);
        if let Some(path) = &self.output {
            check_output(&read_output(path, architecture)?, &answer.values, architecture.output.scale)?;
        }
        let stored = answer.save(save.map(|path| self.overwrite.target(path)))?;
        let seconds = start.elapsed().as_secs_f64();
        let outcome = self.accept(&trusted, receipt.proof.kind(), &answer, seconds);
        Ok(input.annotate(outcome.with_setup(published.setup.insecure).with_kept(&stored)))
    }

    /// What the proof is held against, which has the digests that were named.
    fn derive(&self, published: VerifyingKey, receipt: &Receipt) -> Result<Trusted, CliError> {
        if self.digest.is_none() && receipt.proof.kind() == ProofKind::OffChain {
            return Ok(Trusted::Weights(Box::new(derive_off_chain(published, &self.srs)?)));
        }
        let key = derive_key(published, &self.srs)?;
        if let Some(expected) = self.digest {
            check_digest(expected, key.digest())?;
        }
        Ok(Trusted::Model(Box::new(key)))
    }

    fn accept(&self, trusted: &Trusted, kind: ProofKind, answer: &Answer, seconds: f64) -> Outcome {
        let weights = trusted.weights().weight_digest();
        let model = trusted.model().map(|key| key.digest());
        let (name, digest) = model.map_or(("weight", weights), |model| ("model", model));
        let text = format!(
            "VALID ({kind} proof): the model with {name} digest {digest} answers this input with\n{answer}\nChecked in {:.0} ms",
            1e3 * seconds
        );
        let mut json = json!({
            "valid": true,
            "kind": kind.to_string(),
            "seconds": seconds,
            "model_digest": model.map(|model| model.to_string()),
            "weight_digest": weights.to_string(),
            "architecture_digest": trusted.weights().key().architecture.digest().to_string(),
            "context": self.context.to_string(),
        });
        answer.describe(&mut json);
        Outcome::done(text, json)
    }
}
