//! `hallmark srs`: structured reference strings.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::{Subcommand, value_parser};
use serde_json::{Value, json};

use super::{
    CliError, Digest, Outcome,
    overwrite::Overwrite,
    setups::{self, Kept},
};
use hallmark_proving::{
    file::FileError,
    srs::{MAX_LOG_SIZE, Srs},
};
use hallmark_reports::number::count;

const LESSON: &str = "a string made on one machine can't be trusted: whoever ran the command could prove anything. For development, say so: \
                      `hallmark srs new --insecure --log-size 16 -o srs.bin`. For everything else, import a public ceremony's file: \
                      `hallmark srs import powersOfTau28_hez_final_16.ptau -o srs.bin`";

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
        overwrite: Overwrite,
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
        overwrite: Overwrite,
    },
    /// List the setups that are kept under their digests, which --srs takes
    #[command(after_help = "Example: hallmark srs list")]
    List,
}

impl Command {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let (output, overwrite) = match self {
            Self::New { insecure: false, .. } => return Err(CliError::Usage(LESSON.into())),
            Self::New { output, overwrite, .. } | Self::Import { output, overwrite, .. } => (output, *overwrite),
            Self::List => return Ok(list(&folder()?)),
        };
        // Found out before the work is done.
        output.iter().try_for_each(|path| overwrite.check([(path.as_path(), Srs::FORM)], &self.inputs()))?;
        let srs = self.make()?;
        let output = match output {
            Some(path) => path.clone(),
            None => kept_as(srs.opening_key().digest, overwrite)?,
        };
        tracing::info_span!("write").in_scope(|| srs.write(overwrite.target(&output)))?;
        let (digest, shown) = (srs.opening_key().digest, output.display());
        let origin = setups::origin(digest, srs.is_insecure());
        let text = format!("Wrote {shown}: 2^{} powers, setup {digest}\nThe setup is {origin}", srs.log_size());
        let json = json!({
            "file": shown.to_string(),
            "log_size": srs.log_size(),
            "setup_digest": digest.to_string(),
            "ceremony": setups::describe_origin(digest),
        });
        let next = "hallmark compile MODEL.onnx --calibration SAMPLES.npy -o m.hallmark".into();
        Ok(Outcome::done(text, json).with_setup(srs.is_insecure()).with_next(next))
    }

    fn make(&self) -> Result<Srs, CliError> {
        Ok(match self {
            Self::Import { ptau, log_size, .. } => Srs::import_ptau(ptau, *log_size)?,
            Self::New { log_size, .. } => {
                tracing::info_span!("powers").in_scope(|| Srs::insecure(*log_size, &mut rand::rng()))
            }
            Self::List => return Err(CliError::Usage(LESSON.into())),
        })
    }

    fn inputs(&self) -> Vec<&Path> {
        match self {
            Self::New { .. } | Self::List => Vec::new(),
            Self::Import { ptau, .. } => vec![ptau],
        }
    }
}

/// The folder of setups under their digest.
fn folder() -> Result<PathBuf, CliError> {
    const NOWHERE: &str =
        "there is no folder for setups under their digest: name one in HALLMARK_SRS_DIR, or a file with -o";
    setups::folder().ok_or_else(|| CliError::Usage(NOWHERE.into()))
}

/// Where a setup is kept under its digest.
fn kept_as(digest: Digest, overwrite: Overwrite) -> Result<PathBuf, CliError> {
    let folder = folder()?;
    fs::create_dir_all(&folder).map_err(|error| FileError { path: folder.clone(), fault: error.into() })?;
    let file = setups::file_of(&folder, digest);
    overwrite.check([(file.as_path(), Srs::FORM)], &[])?;
    Ok(file)
}

/// The setups of a folder.
fn list(folder: &Path) -> Outcome {
    let kept = setups::list(folder);
    let mut text = format!("{} in {}", count(kept.len(), "setup"), folder.display());
    for Kept { path, setup, .. } in &kept {
        text += &match setup {
            Ok((digest, insecure)) => format!("\n{digest}  {}", setups::origin(*digest, *insecure)),
            Err(error) => format!("\n{}  of no use: {error}", path.display()),
        };
    }
    let describe = |Kept { path, bytes, setup }: &Kept| {
        let setup = setup.as_ref().ok();
        json!({
            "file": path.display().to_string(),
            "bytes": bytes,
            "setup_digest": setup.map(|(digest, _)| digest.to_string()),
            "insecure_setup": setup.map(|(_, insecure)| insecure),
            "ceremony": setup.map_or(Value::Null, |(digest, _)| setups::describe_origin(*digest)),
        })
    };
    let all: Vec<Value> = kept.iter().map(describe).collect();
    Outcome::done(text, json!({ "folder": folder.display().to_string(), "setups": all }))
}
