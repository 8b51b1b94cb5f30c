//! Mutation testing: whether the tests notice when the verifier, its keys or its setups are wrong in one small place.
//!
//! All mutants are compiled at once, into a copy of the workspace, each behind a switch that is read when a test runs. So a
//! mutant costs a run of the tests that reach it, not a build. `docs/mutation.md` tells of the results.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod compile;
mod edit;
mod find;
mod judge;
mod mutant;
mod pool;
mod report;
mod suite;
mod tree;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs, io,
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;

use self::{
    compile::{STAGES, compile},
    judge::{Killers, Verdict, judge},
    mutant::Mutant,
    report::{Entries, Entry, explained, load, save, table, unexplained},
    suite::{Binary, Test, list, record},
    tree::{Tree, hash},
};

/// Survivors that are explained.
const DOCUMENT: &str = "docs/mutation.md";
/// What became of each mutant, under the folder of the copy.
const REPORT: &str = "report.json";
/// The report is written each time that so many mutants were tried.
const SAVED: usize = 10;

/// Changes the verifier, its keys and its setups in one small place at a time, and asks the tests whether they notice.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Only some mutants, drawn with the seed.
    #[arg(long, value_name = "COUNT")]
    sample: Option<usize>,
    /// What the sample is drawn with.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only mutants whose name contains this, such as a file or a function. Of several, what the first names comes first.
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    /// Prints the mutants, and does nothing else.
    #[arg(long)]
    list: bool,
    /// Builds the tests, and runs none.
    #[arg(long)]
    build: bool,
    /// Asks no test of the first stage that takes longer.
    #[arg(long, value_name = "SECONDS")]
    slowest: Option<f64>,
    /// Tests that run at once.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(3)
        }
    }
}

/// Whether every survivor is explained.
fn run(arguments: &Arguments) -> io::Result<bool> {
    let root = env::current_dir()?;
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let out = target.join("mutation");
    let tree = Tree::read(&root, out.join("tree"))?;
    let mut chosen = choose(&tree, arguments);
    if arguments.list {
        chosen.iter().for_each(|number| println!("{}", tree.mutant(*number)));
        println!("{} of {} mutants", chosen.len(), tree.places.len());
        return Ok(true);
    }
    fs::create_dir_all(&out)?;
    let explained = explained(&fs::read_to_string(root.join(DOCUMENT))?);
    let known = chosen.extract_if(.., |number| explained.contains(&tree.name(*number))).collect::<Vec<_>>();

    let all = format!("{} {:?}", tree.hash()?, arguments.slowest);
    let mut session = Session { all, entries: load(&out.join(REPORT)), tree: &tree, target, out, arguments };
    for stage in 0..STAGES.len() {
        let asked = session.undecided(&chosen, stage);
        if !asked.is_empty() {
            session.judge_all(stage, &asked)?;
        }
    }
    if arguments.build {
        return Ok(true);
    }
    let shown: Vec<&Entry> = chosen.iter().filter_map(|number| session.entries.get(&tree.name(*number))).collect();
    let survivors = unexplained(&shown);
    let known: Vec<&Mutant> = known.iter().map(|number| tree.mutant(*number)).collect();
    println!("\n{}\n{survivors}", table(&shown, &known));
    let gone = gone(&tree, &explained);
    gone.iter().for_each(|name| println!("{DOCUMENT} explains a mutant that does not exist: {name}"));
    Ok(survivors.is_empty() && gone.is_empty())
}

/// The numbers of the mutants that are asked for.
fn choose(tree: &Tree, arguments: &Arguments) -> Vec<usize> {
    let place = |number: &usize| arguments.only.iter().position(|text| tree.name(*number).contains(text));
    let mut numbers: Vec<usize> = (0..tree.places.len()).collect();
    if !arguments.only.is_empty() {
        numbers.retain(|number| place(number).is_some());
        numbers.sort_by_cached_key(place);
    }
    let Some(count) = arguments.sample else { return numbers };
    // A name's hash with the seed orders the mutants, so that a change of the code changes little of the sample.
    let order = |number: &usize| hash(&[&arguments.seed.to_le_bytes(), tree.name(*number).as_bytes()]);
    numbers.sort_by_cached_key(order);
    numbers.truncate(count);
    numbers
}

/// The explained mutants in Rust that there are no more.
fn gone<'e>(tree: &Tree, explained: &'e BTreeSet<String>) -> Vec<&'e String> {
    let names: BTreeSet<String> = (0..tree.places.len()).map(|number| tree.name(number)).collect();
    explained.iter().filter(|name| name.contains(".rs ") && !names.contains(*name)).collect()
}

/// A run over the mutants of a tree.
struct Session<'s> {
    tree: &'s Tree,
    /// What survivors depend on: the hash of everything, and which tests were asked.
    all: String,
    entries: Entries,
    target: PathBuf,
    out: PathBuf,
    arguments: &'s Arguments,
}

