//! Setups that are kept under their digest, so that whoever needs one can name it by that.
//!
//! A file's name is believed by nobody: the digest is read of the file, and whatever reads powers checks them against it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use hallmark_circuits::digest::Digest;
use hallmark_proving::srs::{Ceremony, Srs, SrsError};
use serde_json::{Value, json};

/// The variable that names the folder.
const FOLDER_VARIABLE: &str = "HALLMARK_SRS_DIR";
/// The most files of the folder that are looked at.
const MAX_FILES: usize = 256;
const EXTENSION: &str = "bin";

/// A setup in the folder.
pub struct Kept {
    /// Its file.
    pub path: PathBuf,
    /// The length of the file.
    pub bytes: u64,
    /// Its digest, and whether somebody may know its secret; or why it is none.
    pub setup: Result<(Digest, bool), SrsError>,
}

/// The folder.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    variable(FOLDER_VARIABLE).or_else(|| cache_folder("srs"))
}

/// The user's folder for something that can be made again.
pub(crate) fn cache_folder(name: &str) -> Option<PathBuf> {
    let caches = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    Some(caches?.join("hallmark").join(name))
}

fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The file of a setup in a folder.
pub(crate) fn file_of(folder: &Path, digest: Digest) -> PathBuf {
    folder.join(digest.to_string()).with_extension(EXTENSION)
}

/// Whose setup has a digest, in words. A setup for tests is nobody's.
#[must_use]
pub fn origin(digest: Digest, insecure: bool) -> String {
    match Ceremony::of(digest) {
        _ if insecure => "for tests: its maker can prove anything".into(),
        Some(ceremony) => ceremony.describe(),
        None => "of a ceremony that is not known here: `snarkjs powersoftau verify` checks its transcript".into(),
    }
}

/// Whose setup has a digest, for programs: null if it is not known.
pub(crate) fn describe_origin(digest: Digest) -> Value {
    Ceremony::of(digest).map_or(
        Value::Null,
        |ceremony| json!({ "name": ceremony.name, "contributions": ceremony.contributions, "files": ceremony.files }),
    )
}

/// The digest that a text is, if it is none of a file.
#[must_use]
pub fn digest_of(path: &Path) -> Option<Digest> {
    path.to_str().filter(|text| text.len() == 66 && text.starts_with("0x"))?.parse().ok()
}

/// The file that somebody means: by its path, or by the digest of the setup in it.
///
/// # Errors
/// Says why there is no such setup.
pub fn locate(path: PathBuf) -> Result<PathBuf, String> {
    const NO_FOLDER: &str = "no folder has setups by their digest: set HALLMARK_SRS_DIR, or name a file";
    let Some(digest) = digest_of(&path) else { return Ok(path) };
    let file = file_of(&folder().ok_or(NO_FOLDER)?, digest);
    let shown = file.display();
    if !file.exists() {
        return Err(format!("there is no {shown}: `hallmark srs import` without -o puts a setup there"));
    }
    match Srs::read_opening_key(&file) {
        Ok(key) if key.digest == digest => Ok(file),
        Ok(key) => Err(format!("{shown} has the setup {}: remove it, and import the right one", key.digest)),
        Err(error) => Err(format!("{shown} is of no use: {error}")),
    }
}

/// The setups of a folder, in the order of their names. A folder that is not there has none.
#[must_use]
pub fn list(folder: &Path) -> Vec<Kept> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| is_setup(path)).take(MAX_FILES).collect();
    paths.sort();
    paths.into_iter().map(Kept::look).collect()
}

fn is_setup(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

impl Kept {
    /// What is at a path.
    #[must_use]
    pub fn look(path: PathBuf) -> Self {
        let setup = Srs::read_opening_key(&path).map(|key| (key.digest, key.insecure));
        let bytes = fs::metadata(&path).map_or(0, |metadata| metadata.len());
        Self { path, bytes, setup }
    }
}
