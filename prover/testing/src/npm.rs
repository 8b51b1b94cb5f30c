//! What tests need of npm's packages: a node of a chain for development, and the Solidity compiler.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The folder of the contracts, with the packages that its lock file names. They are installed where they are missing.
///
/// # Panics
/// If there is no npm, or if it can't install them.
pub fn folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../verifier-contracts");
        // Other tests are processes of their own.
        let lock = File::create(std::env::temp_dir().join("hallmark-npm.lock")).unwrap();
        lock.lock().unwrap();
        // npm writes this file last.
        if !folder.join("node_modules/.package-lock.json").is_file() {
            let mut npm = Command::new("npm");
            npm.args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder);
            assert!(npm.status().expect("npm is needed: install Node 20 or later").success());
        }
        folder
    })
}
