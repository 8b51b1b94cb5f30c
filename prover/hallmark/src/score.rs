//! `hallmark score`: what a model scores on a data set, with a proof.

use std::path::PathBuf;

use hallmark_local::{MetricName, Scoring};

use super::{CliError, Outcome, next::quoted, outcome::Say, overwrite::Force};

const EXAMPLE: &str = "\
Example: hallmark score m.hallmark --dataset test.dataset --metric accuracy --srs srs.bin -o s.score

The proofs say what the committed weights score on the committed set, and nothing else of either. All samples count, each once. The
metrics are

  accuracy       samples whose class is the greatest output; of equal outputs the first counts as the greater one
  top-K          samples whose class is among the K greatest outputs
  threshold=X    true and false positives, for two classes and a model with one output, where X and more is class 1
  mae, mse       mean absolute and mean squared error, for sets with --targets

There is a proof for each chunk of the set. Each is written when it is made, so that a run that was stopped goes on where it was. The
keys of the settlement are made once, and kept beside the score.";

/// Proves what a model scores on a data set.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The committed model
    model: PathBuf,
    /// The committed data set
    #[arg(long)]
    dataset: PathBuf,
    /// What is asked: accuracy, top-K, threshold=X, mae or mse
    #[arg(long)]
    metric: MetricName,
    /// The structured reference string that both were committed to under
    #[arg(long)]
    srs: PathBuf,
    /// The file to write, or one with some of the proofs
    #[arg(long, short)]
    output: PathBuf,
    /// Prove without settling: faster, but the proofs reveal facts about weights and samples
    #[arg(long)]
    off_chain: bool,
    /// The file of settlement keys [default: the score's name with the extension .settlement]
    #[arg(long, value_name = "FILE", conflicts_with = "off_chain")]
    keys: Option<PathBuf>,
    /// The logarithm of the length of rows: longer ones take less gas and more time
    #[arg(long, value_parser = clap::value_parser!(u32).range(9..=24))]
    row_bits: Option<u32>,
    #[command(flatten)]
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let scoring = Scoring {
            model: self.model.clone(),
            set: self.dataset.clone(),
            metric: self.metric,
            srs: self.srs.clone(),
            output: self.output.clone(),
            off_chain: self.off_chain,
            keys: self.keys.clone(),
            row_bits: self.row_bits,
            overwrite: self.overwrite.rule(),
        };
        let outcome = scoring.run()?;
        let [weights, set] =
            ["weight_digest", "data_set_digest"].map(|name| outcome.json[name].as_str().unwrap_or_default());
        let [score, srs] = [&self.output, &self.srs].map(|path| quoted(path));
        let verify = format!(
            "hallmark verify-score {score} --key KEY --set SET --srs {srs} --weight-digest {weights} --set-digest {set}"
        );
        Ok(outcome.with_next(verify))
    }
}
