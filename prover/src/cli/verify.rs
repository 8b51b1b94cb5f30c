//! `hallmark verify`: the check of an answer, with nothing of the operator's but its key and its digest.

use std::path::PathBuf;
use std::time::Instant;

use hallmark_circuits::{codec::PublishedKey, verifier::statement::Statement};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    array::{Answer, Input, read_output},
    refusal::{check_key, check_output, check_receipt},
};
use crate::{
    artifact::{read_key, read_receipt},
    srs::Srs,
};

const EXAMPLE: &str = "\
Example: hallmark verify p.proof --key m.key --srs srs.bin --digest 0x... --input x.npy --output y.npy

Take the digest from where the operator registered it, never from the operator's latest message: it is what the answer is
held against. The key may come from anywhere, since it has to match the digest. The output that is shown is the proved
one. Exit status: 0 where the proof holds, 1 where it is refused, with the reason.";

/// Checks the proof of an answer.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The proof
    proof: PathBuf,
    /// The verifying key
    #[arg(long)]
    key: PathBuf,
    /// The structured reference string; only its head and the powers of one row are read
    #[arg(long)]
    srs: PathBuf,
    /// The weight digest that the operator registered
    #[arg(long, value_name = "HEX")]
    digest: Digest,
    /// The input that was asked about
    #[arg(long, value_name = "NPY")]
    input: PathBuf,
    /// The output that was claimed, to compare with the proved one
    #[arg(long, value_name = "NPY")]
    output: Option<PathBuf>,
    /// What the proof has to be bound to
    #[arg(long, value_name = "HEX", default_value_t = Digest([0; 32]), hide_default_value = true)]
    context: Digest,
    /// Write the proved output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
}

impl Args {
    /// A proof that can't even be read is refused too: nothing but an acceptance means anything.
    pub(super) fn run(&self) -> Outcome {
        self.check().unwrap_or_else(|error| {
            let reason = error.to_string();
            let json = json!({ "valid": false, "reason": reason });
            Outcome { accepted: false, text: format!("REFUSED: {reason}"), json, warnings: Vec::new() }
        })
    }

    fn check(&self) -> Result<Outcome, CliError> {
        let start = Instant::now();
        let published = read_key(&self.key)?;
        let architecture = &published.key.architecture;
        let statement = Statement::new(architecture)?;
        let srs = Srs::read_prefix(&self.srs, architecture.row_bits)?;
        check_key(&published, &statement, &srs, self.digest)?;
        let receipt = read_receipt(&self.proof, &statement)?;
        let input = Input::read(&self.input, &architecture.input)?;
        check_receipt(&published, &srs, self.context, &input.integers, &receipt)?;
        let answer = Answer::new(&architecture.output, &receipt.output);
        if let Some(path) = &self.output {
            check_output(&read_output(path, architecture)?, &answer.values, architecture.output.scale)?;
        }
        answer.save(self.save_output.as_deref())?;
        let outcome = self.accept(&published, &answer, start.elapsed().as_secs_f64());
        Ok(input.annotate(outcome.with_setup(srs.is_insecure())))
    }

    fn accept(&self, published: &PublishedKey, answer: &Answer, seconds: f64) -> Outcome {
        let digest = self.digest;
        let text = format!(
            "VALID: the model with weight digest {digest} answers this input with\n{answer}\nChecked in {:.0} ms",
            1e3 * seconds
        );
        let mut json = json!({
            "valid": true,
            "seconds": seconds,
            "weight_digest": digest.to_string(),
            "architecture_digest": Digest(published.key.architecture.digest()).to_string(),
            "context": self.context.to_string(),
        });
        answer.describe(&mut json);
        Outcome::done(text, json)
    }
}
