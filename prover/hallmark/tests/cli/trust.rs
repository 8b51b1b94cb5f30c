//! The table of trust: every command has a row, and every test that a row names exists.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use hallmark_proving::artifact::{read_key, write_key};

use crate::world::World;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The rows of all tables, cell by cell, without heads and rules.
fn rows() -> Vec<Vec<String>> {
    let text = fs::read_to_string(root().join("docs/trust.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// What stands between backquotes.
fn quoted(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The commands that the program's help lists.
fn commands() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_hallmark")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// The names of all functions that are tests.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            tests(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(path).unwrap();
            let lines: Vec<&str> = text.lines().map(str::trim).collect();
            for (index, line) in lines.iter().enumerate() {
                let named =
                    line.trim_start_matches("async ").strip_prefix("fn ").and_then(|rest| rest.split('(').next());
                let attribute = |above: &&str| above.starts_with("#[test") || above.starts_with("#[tokio::test");
                let above = lines[..index].iter().rev().take_while(|above| above.starts_with("#["));
                if let Some(name) = named.filter(|_| above.clone().any(attribute)) {
                    found.insert(name.to_owned());
                }
            }
        }
    }
}

#[test]
fn the_table_of_trust_has_every_command_and_its_tests_exist() {
    let rows = rows();
    let listed: BTreeSet<String> = rows.iter().flat_map(|row| quoted(&row[0])).collect();
    let commands = commands();
    assert!(commands.len() > 20, "{commands:?}");
    assert_eq!(listed, commands, "docs/trust.md has a row for each command");
    let mut known = BTreeSet::new();
    for folder in ["circuits", "prover"] {
        tests(&root().join(folder), &mut known);
    }
    for row in rows {
        assert_eq!(row.len(), 5, "{row:?}");
        let named = quoted(&row[4]);
        assert!(!named.is_empty(), "{} names no test", row[0]);
        for name in named {
            assert!(known.contains(&name), "{}: there is no test {name}", row[0]);
        }
    }
}

#[test]
fn names_of_a_file_do_not_steer_the_terminal() {
    let world = World::copy();
    let mut published = read_key(&world.path("m.key")).unwrap();
    for step in &mut published.architecture.steps {
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
