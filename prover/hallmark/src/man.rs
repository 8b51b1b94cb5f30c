//! `hallmark man`: the manual's pages.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap_mangen::{
    Man,
    roff::{Roff, roman},
};
use serde_json::json;

use super::{Cli, CliError, Outcome, overwrite::Force, reference, version};
use hallmark_proving::file::{self, Access, FileError, Form, begins_with};
use hallmark_reports::number::count;

const EXAMPLE: &str = "\
Example: hallmark man prove | man -l -
         hallmark man --folder ~/.local/share/man/man1
         hallmark man --markdown > commands.md

The command prints the page of a command, or writes all pages into a folder. They have what `--help` has. Once they are in a folder
of the manual, `man hallmark-prove` shows them. With --markdown it prints one page about all commands.";

/// A page of the manual takes the place of another.
const PAGE: Form =
    Form { name: "manual page", access: Access::Everyone, replaces: |file| begins_with(file, b".ie \\n(.g .ds Aq") };

/// Prints a page of the manual, or writes all of them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The command, such as `prove` or `offering show` [default: the program]
    #[arg(value_name = "COMMAND", conflicts_with = "folder")]
    names: Vec<String>,
    /// Write all pages into this folder
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
    /// Print the reference of all commands, in Markdown
    #[arg(long, conflicts_with_all = ["names", "folder"])]
    markdown: bool,
    #[command(flatten)]
    overwrite: Force,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let mut grammar = Cli::grammar();
        grammar.build();
        if self.markdown {
            let text = reference::write(&grammar);
            let json = json!({ "markdown": text });
            return Ok(Outcome::done(text, json));
        }
        match &self.folder {
            Some(folder) => self.write(folder, &grammar),
            None => self.show(&grammar),
        }
    }

    fn show(&self, grammar: &clap::Command) -> Result<Outcome, CliError> {
        let mut command = grammar;
        for name in &self.names {
            let found = command.find_subcommand(name);
            command =
                found.ok_or_else(|| CliError::usage(format!("there is no command {name:?}: see `hallmark --help`")))?;
        }
        let (name, page) = page(command);
        let text = String::from_utf8_lossy(&page).into_owned();
        let json = json!({ "page": name, "roff": text });
        Ok(Outcome::done(text, json))
    }

    fn write(&self, folder: &Path, grammar: &clap::Command) -> Result<Outcome, CliError> {
        let mut pages = Vec::new();
        collect(grammar, &mut pages);
        let refused = |error: io::Error| FileError { path: folder.to_owned(), fault: error.into() };
        fs::create_dir_all(folder).map_err(refused)?;
        for (name, page) in &pages {
            file::store(self.overwrite.rule().target(&folder.join(name)), page, &PAGE)?;
        }
        let names: Vec<&str> = pages.iter().map(|(name, _)| name.as_str()).collect();
        let text = format!("Wrote {} into {}", count(pages.len(), "page"), folder.display());
        Ok(Outcome::done(text, json!({ "folder": folder.display().to_string(), "pages": names })))
    }
}

/// The pages of a command and of all commands in it.
fn collect(command: &clap::Command, pages: &mut Vec<(String, Vec<u8>)>) {
    pages.push(page(command));
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        collect(inner, pages);
    }
}

/// The page of a command, with its file's name.
fn page(command: &clap::Command) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    // Writing to memory does not fail.
    let _ = render(command, &mut bytes);
    (format!("{}.1", command.get_display_name().unwrap_or(command.get_name())), bytes)
}

fn render(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone()).source(format!("hallmark {}", version::NUMBER));
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    let Some(details) = command.get_after_help() else { return Ok(()) };
    let mut roff = Roff::new();
    // Examples and tables keep their lines.
    roff.control("SH", ["DETAILS"]).control("nf", []);
    for line in details.to_string().lines() {
        roff.text([roman(line)]);
    }
    roff.control("fi", []);
    roff.to_writer(page)
}
