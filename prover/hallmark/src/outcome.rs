//! What a command has to say, as text or as one JSON object.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use super::{CliError, Status};
use hallmark_local::{Kind, Outcome};
use hallmark_reports::bench::Measured;

/// What a command adds to what it has to say.
pub(super) trait Say {
    /// Adds a command that is likely to be next. What only its reader knows is in capitals.
    fn with_next(self, command: String) -> Self;

    /// Tells programs of the options that a file of settings has set.
    fn with_settings(self, set: &[(&str, String)]) -> Self;
}

impl Say for Outcome {
    fn with_next(mut self, command: String) -> Self {
        match self.json["next"].as_array_mut() {
            Some(next) => next.push(json!(command)),
            None => self.json["next"] = json!([command]),
        }
        self
    }

    fn with_settings(mut self, set: &[(&str, String)]) -> Self {
        if !set.is_empty() {
            self.json["settings"] = set.iter().map(|(long, value)| ((*long).to_owned(), json!(value))).collect();
        }
        self
    }
}

/// The status that the program ends with.
const fn status(outcome: &Outcome) -> Status {
    if outcome.accepted { Status::Done } else { Status::No }
}

/// The status where the answer could not be written. No stays no.
const fn unwritten_status(outcome: &Outcome) -> Status {
    if outcome.accepted { Status::Unwritten } else { Status::No }
}

/// Whether the command sent transactions.
fn has_sent(outcome: &Outcome) -> bool {
    let transactions = outcome.json.get("transactions").and_then(Value::as_array);
    transactions.is_some_and(|all| all.iter().any(|transaction| transaction["hash"].is_string()))
}

/// Prints a result: the answer on standard output, everything else on standard error.
pub(super) fn report(json: bool, measured: Option<&Measured>, result: &Result<Outcome, CliError>) -> ExitCode {
    let (answer, notes, status) = match result {
        Ok(outcome) => {
            let answer = if json { with_usage(&outcome.json, measured) } else { outcome.text.trim_end().to_owned() };
            let notes = outcome.warnings.iter().map(|warning| format!("warning: {warning}\n")).collect();
            (answer, notes, status(outcome))
        }
        Err(error) if json => (describe_error(error), String::new(), error.status()),
        Err(error) => (String::new(), format!("error: {error}\n"), error.status()),
    };
    let timings = measured.map(Measured::to_string).unwrap_or_default();
    // There is no third place for what can't be written here.
    let _ = write_all(io::stderr().lock(), &format!("{timings}{notes}"));
    let newline = if answer.is_empty() { "" } else { "\n" };
    match write_all(io::stdout().lock(), &format!("{answer}{newline}")) {
        Ok(()) => status.into(),
        Err(error) => unwritten(&error, result),
    }
}

/// Says on standard error what standard output does not take: why a command failed, or what it sent, which can't be taken back.
fn unwritten(error: &io::Error, result: &Result<Outcome, CliError>) -> ExitCode {
    let (notes, status) = match result {
        Err(failure) => (format!("error: {failure}\n"), failure.status()),
        Ok(outcome) => {
            let sent = if has_sent(outcome) { format!("{}\n", outcome.text.trim_end()) } else { String::new() };
            (
                format!("error: the answer can't be written to standard output: {error}\n{sent}"),
                unwritten_status(outcome),
            )
        }
    };
    let _ = write_all(io::stderr().lock(), &notes);
    status.into()
}

/// An error as one JSON object, with what was sent before it.
fn describe_error(error: &CliError) -> String {
    let mut json = json!({ "error": { "kind": error.kind().name(), "message": error.to_string() } });
    if let CliError::Interrupted { transactions, .. } = error {
        json["transactions"] = transactions.clone();
    }
    json.to_string()
}

/// A mistake of the user's as one JSON object.
fn describe_usage(message: &str) -> String {
    json!({ "error": { "kind": Kind::Usage.name(), "message": message } }).to_string()
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

/// Tells a person at a terminal what is likely to be next.
pub(super) fn suggest(outcome: &Outcome) {
    let next = outcome.json["next"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let lines: String = next.map(|command| format!("next: {command}\n")).collect();
    // What nobody can see need not be said.
    let _ = write_all(io::stderr().lock(), &lines);
}

/// Says something besides on standard error.
pub(super) fn note(text: &str) {
    let _ = write_all(io::stderr().lock(), &format!("note: {text}\n"));
}

/// Prints what is wrong with the arguments, or the help that they ask for.
pub(super) fn report_usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let message = text.trim_start_matches("error: ").trim_end();
        // The status says it too.
        let _ = write_all(io::stdout().lock(), &format!("{}\n", describe_usage(message)));
        return Status::Usage.into();
    }
    let printed = error.print().and_then(|()| io::stdout().flush());
    match (error.use_stderr(), printed) {
        (true, _) => Status::Usage.into(),
        (false, Ok(())) => Status::Done.into(),
        (false, Err(_)) => Status::Unwritten.into(),
    }
}

fn write_all(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}
