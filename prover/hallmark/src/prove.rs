//! `hallmark prove`: an answer and its proof.

use std::path::PathBuf;

use hallmark_local::Proving;

use super::{CliError, Digest, Outcome, next::quoted, outcome::Say, overwrite::Force, question::Inputs};

const EXAMPLE: &str = "\
Example: hallmark prove m.hallmark --srs srs.bin --input x.npy -o p.proof --timings

The input and the output are in the ONNX model's own units, a batch of one. The proof can't be made to say another
answer. It settles: a contract can check it, and it is zero-knowledge, so it reveals nothing about the weights but what the
answer itself reveals; docs/protocol.md lists what it publishes. With `--off-chain` it is the argument alone, which takes less
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
    inputs: Inputs,
    /// The file to write
    #[arg(long, short)]
    output: PathBuf,
    /// What to bind the proof to: 32 bytes that the verifier has to name too
    #[arg(long, value_name = "HEX", default_value_t = Digest([0; 32]), hide_default_value = true)]
    context: Digest,
    /// Prove without settling: faster, but the proof reveals facts about the weights
    #[arg(long)]
    off_chain: bool,
    /// The file of settlement keys [default: the model's name with the extension .settlement]
    #[arg(long, value_name = "FILE", conflicts_with = "off_chain")]
    keys: Option<PathBuf>,
    /// Write the model's output to a file
    #[arg(long, value_name = "NPY")]
    save_output: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let proving = Proving {
            model: self.model.clone(),
            srs: self.srs.clone(),
            questions: self.inputs.questions(),
            output: self.output.clone(),
            context: self.context,
            off_chain: self.off_chain,
            keys: self.keys.clone(),
            save_output: self.save_output.clone(),
            overwrite: self.overwrite.rule(),
        };
        let outcome = proving.run()?.outcome;
        let (name, digest) = match outcome.json["model_digest"].as_str() {
            Some(digest) => ("--digest", digest),
            None => ("--weight-digest", outcome.json["weight_digest"].as_str().unwrap_or_default()),
        };
        let [proof, srs] = [&self.output, &self.srs].map(|path| quoted(path));
        let verify = format!("hallmark verify {proof} --key KEY --srs {srs} {name} {digest} {}", self.inputs.typed());
        Ok(outcome.with_next(verify))
    }

    pub(super) const fn is_off_chain(&self) -> bool {
        self.off_chain
    }
}
