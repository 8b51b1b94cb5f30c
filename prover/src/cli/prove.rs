//! `hallmark prove`: an answer and its proof.

use std::path::PathBuf;
use std::time::Instant;

use hallmark_circuits::codec::Receipt;
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    array::{Answer, Input},
};
use crate::{
    artifact::{read_model, write_receipt},
    proving::Prover,
    srs::Srs,
};

const EXAMPLE: &str = "\
Example: hallmark prove m.hallmark --srs srs.bin --input x.npy -o p.proof --timings

The input and the output are in the ONNX model's own units, a batch of one. The proof can't be made to say another
answer, but it is not secret: it holds sums over weights and activations, and enough proofs give the weights away. Show it
only to those who may know them. Two proofs of one inference differ, since each is blinded afresh.";

/// Runs a model and proves its answer.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The committed model
    model: PathBuf,
    /// The structured reference string that it was committed to under
    #[arg(long)]
    srs: PathBuf,
    /// The input
    #[arg(long, value_name = "NPY")]
    input: PathBuf,
    /// The file to write
    #[arg(long, short)]
    output: PathBuf,
    /// What to bind the proof to: 32 bytes that the verifier has to name too
    #[arg(long, value_name = "HEX", default_value_t = Digest([0; 32]), hide_default_value = true)]
    context: Digest,
    /// Write the model's output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let model = read_model(&self.model)?;
        let committed = model.into_committed().ok_or_else(|| CliError::Uncommitted { path: self.model.clone() })?;
        let architecture = &committed.key.architecture;
        let input = Input::read(&self.input, &architecture.input)?;
        let srs = Srs::read(&self.srs)?;
        let start = Instant::now();
        let prover = tracing::info_span!("prepare").in_scope(|| Prover::new(&committed, &srs))?;
        let inference = tracing::info_span!("prove")
            .in_scope(|| prover.prove(self.context.0, &input.integers, &mut rand::rng()))?;
        let seconds = start.elapsed().as_secs_f64();
        let key = committed.key.digest();
        let answer = Answer::new(&architecture.output, &inference.output);
        answer.save(self.save_output.as_deref())?;
        let receipt = Receipt { key, context: self.context.0, output: inference.output, proof: inference.proof };
        let proof_bytes = write_receipt(&self.output, &receipt)?;
        let text = format!(
            "Output\n{answer}\nWrote {}: {proof_bytes} bytes in {seconds:.2} s\n\nweight digest  {}",
            self.output.display(),
            Digest(key)
        );
        let mut json = json!({
            "file": self.output.display().to_string(),
            "seconds": seconds,
            "proof_bytes": proof_bytes,
            "weight_digest": Digest(key).to_string(),
            "context": self.context.to_string(),
        });
        answer.describe(&mut json);
        Ok(input.annotate(Outcome::done(text, json).with_setup(srs.is_insecure())))
    }
}
