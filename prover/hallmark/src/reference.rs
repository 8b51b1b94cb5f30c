//! The reference of all commands, as a page of Markdown: what `--help` has, and nothing else.

use std::fmt::Write;

use clap::{Arg, Command};

const HEAD: &str = "\
# Commands

- **What this page is for.** It has every command with its options, as `hallmark COMMAND --help` shows them.
- **Who should read it.** Everyone who uses the program.
- **What to know first.** [The words](../README.md#words) of README.

The program writes this page: `hallmark man --markdown`.
";

/// The page. `grammar` is built.
pub(super) fn write(grammar: &Command) -> String {
    let mut page = HEAD.to_owned();
    section(grammar, &mut page);
    page
}

/// A command, and the commands in it.
fn section(command: &Command, page: &mut String) {
    let path = command.get_bin_name().unwrap_or(command.get_name());
    let about = command.get_long_about().or_else(|| command.get_about()).map(ToString::to_string).unwrap_or_default();
    let usage = command.clone().render_usage().to_string();
    // Writing to a string does not fail.
    let _ = write!(page, "\n## {path}\n\n{}\n\n{}", sentence(&about), code(usage.trim_start_matches("Usage: ")));
    let is_root = !path.contains(' ');
    let listed = |argument: &&Arg| !argument.is_hide_set() && (is_root || !argument.is_global_set());
    let rows: Vec<String> = command.get_arguments().filter(listed).map(row).collect();
    if !rows.is_empty() {
        let _ = write!(page, "\n| argument | what it is |\n|---|---|\n{}\n", rows.join("\n"));
    }
    if let Some(details) = command.get_after_help() {
        let _ = write!(page, "\n{}", code(details.to_string().trim()));
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        section(inner, page);
    }
}

/// An argument's row of the table.
fn row(argument: &Arg) -> String {
    let help = argument.get_long_help().or_else(|| argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut said = vec![sentence(&cell(&help))];
    let values: Vec<String> = argument.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    if argument.get_action().takes_values() && !values.is_empty() {
        said.push(format!("One of `{}`.", values.join("`, `")));
    }
    let defaults: Vec<_> = argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if argument.get_action().takes_values() && !defaults.is_empty() {
        said.push(format!("By default `{}`.", defaults.join(" ")));
    }
    if let Some(variable) = argument.get_env() {
        said.push(format!("Variable `{}`.", variable.to_string_lossy()));
    }
    format!("| `{}` | {} |", signature(argument).replace('|', "\\|"), said.join(" "))
}

/// An argument as it is typed: `-o, --output FILE`.
fn signature(argument: &Arg) -> String {
    let names: Vec<String> = argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
    let values = if argument.get_action().takes_values() { names.join(" ") } else { String::new() };
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let flags: Vec<String> = short.into_iter().chain(long).collect();
    [flags.join(", "), values].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text within a cell, where bars divide and angles would be tags.
fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}

fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', '!', '?', ']']) { text.to_owned() } else { format!("{text}.") }
}

fn code(text: &str) -> String {
    format!("```text\n{text}\n```\n")
}
