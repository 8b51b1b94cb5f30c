//! What a command has to say, as text or as one JSON object.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::CliError;
use hallmark_reports::bench::Measured;

/// What every command says that rests on an insecure setup.
const INSECURE: &str = "the setup is insecure: its maker can prove anything. Use it for development only, and a ceremony \
                        (`hallmark srs import`) for everything else";

/// What a command has to say.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether all is well: false for a proof that is refused.
    pub accepted: bool,
    /// For people.
    pub text: String,
    /// For programs: an object.
    pub json: Value,
    /// What people should know besides.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// A command that did what it should.
    #[must_use]
    pub fn done(text: String, json: Value) -> Self {
        Self { accepted: true, text, json, warnings: Vec::new() }
    }

    /// Says whether the setup is insecure.
    #[must_use]
    pub fn with_setup(mut self, insecure: bool) -> Self {
        self.json["insecure_setup"] = json!(insecure);
        if insecure { self.with_warning(INSECURE.into()) } else { self }
    }

    /// Adds a warning.
    #[must_use]
    pub fn with_warning(mut self, warning: String) -> Self {
        self.warnings.push(warning);
        self
    }
}

/// Prints a result: the answer on standard output, everything else on standard error.
pub(super) fn report(json: bool, measured: Option<&Measured>, result: &Result<Outcome, CliError>) -> ExitCode {
    let (answer, notes, code) = match result {
        Ok(outcome) => {
            let answer = if json { with_usage(&outcome.json, measured) } else { outcome.text.trim_end().to_owned() };
            let notes = outcome.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
            (answer, notes, u8::from(!outcome.accepted))
        }
        Err(error) if json => (json!({ "error": error.to_string() }).to_string(), String::new(), error.exit_code()),
        Err(error) => (String::new(), format!("error: {error}\n"), error.exit_code()),
    };
    let timings = measured.map(Measured::to_string).unwrap_or_default();
    // A reader that has gone away needs no more answers.
    let _ = write_all(io::stderr().lock(), &format!("{timings}{notes}"));
    let newline = if answer.is_empty() { "" } else { "\n" };
    let _ = write_all(io::stdout().lock(), &format!("{answer}{newline}"));
    ExitCode::from(code)
}

/// The answer, with what it took where that was asked for.
fn with_usage(answer: &Value, measured: Option<&Measured>) -> String {
    let mut answer = answer.clone();
    if let Some(Measured { usage, timings }) = measured {
        answer["usage"] = json!(usage);
        answer["timings"] = json!(timings);
    }
    answer.to_string()
}

/// Prints what is wrong with the arguments, or the help that they ask for.
pub(super) fn report_usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let message = text.trim_start_matches("error: ").trim_end();
        let _ = write_all(io::stdout().lock(), &format!("{}\n", json!({ "error": message })));
    } else {
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn write_all(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
