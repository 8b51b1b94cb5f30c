//! Inputs that are not on the chain: files in a folder, found by the hash of what contracts are told of them.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use alloy::primitives::{B256, keccak256};
use tracing::warn;

use super::Served;
use hallmark_proving::file;

/// The most files that are remembered as wrong, so that each is told of once.
const MAX_WRONG: usize = 1024;

/// The folder.
#[derive(Debug)]
pub(super) struct Inputs {
    folder: PathBuf,
    wrong: HashSet<B256>,
}

impl Inputs {
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), wrong: HashSet::new() }
    }

    /// The input of a model that a request with this hash is about, if it is there.
    pub(super) fn find(&mut self, hash: B256, model: &Served) -> Option<Vec<u8>> {
        let path = self.folder.join(format!("{hash}.bin"));
        if !path.exists() {
            return None;
        }
        match file::load(&path, model.input_bytes() as u64) {
            Ok(bytes) if model.told(&bytes).is_some_and(|told| keccak256(told) == hash) => return Some(bytes),
            Ok(_) => self.complain(hash, &path, "it is not what its name says, or not of the model's length"),
            Err(error) => self.complain(hash, &path, &error.to_string()),
        }
        None
    }

    fn complain(&mut self, hash: B256, path: &Path, reason: &str) {
        if self.wrong.len() < MAX_WRONG && self.wrong.insert(hash) {
            warn!(file = %path.display(), reason, "an input file is unusable");
        }
    }
}
