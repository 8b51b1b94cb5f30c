//! Builds the tests of the copy. Mutants that do not compile are left out, and the rest is tried again.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::{edit::Rewritten, suite::Binary, tree::Tree};

/// The targets that ask about mutants, the cheapest first. What a stage's tests kill, the next one's are not asked about; nor are
/// they built, if nothing is left for them.
pub const STAGES: [&[&str]; 2] = [&["circuits_units", "proving_units", "files", "argument"], &["settlement"]];
/// A mutant's error can hide those of a later phase of the compiler, of which there are few.
const ROUNDS: usize = 20;

#[derive(Deserialize)]
struct Line {
    reason: String,
    message: Option<Message>,
    target: Option<Target>,
    executable: Option<PathBuf>,
    manifest_path: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

#[derive(Deserialize)]
struct Message {
    level: String,
    rendered: Option<String>,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    byte_start: usize,
    byte_end: usize,
    is_primary: bool,
}

/// The binaries of a stage's tests, with every mutant in them that compiles.
///
/// # Errors
/// If the copy does not compile for another reason than its mutants.
pub fn compile(tree: &Tree, stage: &[&str], target: &Path, left_out: &mut BTreeSet<usize>) -> io::Result<Vec<Binary>> {
    for _ in 0..ROUNDS {
        let written = tree.write(left_out)?;
        let lines = cargo(&tree.copy, stage, target)?;
        let mut blamed = BTreeSet::new();
        let mut unexplained = Vec::new();
        for message in lines.iter().filter_map(|line| line.message.as_ref()).filter(|message| message.level == "error")
        {
            let found = blame(tree, &written, message);
            if found.is_empty() && !message.spans.is_empty() {
                unexplained.extend(message.rendered.clone());
            }
            blamed.extend(found);
        }
        if lines.iter().any(|line| line.reason == "build-finished") && blamed.is_empty() && unexplained.is_empty() {
            return binaries(lines, stage);
        }
        let before = left_out.len();
        left_out.extend(blamed);
        if left_out.len() == before {
            return Err(io::Error::other(format!("the copy does not compile:\n{}", unexplained.join("\n"))));
        }
        eprintln!("{} mutants do not compile", left_out.len());
    }
    Err(io::Error::other(format!("after {ROUNDS} rounds there are still mutants that do not compile")))
}

fn blame(tree: &Tree, written: &[Rewritten], message: &Message) -> Vec<usize> {
    let primary = message.spans.iter().filter(|span| span.is_primary);
    primary.flat_map(|span| tree.blamed(&span.file_name, written, &(span.byte_start..span.byte_end))).collect()
}

fn cargo(copy: &Path, stage: &[&str], target: &Path) -> io::Result<Vec<Line>> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["test", "--no-run", "--locked", "--workspace", "--message-format=json", "--quiet"]);
    command.args(stage.iter().flat_map(|name| ["--test", *name]));
    let output = command.arg("--target-dir").arg(target).current_dir(copy).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
}

fn binaries(lines: Vec<Line>, stage: &[&str]) -> io::Result<Vec<Binary>> {
    let mut found = BTreeMap::new();
    for line in lines {
        let (Some(target), Some(path), Some(manifest)) = (line.target, line.executable, line.manifest_path) else {
            continue;
        };
        let Some(folder) = manifest.parent() else { continue };
        found.insert(target.name.clone(), Binary { name: target.name, path, folder: folder.to_owned() });
    }
    stage
        .iter()
        .map(|name| {
            found.remove(*name).ok_or_else(|| io::Error::other(format!("cargo did not build the tests {name}")))
        })
        .collect()
}
