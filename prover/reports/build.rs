//! Tells the program which commit and which compiler it comes from, for the reports of `hallmark bench`.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

/// What the program is made of. It is built again anyway where one of these changes.
const SOURCES: [&str; 4] = ["prover", "circuits/src", "fixtures/src", "Cargo.lock"];
/// Where nobody knows.
const UNKNOWN: &str = "unknown";

fn main() {
    let root = env::var_os("CARGO_MANIFEST_DIR").map(|folder| PathBuf::from(folder).join("../..")).unwrap_or_default();
    let commit = commit(&root).unwrap_or_else(|| UNKNOWN.into());
    let compiler = env::var_os("RUSTC").and_then(|rustc| answer(Command::new(rustc).arg("--version")));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=HALLMARK_COMMIT={commit}");
    println!("cargo::rustc-env=HALLMARK_COMPILER={}", compiler.unwrap_or_else(|| UNKNOWN.into()));
    println!("cargo::rustc-env=HALLMARK_PROFILE={}", env::var("PROFILE").unwrap_or_else(|_| UNKNOWN.into()));
}

/// The commit that is checked out, marked where the sources are not the commit's; nothing for an archive.
fn commit(root: &Path) -> Option<String> {
    let git = |arguments: &[&str]| answer(Command::new("git").arg("-C").arg(root).args(arguments));
    // An archive may lie within somebody's own repository.
    let top = PathBuf::from(git(&["rev-parse", "--show-toplevel"])?);
    if top.canonicalize().ok()? != root.canonicalize().ok()? {
        return None;
    }
    let commit = git(&["rev-parse", "HEAD"])?;
    let status = ["status", "--porcelain", "--untracked-files=no", "--"];
    let changed = !git(&[&status[..], &SOURCES].concat())?.is_empty();
    // Cargo takes a file that is not there for one that has changed, and would build again each time.
    let log = root.join(git(&["rev-parse", "--git-path", "logs/HEAD"])?);
    for path in SOURCES.map(|source| root.join(source)).iter().chain([&log]).filter(|path| path.exists()) {
        println!("cargo::rerun-if-changed={}", path.display());
    }
    Some(if changed { format!("{commit} with changes") } else { commit })
}

/// What a command prints, if it succeeds.
fn answer(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
