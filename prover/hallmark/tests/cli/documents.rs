//! What the documents tell people to type: pages whose commands are run, and commands whose options exist.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use ndarray::{Axis, Ix2};
use tempfile::TempDir;

use hallmark_proving::npy::{read_floats, write_floats};

use crate::world::{World, fixture};

/// Words before which a number is a measurement.
const UNITS: [&str; 6] = ["ms", "s", "MB", "kB", "B", "bytes"];

/// A command, what it prints, and a line that none prints with its exit status. The digest that `commit` prints is copied.
const SCRIPT: &str = r#"
{ COMMAND
} > .printed
status=$?
cat .printed
printf '\n== %s\n' $status
[ -n "$DIGEST" ] || export DIGEST=$(sed -n 's/^model digest *//p' .printed)
"#;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// A command of a page, and the lines that the page shows of what it prints.
struct Typed {
    command: String,
    shown: Vec<String>,
}

/// The commands of a page: indented lines after a dollar. What follows in the block is printed by them.
fn typed(page: &str) -> Vec<Typed> {
    let mut commands: Vec<Typed> = Vec::new();
    let mut is_open = false;
    for line in page.lines() {
        match line.strip_prefix("    ") {
            Some(code) => match code.strip_prefix("$ ") {
                Some(command) => {
                    commands.push(Typed { command: command.into(), shown: vec![] });
                    is_open = true;
                }
                None if is_open => commands.last_mut().unwrap().shown.push(code.into()),
                None => {}
            },
            None => is_open &= line.is_empty(),
        }
    }
    commands
}

/// A line without what differs from run to run: digests and measurements.
fn masked(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let mask = |(index, word): (usize, &&str)| {
        let is_measured =
            words.get(index + 1).is_some_and(|next| UNITS.contains(&next.trim_end_matches([',', '.', ';'])));
        let is_number = word.starts_with(|first: char| first.is_ascii_digit());
        if is_measured && is_number {
            return "#".into();
        }
        match word.find("0x") {
            Some(at) => format!("{}0x", &word[..at]),
            None => (*word).to_owned(),
        }
    };
    words.iter().enumerate().map(mask).collect::<Vec<_>>().join(" ")
}

/// Types the commands of a page into a folder, one shell for all.
fn run(path: &str, commands: Vec<Typed>, folder: &Path) {
    assert!(commands.len() >= 4, "{path}");
    let script: String = commands.iter().map(|typed| SCRIPT.replace("COMMAND", &typed.command)).collect();
    let program = Path::new(env!("CARGO_BIN_EXE_hallmark")).parent().unwrap().display().to_string();
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).current_dir(folder).env("FIXTURES", fixture(""));
    shell.env("PATH", format!("{program}:{}", std::env::var("PATH").unwrap()));
    let output = shell.output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8_lossy(&output.stderr).into_owned());
    let mut rest = stdout.as_str();
    for Typed { command, shown } in commands {
        let (printed, after) = rest.split_once("\n== ").unwrap_or_else(|| panic!("{path}: {command}: {rest}{stderr}"));
        let (status, after) = after.split_once('\n').unwrap();
        rest = after;
        let mut lines: Vec<String> = printed.lines().map(masked).collect();
        if status != "0" {
            lines.push(format!("exit status {status}"));
        }
        let mut left = lines.iter();
        for line in shown.iter().map(|line| masked(line)).filter(|line| !line.is_empty() && line != "...") {
            let is_there = left.any(|printed| *printed == line);
            assert!(is_there, "{path}: {command} does not print {line:?} there, but {lines:#?}\n{stderr}");
        }
        assert!(status == "0" || shown.iter().any(|line| line.contains("exit status")), "{path}: {command}: {stderr}");
    }
}

#[test]
fn the_tutorial_prints_what_it_shows() {
    let (path, folder) = ("docs/tutorial.md", TempDir::new().unwrap());
    run(path, typed(&page(path)), folder.path());
}

/// What comes after takes a node.
#[test]
fn the_walkthrough_prints_what_it_shows_before_the_sale() {
    let (path, folder) = ("docs/walkthrough.md", TempDir::new().unwrap());
    for (name, file) in
        [("digits_mlp.onnx", "models/digits_mlp.onnx"), ("digits_mlp_calibration.npy", "data/digits_calibration.npy")]
    {
        fs::copy(fixture(file), folder.path().join(name)).unwrap();
    }
    let text = page(path);
    let (before, _) = text.split_once("\n## The sale").unwrap();
    run(path, typed(before), folder.path());
}

#[test]
fn the_first_proof_takes_six_commands() {
    let folder = TempDir::new().unwrap();
    fs::copy(fixture("models/wine_mlp.onnx"), folder.path().join("model.onnx")).unwrap();
    fs::copy(fixture("data/wine_calibration.npy"), folder.path().join("samples.npy")).unwrap();
    let wines =
        read_floats(Path::new(&fixture("data/wine_test.npy")), 1 << 20).unwrap().into_dimensionality::<Ix2>().unwrap();
    write_floats(&folder.path().join("x.npy"), wines.slice_axis(Axis(0), (0..1).into()).into_dyn()).unwrap();
    let commands = typed(&page("docs/first-proof.md"));
    assert_eq!(commands.len(), 6);
    run("docs/first-proof.md", commands, folder.path());
}

/// The options of each command, by the reference.
fn options(reference: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut command = String::new();
    for line in reference.lines() {
        if let Some(name) = line.strip_prefix("## ") {
            command = name.into();
            found.insert(command.clone(), BTreeSet::new());
        } else if let Some(row) = line.strip_prefix("| `") {
            let signature = row.split('`').next().unwrap();
            let words = signature.split([' ', ',']).filter(|word| word.starts_with('-'));
            found.get_mut(&command).unwrap().extend(words.map(str::to_owned));
        }
    }
    found
}

/// The command lines of the program in a page: indented or behind a dollar, continued by backslashes.
fn lines_of(page: &str) -> Vec<String> {
    let joined = page.replace("\\\n", " ");
    let indented = joined.lines().filter_map(|line| line.strip_prefix("    "));
    // Within quotes it is the domain of a hash.
    let divided = indented.filter_map(|line| line.split_once("hallmark "));
    let commands = divided.filter(|(before, _)| before.is_empty() || before.ends_with([' ', '(']));
    let is_command = |line: &&str| line.starts_with(|first: char| first.is_ascii_lowercase());
    commands.map(|(_, line)| line).filter(is_command).map(str::to_owned).collect()
}

fn pages(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            pages(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
}

#[test]
fn every_option_in_the_documents_exists() {
    let reference = World::shared().command("man --markdown");
    let options = options(&String::from_utf8(reference.stdout).unwrap());
    let mut paths = vec![root().join("README.md"), root().join("fixtures/README.md")];
    pages(&root().join("docs"), &mut paths);
    let mut checked = 0;
    for path in paths {
        for line in lines_of(&fs::read_to_string(&path).unwrap()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let name =
                [2, 1].into_iter().map(|count| format!("hallmark {}", words[..count.min(words.len())].join(" ")));
            let Some(known) = name.filter_map(|name| options.get(&name)).next() else {
                panic!("{}: there is no command {line}", path.display())
            };
            // A comment ends what is typed.
            for word in words.iter().take_while(|word| **word != "#").filter(|word| word.starts_with('-')) {
                let option = word.split(['=', ')']).next().unwrap();
                let is_known = known.contains(option) || options["hallmark"].contains(option);
                assert!(is_known, "{}: hallmark {} has no {option}", path.display(), words[0]);
                checked += 1;
            }
        }
    }
    assert!(checked > 150, "{checked}");
}
