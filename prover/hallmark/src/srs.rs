//! `hallmark srs`: structured reference strings.

use std::path::PathBuf;

use clap::{Subcommand, value_parser};
use hallmark_local::{Import, NewSetup, list_setups};
use hallmark_proving::srs::MAX_LOG_SIZE;

use super::{CliError, Outcome, outcome::Say, overwrite::Force};

/// Makes, imports or lists structured reference strings.
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
        /// The file to write [default: one in HALLMARK_SRS_DIR, under the setup's digest]
        #[arg(long, short)]
        output: Option<PathBuf>,
        #[command(flatten)]
        overwrite: Force,
    },
    /// Import a snarkjs or Hermez .ptau file over BN254, checked with pairings
    #[command(after_help = "Example: hallmark srs import powersOfTau28_hez_final_16.ptau -o srs.bin
         hallmark srs import powersOfTau28_hez_final_16.ptau

Without -o the setup is kept under its digest. From then on `--srs 0x...` names it by this digest.")]
    Import {
        /// The ceremony's file
        ptau: PathBuf,
        /// Take fewer powers than the file has
        #[arg(long)]
        log_size: Option<u32>,
        /// The file to write [default: one in HALLMARK_SRS_DIR, under the setup's digest]
        #[arg(long, short)]
        output: Option<PathBuf>,
        #[command(flatten)]
        overwrite: Force,
    },
    /// List the setups that are kept under their digests, which --srs takes
    #[command(after_help = "Example: hallmark srs list")]
    List,
}

impl Command {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let next = "hallmark compile MODEL.onnx --calibration SAMPLES.npy -o m.hallmark".to_owned();
        let outcome = match self {
            Self::List => return Ok(list_setups()?),
            Self::New { insecure, log_size, output, overwrite } => NewSetup {
                insecure: *insecure,
                log_size: *log_size,
                output: output.clone(),
                overwrite: overwrite.rule(),
            }
            .run()?,
            Self::Import { ptau, log_size, output, overwrite } => {
                Import { ptau: ptau.clone(), log_size: *log_size, output: output.clone(), overwrite: overwrite.rule() }
                    .run()?
            }
        };
        Ok(outcome.with_next(next))
    }
}
