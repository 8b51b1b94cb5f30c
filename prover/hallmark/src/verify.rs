//! `hallmark verify`: the check of an answer, with nothing of the operator's but its key and its digest.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallmark_circuits::{
    codec::{ProofKind, PublishedKey, Receipt},
    settlement::key::{CircuitKey, SettlementKey},
    verifier::statement::Statement,
};
use serde_json::json;

use super::{
    CliError, Digest, Outcome, Refusal,
    array::{Answer, Question, read_output},
    overwrite::Overwrite,
    refusal::{check_digest, check_key, check_names, check_output, check_receipt},
};
use hallmark_proving::artifact::{ArtifactError, read_key, read_receipt};
use hallmark_proving::npy::ARRAY;
use hallmark_proving::settlement::Circuit;
use hallmark_proving::srs::Srs;

const EXAMPLE: &str = "\
Example: hallmark verify p.proof --key m.key --srs srs.bin --digest 0x... --input x.npy --output y.npy

Either kind of proof is checked, and the answer says which it was. Take the digest from where the operator registered it,
never from the operator's latest message: it is what the answer is held against. The key may come from anywhere, since it has
to match the digest; everything else that a settlement proof is held against is derived here, from the key and the structured
reference string. The output that is shown is the proved one.

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
    /// The structured reference string; only its head and the powers that are needed are read
    #[arg(long)]
    srs: PathBuf,
    /// The weight digest that the operator registered
    #[arg(long, value_name = "HEX")]
    digest: Digest,
    #[command(flatten)]
    question: Question,
    /// The output that was claimed, to compare with the proved one
    #[arg(long, value_name = "NPY")]
    output: Option<PathBuf>,
    /// What the proof has to be bound to
    #[arg(long, value_name = "HEX", default_value_t = Digest([0; 32]), hide_default_value = true)]
    context: Digest,
    /// The digest of the settlement key that a contract pins, which has to be this model's
    #[arg(long, value_name = "HEX")]
    settlement_key: Option<Digest>,
    /// Write the proved output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Overwrite,
}

/// What settles: the circuit's key, and the digest of the key that a contract pins.
struct Settlement {
    circuit: CircuitKey,
    digest: Digest,
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
            CliError::Refused(reason) => !matches!(reason, Refusal::Size(_)),
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
        // First of all, so that no work is done for an architecture that nobody registered.
        check_digest(&published, self.digest)?;
        let architecture = &published.key.architecture;
        let statement = Statement::new(architecture)?;
        let receipt = read_receipt(&self.proof, &statement)?;
        check_names(&published, self.context, &receipt)?;
        let input = self.question.read(&architecture.input)?;
        let circuit = self.circuit(&receipt, &statement)?;
        let powers = circuit.as_ref().map_or(0, Circuit::log_rows).max(architecture.row_bits);
        let srs = Srs::read_prefix(&self.srs, powers)?;
        check_key(&published, &statement, &srs)?;
        let settlement = circuit.map(|circuit| self.settlement(&circuit, &published, &statement, &srs)).transpose()?;
        let circuit = settlement.as_ref().map(|settlement| &settlement.circuit);
        check_receipt(&published, &srs, circuit, self.context, &input.integers, &receipt)?;
        let answer = Answer::new(&architecture.output, &receipt.output);
        if let Some(path) = &self.output {
            check_output(&read_output(path, architecture)?, &answer.values, architecture.output.scale)?;
        }
        let stored = answer.save(save.map(|path| self.overwrite.target(path)))?;
        let seconds = start.elapsed().as_secs_f64();
        let outcome = self.accept(&published, receipt.proof.kind(), settlement.as_ref(), &answer, seconds);
        Ok(input.annotate(outcome.with_setup(srs.is_insecure()).with_kept(&stored)))
    }

    /// The settlement circuit, where the proof or the contract's digest asks for it.
    fn circuit(&self, receipt: &Receipt, statement: &Statement<'_>) -> Result<Option<Circuit>, CliError> {
        let wanted = receipt.proof.kind() == ProofKind::Settlement || self.settlement_key.is_some();
        Ok(wanted.then(|| Circuit::new(statement)).transpose()?)
    }

    fn settlement(
        &self,
        circuit: &Circuit,
        published: &PublishedKey,
        statement: &Statement<'_>,
        srs: &Srs,
    ) -> Result<Settlement, CliError> {
        let circuit = circuit.key(srs)?;
        let key = SettlementKey::new(statement, &circuit, srs.opening_key(), &published.key);
        let digest = Digest(key.digest());
        match self.settlement_key {
            Some(expected) if expected != digest => Err(Refusal::SettlementKey { expected, found: digest }.into()),
            _ => Ok(Settlement { circuit, digest }),
        }
    }

    fn accept(
        &self,
        published: &PublishedKey,
        kind: ProofKind,
        settlement: Option<&Settlement>,
        answer: &Answer,
        seconds: f64,
    ) -> Outcome {
        let settlement = settlement.map(|settlement| settlement.digest.to_string());
        let text = format!(
            "VALID ({kind} proof): the model with weight digest {} answers this input with\n{answer}\n{}Checked in {:.0} ms",
            self.digest,
            settlement.as_ref().map(|digest| format!("settlement key  {digest}\n")).unwrap_or_default(),
            1e3 * seconds
        );
        let mut json = json!({
            "valid": true,
            "kind": kind.to_string(),
            "seconds": seconds,
            "weight_digest": self.digest.to_string(),
            "settlement_key_digest": settlement,
            "architecture_digest": Digest(published.key.architecture.digest()).to_string(),
            "context": self.context.to_string(),
        });
        answer.describe(&mut json);
        Outcome::done(text, json)
    }
}
