//! Structured reference strings: made, imported, or listed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use hallmark_circuits::digest::Digest;
use serde_json::{Value, json};

use super::{
    LocalError, Outcome,
    overwrite::Overwrite,
    setups::{self, Kept},
};
use hallmark_compiling::number::count;
use hallmark_proving::{
    file::FileError,
    srs::{MAX_LOG_SIZE, Srs},
};

const LESSON: &str = "a string made on one machine can't be trusted: whoever ran the command could prove anything. For development, say so: \
                      `hallmark srs new --insecure --log-size 16 -o srs.bin`. For everything else, import a public ceremony's file: \
                      `hallmark srs import powersOfTau28_hez_final_16.ptau -o srs.bin`";

/// Makes a structured reference string for development, whose maker could prove anything.
#[derive(Clone, Debug)]
pub struct NewSetup {
    /// Whether it is accepted that proofs under it prove nothing to others. Nothing is made otherwise.
    pub insecure: bool,
    /// The logarithm of the number of powers.
    pub log_size: u32,
    /// The file to write. Without one the setup is kept under its digest.
    pub output: Option<PathBuf>,
    /// Whether the file may be replaced.
    pub overwrite: Overwrite,
}

impl NewSetup {
    /// Makes it, and writes it.
    ///
    /// # Errors
    /// [`LocalError`] if nobody accepts that it is insecure, or the file can't be written.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        if !self.insecure {
            return Err(LocalError::Usage(LESSON.into()));
        }
        if !(1..=MAX_LOG_SIZE).contains(&self.log_size) {
            let found = self.log_size;
            return Err(LocalError::Usage(format!("the log size is {found}: give one from 1 to {MAX_LOG_SIZE}")));
        }
        let make = || Ok(Srs::insecure(self.log_size, &mut rand::rng()));
        keep(self.output.as_deref(), self.overwrite, &[], || tracing::info_span!("powers").in_scope(make))
    }
}

/// Imports a snarkjs or Hermez `.ptau` file over BN254, which is checked with pairings.
#[derive(Clone, Debug)]
pub struct Import {
    /// The ceremony's file.
    pub ptau: PathBuf,
    /// The logarithm of the number of powers to take; as many as there are unless told.
    pub log_size: Option<u32>,
    /// The file to write. Without one the setup is kept under its digest.
    pub output: Option<PathBuf>,
    /// Whether the file may be replaced.
    pub overwrite: Overwrite,
}

impl Import {
    /// Imports it, and writes it.
    ///
    /// # Errors
    /// [`LocalError`] if the ceremony's file is of no use, or the other can't be written.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let import = || Ok(Srs::import_ptau(&self.ptau, self.log_size)?);
        keep(self.output.as_deref(), self.overwrite, &[&self.ptau], import)
    }
}

/// Makes a setup, and writes it to a file or under its digest.
fn keep(
    output: Option<&Path>,
    overwrite: Overwrite,
    inputs: &[&Path],
    make: impl FnOnce() -> Result<Srs, LocalError>,
) -> Result<Outcome, LocalError> {
    // Found out before the work is done.
    output.iter().try_for_each(|path| overwrite.check([(*path, Srs::FORM)], inputs))?;
    let srs = make()?;
    let output = match output {
        Some(path) => path.to_owned(),
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
    Ok(Outcome::done(text, json).with_setup(srs.is_insecure()))
}

/// The folder of setups under their digest.
fn folder() -> Result<PathBuf, LocalError> {
    const NOWHERE: &str =
        "there is no folder for setups under their digest: name one in HALLMARK_SRS_DIR, or a file with -o";
    setups::folder().ok_or_else(|| LocalError::Usage(NOWHERE.into()))
}

/// Where a setup is kept under its digest.
fn kept_as(digest: Digest, overwrite: Overwrite) -> Result<PathBuf, LocalError> {
    let folder = folder()?;
    fs::create_dir_all(&folder).map_err(|error| FileError { path: folder.clone(), fault: error.into() })?;
    let file = setups::file_of(&folder, digest);
    overwrite.check([(file.as_path(), Srs::FORM)], &[])?;
    Ok(file)
}

/// Lists the setups that are kept under their digests.
///
/// # Errors
/// [`LocalError`] if no folder has them.
pub fn list_setups() -> Result<Outcome, LocalError> {
    let folder = folder()?;
    let kept = setups::list(&folder);
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
    Ok(Outcome::done(text, json!({ "folder": folder.display().to_string(), "setups": all })))
}
