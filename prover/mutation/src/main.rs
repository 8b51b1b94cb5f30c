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
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;

use self::{
    judge::{Verdict, judge},
    report::{Entries, Entry, explained, load, save, table, unexplained},
    suite::{Binary, Test, list, record},
    tree::{Tree, hash},
};

/// Survivors that are explained.
const DOCUMENT: &str = "docs/mutation.md";

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
    /// Only mutants whose name contains this, such as a file or a function.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Prints the mutants, and does nothing else.
    #[arg(long)]
    list: bool,
    /// Builds the tests, and runs none.
    #[arg(long)]
    build: bool,
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
    let chosen = choose(&tree, arguments);
    if arguments.list {
        chosen.iter().for_each(|number| println!("{}", tree.mutant(*number)));
        println!("{} of {} mutants", chosen.len(), tree.places.len());
        return Ok(true);
    }
    let explained = explained(&fs::read_to_string(root.join(DOCUMENT))?);
    let names: BTreeSet<String> = (0..tree.places.len()).map(|number| tree.mutant(number).to_string()).collect();
    let gone: Vec<&String> = explained.difference(&names).filter(|name| name.contains(".rs ")).collect();
    gone.iter().for_each(|name| println!("{DOCUMENT} explains a mutant that does not exist: {name}"));

    fs::create_dir_all(&out)?;
    let (binaries, left_out) = build(&tree, &target, &out)?;
    if arguments.build {
        return Ok(true);
    }
    let tests = record_all(&binaries, &out, arguments.jobs)?;
    let entries = judge_all(&tree, &chosen, &left_out, &binaries, &tests, &out, arguments.jobs)?;
    let shown: Vec<&Entry> = chosen.iter().filter_map(|number| entries.get(&tree.mutant(*number).to_string())).collect();
    let survivors = unexplained(&shown, &explained);
    println!("\n{}\n{survivors}", table(&shown, &explained));
    Ok(survivors.is_empty() && gone.is_empty())
}

/// The numbers of the mutants that are asked for.
fn choose(tree: &Tree, arguments: &Arguments) -> Vec<usize> {
    let wanted = |number: &usize| arguments.only.as_ref().is_none_or(|text| tree.mutant(*number).to_string().contains(text));
    let mut numbers: Vec<usize> = (0..tree.places.len()).filter(wanted).collect();
    let Some(count) = arguments.sample else { return numbers };
    // A name's hash with the seed orders the mutants, so that a change of the code changes little of the sample.
    let order = |number: &usize| hash(&[&arguments.seed.to_le_bytes(), tree.mutant(*number).to_string().as_bytes()]);
    numbers.sort_by_cached_key(order);
    numbers.truncate(count);
    numbers.sort_unstable();
    numbers
}

/// The tests with all mutants that compile in them, and the numbers of the others.
fn build(tree: &Tree, target: &Path, out: &Path) -> io::Result<(Vec<Binary>, BTreeSet<usize>)> {
    let path = out.join("invalid.json");
    let known: BTreeSet<(String, String)> = load(&path);
    let key = |number: usize| (tree.mutant(number).to_string(), tree.source_hash(number));
    let mut left_out: BTreeSet<usize> = (0..tree.places.len()).filter(|number| known.contains(&key(*number))).collect();
    let binaries = compile::compile(tree, target, &mut left_out);
    save(&path, &left_out.iter().map(|number| key(*number)).collect::<BTreeSet<_>>())?;
    Ok((binaries?, left_out))
}

/// Every test, with what it reaches.
fn record_all(binaries: &[Binary], out: &Path, jobs: usize) -> io::Result<Vec<Test>> {
    let path = out.join("reached.json");
    let mut known: BTreeMap<String, Vec<Test>> = load(&path);
    let mut tests = Vec::new();
    for (index, binary) in binaries.iter().enumerate() {
        let state = format!("{} {}", binary.name, hash(&[&fs::read(&binary.path)?]));
        if !known.contains_key(&state) {
            let names = list(binary)?;
            eprintln!("{}: {} tests run without a mutant", binary.name, names.len());
            let mut found = Vec::new();
            let work = |thread, name: &String| record(binaries, index, name.clone(), &out.join(format!("reached.{thread}")));
            let done = |_: &String, test| {
                found.push(test);
                Ok(())
            };
            pool::each(jobs, &names, work, done)?;
            known.retain(|other, _| !other.starts_with(&format!("{} ", binary.name)));
            known.insert(state.clone(), found);
            save(&path, &known)?;
        }
        tests.extend(known.get(&state).into_iter().flatten().cloned());
    }
    Ok(tests)
}

fn judge_all(
    tree: &Tree,
    chosen: &[usize],
    left_out: &BTreeSet<usize>,
    binaries: &[Binary],
    tests: &[Test],
    out: &Path,
    jobs: usize,
) -> io::Result<Entries> {
    let path = out.join("report.json");
    let mut entries: Entries = load(&path);
    let all = tree.hash()?;
    let holds = |number: &usize| {
        let entry = entries.get(&tree.mutant(*number).to_string());
        entry.is_some_and(|entry| entry.holds(&tree.source_hash(*number), &all))
    };
    let asked: Vec<usize> = chosen.iter().copied().filter(|number| !holds(number)).collect();
    let work = |_, number: &usize| {
        if left_out.contains(number) { Ok(Verdict::Invalid) } else { judge(binaries, tests, *number) }
    };
    let mut count = 0;
    let done = |number: &usize, verdict: Verdict| {
        let mutant = tree.mutant(*number).clone();
        count += 1;
        if verdict != Verdict::Invalid {
            println!("{count}/{}  {}  {mutant}", asked.len(), if verdict.is_killed() { "killed" } else { "survived" });
        }
        let entry = Entry { source: tree.source_hash(*number), all: all.clone(), verdict, mutant };
        entries.insert(entry.mutant.to_string(), entry);
        if count % 50 == 0 { save(&path, &entries) } else { Ok(()) }
    };
    pool::each(jobs, &asked, work, done)?;
    save(&path, &entries)?;
    Ok(entries)
}
