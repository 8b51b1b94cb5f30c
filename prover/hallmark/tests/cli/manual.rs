//! What the program tells of itself: completions, the manual's pages, and its version.

use std::fs;

use alloy::primitives::keccak256;
use hallmark_chain::node::contracts::Contract;

use crate::world::{World, text};

fn told(world: &World, arguments: &str) -> String {
    let output = world.command(arguments);
    assert!(output.status.success() && output.stderr.is_empty(), "{arguments}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn shells_complete_commands_and_options() {
    let world = World::shared();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = told(world, &format!("completions {shell}"));
        for word in ["export-key", "calibration", "offering"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        assert_eq!(text(&world.done(&format!("completions {shell}")), "script").trim_end(), script.trim_end());
    }
    world.fails("completions tcsh", 2, "tcsh");
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let world = World::copy();
    let page = told(&world, "man offering show");
    for part in [".TH hallmark-offering-show 1", "HALLMARK_RPC", "Example: hallmark offering show"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let written = world.done("man --folder pages");
    let names: Vec<&str> = written["pages"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    for name in ["hallmark.1", "hallmark-prove.1", "hallmark-srs-import.1", "hallmark-request-show.1"] {
        assert!(names.contains(&name), "{name}");
    }
    for name in &names {
        assert!(fs::read_to_string(world.path("pages").join(name)).unwrap().contains(".SH SYNOPSIS"), "{name}");
    }
    // A page takes a page's place, and nothing else's.
    world.done("man --folder pages");
    fs::write(world.path("pages/hallmark.1"), "notes").unwrap();
    world.fails("man --folder pages", 1, "hallmark.1: the file exists");
    world.fails("man nothing", 2, "there is no command");
}

/// The page for the site has every command and every option, and nothing that Markdown would take for a tag.
#[test]
fn the_reference_has_every_command_and_option() {
    let world = World::shared();
    let page = told(world, "man --markdown");
    let pages = world.done("man --folder reference-pages");
    for name in pages["pages"].as_array().unwrap() {
        let command = name.as_str().unwrap().trim_end_matches(".1");
        // A name may have a hyphen of its own.
        let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
        assert!(headings.clone().any(|heading| heading.replace(' ', "-") == command), "{command}");
    }
    for part in [
        "## hallmark offering show",
        "| `-o, --output OUTPUT` |",
        "| `--srs SRS` |",
        "Variable `HALLMARK_RPC`.",
        "Example: hallmark prove",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let mut fenced = false;
    for line in page.lines() {
        fenced ^= line.starts_with("```");
        let prose: String = line.split('`').step_by(2).collect();
        assert!(fenced || !prose.contains('<'), "{line}");
    }
    world.fails("man --markdown prove", 2, "cannot be used with");
}

#[test]
fn the_version_has_formats_and_contracts() {
    let world = World::shared();
    let short = told(world, "-V");
    let long = told(world, "--version");
    assert!(short.lines().count() == 1 && long.starts_with(short.trim_end()), "{long}");
    let digest = keccak256(Contract::Verifier.creation(&[]).unwrap());
    for part in
        [format!("HallmarkVerifier      {digest}"), format!("settlement keys  {}", hallmark_proving::file::VERSION)]
    {
        assert!(long.contains(&part), "{part}: {long}");
    }
}
