//! Command lines: variables, the program's own parser and commands, a chain inside the program.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use alloy::rpc::types::TransactionReceipt;
use serde_json::Value;
use tracing::info_span;

use super::{CliError, Outcome};
use crate::{Cli, Command, surroundings::Surroundings};
use hallmark_chain::chain::Devnet;
use hallmark_chain::node::{KEY_VARIABLE, Wallet};

/// What runs command lines.
pub(super) struct Shell {
    pub(super) devnet: Devnet,
    variables: BTreeMap<String, String>,
}

/// What came of a command line.
pub(super) struct Typed {
    pub(super) result: Result<Outcome, CliError>,
    /// What it has written while it was at work.
    pub(super) log: String,
    /// What it sent.
    pub(super) receipts: Vec<TransactionReceipt>,
    pub(super) seconds: f64,
}

/// A variable that was set.
pub(super) type Kept = Vec<(&'static str, String)>;

impl Shell {
    pub(super) fn new(devnet: Devnet) -> Self {
        Self { devnet, variables: BTreeMap::new() }
    }

    pub(super) fn set(&mut self, name: &str, value: String) {
        self.variables.insert(name.into(), value);
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A variable's value as something that is written down so.
    pub(super) fn parse<T: FromStr>(&self, name: &str) -> Result<T, CliError> {
        let value = self.get(name).and_then(|text| text.parse().ok());
        value.ok_or(CliError::Demo("a variable does not have the value that it should"))
    }

    /// The text with the values of its variables, which are written as $NAME.
    pub(super) fn expand(&self, text: &str) -> Result<String, CliError> {
        let mut parts = text.split('$');
        let mut expanded = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let end = part.find(|letter: char| !letter.is_ascii_uppercase()).unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            expanded += self.get(name).ok_or(CliError::Demo("a variable has no value"))?;
            expanded += rest;
        }
        Ok(expanded)
    }

    /// Runs a command line: words with spaces between, and perhaps the account's key before them.
    pub(super) fn run(&self, line: &str) -> Typed {
        let (start, before, log) = (Instant::now(), self.devnet.height(), Log::default());
        let result = self.try_run(line, &log);
        Typed {
            result,
            log: log.text(),
            receipts: self.devnet.receipts(before),
            seconds: start.elapsed().as_secs_f64(),
        }
    }

    fn try_run(&self, line: &str, log: &Log) -> Result<Outcome, CliError> {
        let line = self.expand(line)?;
        let mut words: Vec<&str> = line.split_whitespace().collect();
        let wallet = match words.first().and_then(|word| word.strip_prefix(KEY_VARIABLE)?.strip_prefix('=')) {
            Some(key) => Some(Wallet::parse(key)?),
            None => None,
        };
        if wallet.is_some() {
            words.remove(0);
        }
        let cli = Cli::of_line(&words).map_err(|error| CliError::usage(error.to_string()))?;
        let _span = info_span!("step", command = words.get(1).copied().unwrap_or_default()).entered();
        let around = Surroundings::Embedded { devnet: self.devnet.clone(), wallet };
        match &cli.command {
            Command::Serve(args) => {
                let log = log.clone();
                let dispatch = args.log.to(move || log.clone(), false);
                tracing::dispatcher::with_default(&dispatch, || cli.command.run(&around))
            }
            command => command.run(&around),
        }
    }
}

impl Typed {
    /// Sets variables to fields of the answer.
    pub(super) fn keep(&self, shell: &mut Shell, fields: &[(&'static str, &str)]) -> Kept {
        let Ok(outcome) = &self.result else { return Vec::new() };
        let value = |field: &str| match &outcome.json[field] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let kept: Kept = fields.iter().map(|(name, field)| (*name, value(field))).collect();
        kept.iter().for_each(|(name, value)| shell.set(name, value.clone()));
        kept
    }
}

/// Where a service writes its log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{CliError, Devnet, Shell};
    use crate::Status;

    #[test]
    fn variables_have_values_or_are_refused() {
        let mut shell = Shell::new(Devnet::new(0, &[]));
        shell.set("NAME", "value".into());
        assert_eq!(shell.expand("$NAME: $NAME.npy, no dollar").unwrap(), "value: value.npy, no dollar");
        for text in ["$OTHER", "$NAMES", "$"] {
            assert!(matches!(shell.expand(text), Err(CliError::Demo(_))), "{text}");
        }
        let refused = shell.run("hallmark claim --market").result.unwrap_err();
        assert_eq!(refused.status(), Status::Usage);
    }
}
