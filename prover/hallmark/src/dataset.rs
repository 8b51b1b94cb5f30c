//! `hallmark dataset`: samples with labels that models are scored on.

use std::path::PathBuf;

use clap::Subcommand;
use hallmark_local::{Given, SetCommitment, SetExport, SetInspection, Truth};

use super::{CliError, Outcome, next::quoted, outcome::Say, overwrite::Force};

const COMMIT: &str = "\
Example: hallmark dataset commit --inputs x.npy --labels y.npy --srs srs.bin --key m.key -o test.dataset

The samples are stacked along the first axis, in the ONNX model's own units. --labels are the numbers of classes, from 0. --targets
are the numbers that a model should answer. The file that is written is secret: it holds all of them. The digest binds the samples,
the labels and their order, and tells nothing of them. Committed twice, a set has two digests.

A model is scored on the set if its weights stand in rows of the same length, which --key takes from the model's key. One proof is
about a chunk of the set, of 1024 samples unless --chunk says otherwise.";

const EXPORT: &str = "\
Example: hallmark dataset export-key test.dataset -o test.set

The key holds the commitments, and no samples. `verify-score` takes it.";

/// Commits to samples with labels.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Commit to a data set
    #[command(after_help = COMMIT)]
    Commit {
        /// The samples
        #[arg(long, value_name = "NPY")]
        inputs: PathBuf,
        /// The right classes
        #[arg(long, value_name = "NPY", required_unless_present = "targets", conflicts_with = "targets")]
        labels: Option<PathBuf>,
        /// The number of classes [default: one more than the greatest label]
        #[arg(long, requires = "labels", value_parser = clap::value_parser!(u32).range(2..))]
        classes: Option<u32>,
        /// The numbers that a model should answer
        #[arg(long, value_name = "NPY")]
        targets: Option<PathBuf>,
        /// The structured reference string
        #[arg(long)]
        srs: PathBuf,
        /// The key of a model that is to be scored: it says the length of rows
        #[arg(long)]
        key: Option<PathBuf>,
        /// The logarithm of the length of rows [default: 13]
        #[arg(long, conflicts_with = "key", value_parser = clap::value_parser!(u32).range(9..=24))]
        row_bits: Option<u32>,
        /// The samples that one proof is about, a power of two [default: at most 1024]
        #[arg(long)]
        chunk: Option<usize>,
        /// The file to write, which is secret
        #[arg(long, short)]
        output: PathBuf,
        #[command(flatten)]
        overwrite: Force,
    },
    /// Write a data set's key, which holds no samples
    #[command(after_help = EXPORT)]
    ExportKey {
        /// The data set
        set: PathBuf,
        /// The file to write
        #[arg(long, short)]
        output: PathBuf,
        #[command(flatten)]
        overwrite: Force,
    },
    /// Show what a data set's key says
    #[command(after_help = "Example: hallmark dataset show test.set")]
    Show {
        /// The key of a data set
        key: PathBuf,
    },
}

impl Command {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let outcome = match self {
            Self::Commit { inputs, labels, classes, targets, srs, key, row_bits, chunk, output, overwrite } => {
                let classes = classes.and_then(|classes| usize::try_from(classes).ok());
                // One of them is there, which the parser sees to.
                let truth = match (labels, targets) {
                    (Some(labels), _) => Truth::Classes(Given::File(labels.clone()), classes),
                    (None, targets) => Truth::Numbers(Given::File(targets.clone().unwrap_or_default())),
                };
                SetCommitment {
                    inputs: Given::File(inputs.clone()),
                    truth,
                    srs: srs.clone(),
                    key: key.clone(),
                    row_bits: *row_bits,
                    chunk: *chunk,
                    output: output.clone(),
                    overwrite: overwrite.rule(),
                }
                .run()?
                .with_next(format!(
                    "hallmark dataset export-key {} -o {}",
                    quoted(output),
                    quoted(&output.with_extension("set"))
                ))
                .with_next(format!(
                    "hallmark score MODEL.hallmark --dataset {} --metric METRIC --srs {} -o s.score",
                    quoted(output),
                    quoted(srs)
                ))
            }
            Self::ExportKey { set, output, overwrite } => {
                SetExport { set: set.clone(), output: output.clone(), overwrite: overwrite.rule() }.run()?
            }
            Self::Show { key } => SetInspection { key: key.clone() }.run()?,
        };
        Ok(outcome)
    }
}
