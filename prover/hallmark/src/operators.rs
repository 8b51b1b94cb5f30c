//! `hallmark operators`: what `compile` understands.

use std::fmt::Write;

use hallmark_compiling::{operators, table};
use serde_json::json;

use super::Outcome;

/// Lists the ONNX operators that `compile` understands, with their versions and limits.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: hallmark operators\n         hallmark operators --markdown > docs/operators.md")]
pub(super) struct Args {
    /// Write the table of the documentation
    #[arg(long)]
    markdown: bool,
}

impl Args {
    pub(super) fn run(&self) -> Outcome {
        let all: Vec<_> = operators().collect();
        let text = if self.markdown { table::page() } else { Self::list() };
        Outcome::done(text, json!({ "operators": all }))
    }

    fn list() -> String {
        let mut text = String::new();
        for operator in operators() {
            let limits = if operator.limits.is_empty() { String::new() } else { format!(" ({})", operator.limits) };
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {:<22} {}{limits}", operator.name, operator.about);
        }
        text + "\n`hallmark operators --markdown` has the versions too."
    }
}