impl Session<'_> {
    /// The mutants whose verdict takes a stage's tests.
    fn undecided(&self, chosen: &[usize], stage: usize) -> Vec<usize> {
        let holds = |number: &usize| {
            let entry = self.entries.get(&self.tree.name(*number));
            entry.is_some_and(|entry| entry.holds(&self.tree.source_hash(*number), &self.all, stage))
        };
        chosen.iter().copied().filter(|number| !holds(number)).collect()
    }

    /// Asks a stage's tests about some mutants.
    fn judge_all(&mut self, stage: usize, asked: &[usize]) -> io::Result<()> {
        let (binaries, left_out) = self.build(STAGES[stage], asked)?;
        if self.arguments.build {
            return Ok(());
        }
        let mut tests = self.record(&binaries)?;
        tests.retain(|test| stage > 0 || self.arguments.slowest.is_none_or(|slowest| test.seconds <= slowest));
        let (tree, jobs, killers) = (self.tree, self.arguments.jobs, Killers::default());
        let work = |_, number: &usize| {
            if left_out.contains(number) {
                return Ok(Verdict::Invalid);
            }
            judge(&binaries, &tests, &killers, &tree.mutant(*number).file, *number)
        };
        let mut count = 0;
        let done = |number: &usize, verdict: Verdict| {
            count += 1;
            println!("{count}/{}  {verdict}  {}", asked.len(), tree.mutant(*number));
            self.tell(*number, verdict, stage);
            if count % SAVED == 0 { save(&self.out.join(REPORT), &self.entries) } else { Ok(()) }
        };
        pool::each(jobs, asked, work, done)?;
        save(&self.out.join(REPORT), &self.entries)
    }

    /// Puts a verdict down. What an earlier stage has reached is not unreached.
    fn tell(&mut self, number: usize, verdict: Verdict, stage: usize) {
        let (mutant, source) = (self.tree.mutant(number).clone(), self.tree.source_hash(number));
        let name = mutant.to_string();
        let before = self.entries.get(&name).filter(|entry| entry.all == self.all).map(|entry| entry.verdict.clone());
        let verdict = match (before, verdict) {
            (Some(Verdict::Survived), Verdict::Unreached) => Verdict::Survived,
            (_, verdict) => verdict,
        };
        self.entries.insert(name, Entry { mutant, source, all: self.all.clone(), stages: stage + 1, verdict });
    }

    /// A stage's tests with all mutants that compile in them, and the numbers of the others. A sample is built alone: it compiles
    /// sooner than all.
    fn build(&self, stage: &[&str], asked: &[usize]) -> io::Result<(Vec<Binary>, BTreeSet<usize>)> {
        let path = self.out.join("invalid.json");
        let known: BTreeSet<(String, String)> = load(&path);
        let key = |number: usize| (self.tree.name(number), self.tree.source_hash(number));
        let is_asked = |number: &usize| self.arguments.sample.is_none() || asked.contains(number);
        let fails = |number: &usize| known.contains(&key(*number));
        let mut left_out = (0..self.tree.places.len()).filter(|number| fails(number) || !is_asked(number)).collect();
        let binaries = compile(self.tree, stage, &self.target, &mut left_out);
        let failed = left_out.iter().copied().filter(|number| fails(number) || is_asked(number)).map(key);
        save(&path, &failed.collect::<BTreeSet<_>>())?;
        Ok((binaries?, left_out))
    }

    /// Every test, with what it reaches.
    fn record(&self, binaries: &[Binary]) -> io::Result<Vec<Test>> {
        let path = self.out.join("reached.json");
        let mut known: BTreeMap<String, Vec<Test>> = load(&path);
        let mut tests = Vec::new();
        for (index, binary) in binaries.iter().enumerate() {
            let state = format!("{} {}", binary.name, hash(&[&fs::read(&binary.path)?]));
            if !known.contains_key(&state) {
                let found = self.record_binary(binaries, index)?;
                known.retain(|other, _| !other.starts_with(&format!("{} ", binary.name)));
                known.insert(state.clone(), found);
                save(&path, &known)?;
            }
            tests.extend(known.get(&state).into_iter().flatten().cloned());
        }
        Ok(tests)
    }

    fn record_binary(&self, binaries: &[Binary], index: usize) -> io::Result<Vec<Test>> {
        let names = list(&binaries[index])?;
        eprintln!("{}: {} tests run without a mutant", binaries[index].name, names.len());
        let mut found = Vec::new();
        let file = |thread: usize| self.out.join(format!("reached.{thread}"));
        let work = |thread, name: &String| record(binaries, index, name.clone(), &file(thread));
        let done = |_: &String, test| {
            found.push(test);
            Ok(())
        };
        pool::each(self.arguments.jobs, &names, work, done)?;
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page that explains what is gone fails the sample that CI runs, which takes long to get there.
    #[test]
    fn every_explained_mutant_exists() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
        let tree = Tree::read(&root, PathBuf::new()).unwrap();
        let explained = explained(&fs::read_to_string(root.join(DOCUMENT)).unwrap());
        assert!(explained.iter().any(|name| name.contains(".rs ")));
        assert_eq!(gone(&tree, &explained), Vec::<&String>::new());
    }
}
