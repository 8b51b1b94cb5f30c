//! Where this machine's facts are: what was checked before, and need not be checked again.

use std::{env, path::PathBuf};

use hallmark_circuits::facts::{Facts, NoFacts};
use hallmark_proving::facts::{FactFolder, FolderError};

use super::setups::cache_folder;

/// The variable that names the folder. With an empty one nothing is remembered.
const FOLDER_VARIABLE: &str = "HALLMARK_FACTS_DIR";

/// The folder; none if nothing is to be remembered.
#[must_use]
pub fn folder() -> Option<Result<FactFolder, FolderError>> {
    let path: PathBuf = match env::var_os(FOLDER_VARIABLE) {
        Some(path) if path.is_empty() => return None,
        Some(path) => path.into(),
        None => cache_folder("facts")?,
    };
    Some(FactFolder::open(path))
}

/// What is known. Where no folder can be used everything is checked, and `hallmark doctor` says why.
#[must_use]
pub fn known() -> Box<dyn Facts> {
    match folder() {
        Some(Ok(folder)) => Box::new(folder),
        Some(Err(_)) | None => Box::new(NoFacts),
    }
}
