//! `hallmark completions`: what a shell completes.

use clap_complete::{Shell, generate};
use serde_json::json;

use super::{Cli, CliError, Outcome};

const EXAMPLE: &str = "\
Example: hallmark completions bash > ~/.local/share/bash-completion/completions/hallmark
         hallmark completions zsh > ~/.zfunc/_hallmark
         hallmark completions fish > ~/.config/fish/completions/hallmark.fish

The command prints a script. Once the shell reads it, the tab key completes commands and options. For zsh, ~/.zfunc has to be in
fpath.";

/// Prints a script for a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The shell
    shell: Shell,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let mut bytes = Vec::new();
        generate(self.shell, &mut Cli::grammar(), "hallmark", &mut bytes);
        let script = String::from_utf8_lossy(&bytes).into_owned();
        let json = json!({ "shell": self.shell.to_string(), "script": script });
        Ok(Outcome::done(script, json))
    }
}
