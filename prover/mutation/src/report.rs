//! What became of all mutants, as a file to go on from and as a table for people.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use serde::{Deserialize, Serialize};

use crate::{judge::Verdict, mutant::Mutant};

/// A mutant's verdict, and what it rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The mutant.
    pub mutant: Mutant,
    /// The hash of its source.
    pub source: String,
    /// The hash of everything: the tests, too.
    pub all: String,
    /// How many stages of tests were asked.
    #[serde(default)]
    pub stages: usize,
    /// The verdict.
    pub verdict: Verdict,
}

impl Entry {
    /// Whether it still holds for a stage. What is killed stays so until its source changes; what survives, until anything
    /// does.
    pub fn holds(&self, source: &str, all: &str, stage: usize) -> bool {
        self.source == source && (!self.verdict.is_survivor() || (self.all == all && self.stages > stage))
    }
}

/// Verdicts by the mutants' names.
pub type Entries = BTreeMap<String, Entry>;

/// Reads a file of JSON, or nothing where there is none.
pub fn load<T: Default + for<'de> Deserialize<'de>>(path: &Path) -> T {
    fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

/// Writes a file of JSON.
///
/// # Errors
/// If it can't be written.
pub fn save<T: Serialize>(path: &Path, value: &T) -> io::Result<()> {
    let draft = path.with_extension("draft");
    fs::write(&draft, serde_json::to_vec_pretty(value)?)?;
    fs::rename(draft, path)
}

/// The names in a document's list of survivors: `- ` and a name in backticks.
pub fn explained(document: &str) -> BTreeSet<String> {
    let names = document.lines().filter_map(|line| line.trim().strip_prefix("- `")?.strip_suffix('`'));
    names.map(str::to_owned).collect()
}

#[derive(Default)]
struct Row {
    killed: usize,
    explained: usize,
    survived: usize,
    invalid: usize,
}

impl Row {
    fn count(&mut self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Killed(_) | Verdict::Stopped(_) => &mut self.killed,
            Verdict::Survived | Verdict::Unreached => &mut self.survived,
            Verdict::Invalid => &mut self.invalid,
        };
        *counter += 1;
    }

    fn write(&self, name: &str) -> String {
        let Self { killed, explained, survived, invalid } = self;
        let tried = killed + explained + survived;
        let share = if tried == 0 { 100.0 } else { 100.0 * *killed as f64 / tried as f64 };
        format!("| {name} | {tried} | {killed} | {explained} | {survived} | {invalid} | {share:.1}% |\n")
    }
}

/// The table by files, of mutants that were tried and of those that are explained.
pub fn table(entries: &[&Entry], explained: &[&Mutant]) -> String {
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut total = Row::default();
    for entry in entries {
        rows.entry(&entry.mutant.file).or_default().count(&entry.verdict);
        total.count(&entry.verdict);
    }
    for mutant in explained {
        rows.entry(&mutant.file).or_default().explained += 1;
        total.explained += 1;
    }
    let mut text = String::from("| file | mutants | killed | explained | survived | do not compile | killed |\n");
    text.push_str("|---|---|---|---|---|---|---|\n");
    rows.iter().for_each(|(file, row)| text.push_str(&row.write(&format!("`{file}`"))));
    text.push_str(&total.write("all"));
    text
}

/// The survivors.
pub fn unexplained(entries: &[&Entry]) -> String {
    let mut text = String::new();
    for Entry { mutant, verdict, .. } in entries {
        if verdict.is_survivor() {
            let how = if *verdict == Verdict::Unreached { " (no test reaches it)" } else { "" };
            text.push_str(&format!("- `{mutant}`\n  at {}:{}{how}\n", mutant.file, mutant.line));
        }
    }
    text
}
