//! The table of trust: every command has a row, and the tests that it names are there.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use hallmark_proving::artifact::{read_key, write_key};

use crate::world::{World, fixture};

/// The cells of the table's rows.
fn rows() -> Vec<[String; 4]> {
    let text = fs::read_to_string(fixture("../docs/trust.md")).unwrap();
    let cells = |line: &str| -> [String; 4] {
        let cells: Vec<String> = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        cells.try_into().unwrap_or_else(|cells| panic!("four cells: {cells:?}"))
    };
    text.lines().filter(|line| line.starts_with("| `")).map(cells).collect()
}

/// The words in backticks.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn commands() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_hallmark")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let (_, listed) = help.split_once("Commands:\n").unwrap();
    let names = listed.lines().take_while(|line| !line.is_empty()).map(|line| line.split_whitespace().next().unwrap());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The names of all functions that are tests, or that a macro makes tests of.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let (mut marked, mut names) = (false, Vec::new());
            for line in text.lines().map(str::trim) {
                marked |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
                let name = line.trim_start_matches("async ").strip_prefix("fn ");
                if let Some(name) = name.and_then(|name| name.split(['(', '<']).next()).filter(|_| marked) {
                    names.push(name.to_owned());
                    marked = false;
                }
            }
            found.extend(names);
        }
    }
}

#[test]
fn every_command_has_a_row_whose_tests_exist() {
    let rows = rows();
    let described: Vec<&str> = rows.iter().flat_map(|[command, ..]| named(command)).collect();
    assert_eq!(described.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>(), commands());
    assert_eq!(described.len(), rows.len(), "no command has two rows");
    let mut found = BTreeSet::new();
    for part in ["hallmark", "proving", "compiling"] {
        tests(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(part).join("tests"), &mut found);
    }
    for [command, believes, checks, shown] in &rows {
        assert!(!believes.is_empty() && !checks.is_empty() && !named(shown).is_empty(), "{command}");
        for test in named(shown) {
            assert!(found.contains(test), "{command}: there is no test {test}");
        }
    }
}

#[test]
fn names_of_a_file_do_not_steer_the_terminal() {
    let world = World::copy();
    let mut published = read_key(&world.path("m.key")).unwrap();
    for step in &mut published.key.architecture.steps {
        step.name = "\u{1b}[2J\u{202e}name".into();
    }
    write_key(&world.path("loud.key"), &published).unwrap();
    let output = world.command("inspect loud.key");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("name"), "{text}");
    assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
    let json = world.command("inspect loud.key --json").stdout;
    assert!(!json.contains(&0x1b));
}
