//! `hallmark verify-score`: the check of a score, with nothing but keys and digests.

use std::path::PathBuf;

use hallmark_local::ScoreVerification;

use super::{CliError, Digest, Outcome};

const EXAMPLE: &str = "\
Example: hallmark verify-score s.score --key m.key --set test.set --srs srs.bin --digest 0x... --set-digest 0x...

Take the model digest from where the operator registered it, and the digest of the data set from where its curator published it.
The keys may come from anywhere. All proofs have to hold, one for each chunk of the set.

The proofs do not say that the labels are right, or that the model's operator has not seen the set before. Ask when each digest
was published.

Exit status: 0 if the score holds. 1 if a proof is false or missing; --json then has \"valid\": false and a reason. 3 if the command
could not check the proofs, since a file is missing or damaged; --json then has an \"error\".";

/// Checks the proofs of a score.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The proofs
    score: PathBuf,
    /// The model's verifying key
    #[arg(long)]
    key: PathBuf,
    /// The data set's key
    #[arg(long)]
    set: PathBuf,
    /// The structured reference string; only the powers that are needed are read, and checked
    #[arg(long)]
    srs: PathBuf,
    /// The model digest that the operator registered
    #[arg(long, value_name = "HEX", required_unless_present = "weight_digest")]
    digest: Option<Digest>,
    /// The weight digest, which says the same of the weights
    #[arg(long, value_name = "HEX")]
    weight_digest: Option<Digest>,
    /// The digest of the data set that its curator published
    #[arg(long, value_name = "HEX")]
    set_digest: Digest,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let verification = ScoreVerification {
            score: self.score.clone(),
            key: self.key.clone(),
            set: self.set.clone(),
            srs: self.srs.clone(),
            digest: self.digest,
            weight_digest: self.weight_digest,
            set_digest: self.set_digest,
        };
        Ok(verification.run()?)
    }
}
