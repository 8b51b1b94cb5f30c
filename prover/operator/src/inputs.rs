//! Inputs that are not on the chain: files in a folder, found by the hash of what contracts are told of them.

use std::{
    collections::HashMap,
    fs::{self, Metadata},
    path::{Path, PathBuf},
    time::SystemTime,
};

use alloy::primitives::{B256, keccak256};
use tracing::warn;

use super::Served;
use hallmark_proving::file;

/// The most files that are remembered as wrong, so that each is read once.
const MAX_WRONG: usize = 1024;

/// The length of a file and the time of its last change. Both are as they were if it is the same file.
type Stamp = (u64, Option<SystemTime>);

/// The folder.
#[derive(Debug)]
pub(super) struct Inputs {
    folder: PathBuf,
    /// By the hash and the model that they were looked for.
    wrong: HashMap<(B256, B256), Stamp>,
}

impl Inputs {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), wrong: HashMap::new() }
    }

    /// The input of a model that a request with this hash is about, if it is there.
    pub(super) fn find(&mut self, hash: B256, model: &Served) -> Option<Vec<u8>> {
        let path = self.folder.join(format!("{hash}.bin"));
        let stamp = stamp(&fs::metadata(&path).ok()?);
        // A file that is no input of this model may be one of another.
        let sought = (hash, model.id);
        if self.wrong.get(&sought) == Some(&stamp) {
            return None;
        }
        match file::load(&path, model.input_bytes() as u64) {
            Ok(bytes) if model.told(&bytes).is_some_and(|told| keccak256(told) == hash) => return Some(bytes),
            Ok(_) => self.refuse((sought, stamp), &path, "it is not what its name says, or not of the model's length"),
            Err(error) => self.refuse((sought, stamp), &path, &error.to_string()),
        }
        None
    }

    fn refuse(&mut self, (sought, stamp): ((B256, B256), Stamp), path: &Path, reason: &str) {
        if self.wrong.len() == MAX_WRONG && !self.wrong.contains_key(&sought) {
            self.wrong.clear();
        }
        self.wrong.insert(sought, stamp);
        warn!(file = %path.display(), reason, "an input file is unusable");
    }
}

fn stamp(file: &Metadata) -> Stamp {
    (file.len(), file.modified().ok())
}
