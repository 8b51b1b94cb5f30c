//! `hallmark verify`: the check of an answer, with nothing of the operator's but its key and its digest.

use std::path::PathBuf;

use hallmark_local::{Given, Verification};

use super::{CliError, Digest, Outcome, overwrite::Force, question::Inputs};

const EXAMPLE: &str = "\
Example: hallmark verify p.proof --key m.key --srs srs.bin --digest 0x... --input x.npy --output y.npy

Either kind of proof is checked, and the answer says which it was. Take the model digest from where the operator registered it,
never from the operator's latest message: it is what the answer is compared with. The key and the structured reference string
may come from anywhere. The powers that are read are checked to be successive powers of one tau, unless the same ones were before;
everything else but the weights' commitments is derived from them, and the result has to have the model digest. The output that is
shown is the proved one.

The proof of a batch takes the stack of samples that it was made for, with `--inputs`. It holds only if the model digest covers
batches of its size.

An off-chain proof may be checked against the weight digest instead, with --weight-digest: that takes fewer powers, and no settlement
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
    inputs: Inputs,
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
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let verification = Verification {
            proof: self.proof.clone(),
            key: self.key.clone(),
            srs: self.srs.clone(),
            digest: self.digest,
            weight_digest: self.weight_digest,
            questions: self.inputs.questions(),
            output: self.output.as_deref().map(Given::from),
            context: self.context,
            save_output: self.save_output.clone(),
            overwrite: self.overwrite.rule(),
        };
        Ok(verification.run()?.outcome)
    }
}
