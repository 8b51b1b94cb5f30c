//! `hallmark srs`: structured reference strings.

use std::path::{Path, PathBuf};

use clap::{Subcommand, value_parser};
use serde_json::json;

use super::{CliError, Outcome, overwrite::Overwrite};
use hallmark_proving::srs::{MAX_LOG_SIZE, Srs};

const LESSON: &str = "a string made on one machine can't be trusted: whoever ran the command could prove anything. For development, say so: \
                      `hallmark srs new --insecure --log-size 16 -o srs.bin`. For everything else, import a public ceremony's file: \
                      `hallmark srs import powersOfTau28_hez_final_16.ptau -o srs.bin`";

/// Makes or imports a structured reference string.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make one for development; its maker could prove anything
    #[command(after_help = "Example: hallmark srs new --insecure --log-size 16 -o srs.bin")]
    New {
        /// Accept that proofs under it prove nothing to others
        #[arg(long)]
        insecure: bool,
        /// The logarithm of the number of powers: `compile` and `inspect` tell what a model needs
        #[arg(long, default_value_t = 16, value_parser = value_parser!(u32).range(1..=i64::from(MAX_LOG_SIZE)))]
        log_size: u32,
        /// The file to write
        #[arg(long, short)]
        output: PathBuf,
        #[command(flatten)]
        overwrite: Overwrite,
    },
    /// Import a snarkjs or Hermez .ptau file over BN254, checked with pairings
    #[command(after_help = "Example: hallmark srs import powersOfTau28_hez_final_16.ptau -o srs.bin")]
    Import {
        /// The ceremony's file
        ptau: PathBuf,
        /// Take fewer powers than the file has
        #[arg(long)]
        log_size: Option<u32>,
        /// The file to write
        #[arg(long, short)]
        output: PathBuf,
        #[command(flatten)]
        overwrite: Overwrite,
    },
}

impl Command {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        if let Self::New { insecure: false, .. } = self {
            return Err(CliError::Usage(LESSON.into()));
        }
        let (Self::New { output, overwrite, .. } | Self::Import { output, overwrite, .. }) = self;
        overwrite.check([(output.as_path(), Srs::FORM)], &self.inputs())?;
        let srs = match self {
            Self::New { log_size, .. } => {
                tracing::info_span!("powers").in_scope(|| Srs::insecure(*log_size, &mut rand::rng()))
            }
            Self::Import { ptau, log_size, .. } => Srs::import_ptau(ptau, *log_size)?,
        };
        tracing::info_span!("write").in_scope(|| srs.write(overwrite.target(output)))?;
        let digest = srs.opening_key().digest.to_string();
        let text = format!("Wrote {}: 2^{} powers, setup {digest}", output.display(), srs.log_size());
        let json = json!({ "file": output.display().to_string(), "log_size": srs.log_size(), "setup_digest": digest });
        let next = "hallmark compile MODEL.onnx --calibration SAMPLES.npy -o m.hallmark".into();
        Ok(Outcome::done(text, json).with_setup(srs.is_insecure()).with_next(next))
    }

    fn inputs(&self) -> Vec<&Path> {
        match self {
            Self::New { .. } => Vec::new(),
            Self::Import { ptau, .. } => vec![ptau],
        }
    }
}
