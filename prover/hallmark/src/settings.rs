//! `HALLMARK_*` and `hallmark.toml`: what would be typed again and again.
//!
//! An option that nobody has typed has the value of its variable. Where that is not set, it has the value of the file. The file's
//! values are added to the words of the command line, so that they mean what they would mean there.

use std::{
    env,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
};

use clap::Arg;
use thiserror::Error;
use toml::{Table, Value};

use super::CliError;
use hallmark_chain::node::{KEY_VARIABLE, PASSWORD_VARIABLE};
use hallmark_local::setups::digest_of;
use hallmark_proving::file;

/// The file in the folder of the command.
const FILE: &str = "hallmark.toml";
/// The variable that names another file.
const FILE_VARIABLE: &str = "HALLMARK_CONFIG";
/// More than such a file has.
const MAX_BYTES: u64 = 1 << 16;
/// The most letters of a name that are repeated.
const MAX_NAME: usize = 64;

/// What `--help` says about them.
pub(super) const LEGEND: &str = "\
Settings:
  An option that you don't type has the value of its variable, and otherwise that of the file hallmark.toml in this folder, or of
  the file that HALLMARK_CONFIG names. The file may set rpc, chain, registry, market, srs, keystore and password-file. Paths in it
  are relative to it. It holds no secrets: these are in a keystore, in HALLMARK_PRIVATE_KEY or in
  HALLMARK_KEYSTORE_PASSWORD. --srs also takes the digest of a setup that `srs import` has kept in HALLMARK_SRS_DIR. What was checked
  is remembered in HALLMARK_FACTS_DIR, by default ~/.cache/hallmark/facts; with an empty value, nothing is.";

/// An option that a variable and the file may set.
struct Setting {
    long: &'static str,
    variable: &'static str,
    is_path: bool,
}

const fn setting(long: &'static str, variable: &'static str, is_path: bool) -> Setting {
    Setting { long, variable, is_path }
}

const KEYSTORE: &str = "keystore";
const PASSWORD_FILE: &str = "password-file";
const SRS: &str = "srs";

const SETTINGS: [Setting; 7] = [
    setting("rpc", "HALLMARK_RPC", false),
    setting("chain", "HALLMARK_CHAIN", false),
    setting("registry", "HALLMARK_REGISTRY", false),
    setting("market", "HALLMARK_MARKET", false),
    setting(SRS, "HALLMARK_SRS", true),
    setting(KEYSTORE, "HALLMARK_KEYSTORE", true),
    setting(PASSWORD_FILE, "HALLMARK_PASSWORD_FILE", true),
];
/// Limits of what is paid have variables alone: a file that comes with somebody's model must not raise them.
const LIMITS: [(&str, &str); 2] = [("max-fee", "HALLMARK_MAX_FEE"), ("max-tip", "HALLMARK_MAX_TIP")];

/// Gives the options their variables that have them in every command. A registry or a market has one only where a command needs
/// it, and so has a setup: elsewhere it would change what the command does.
pub(super) fn with_variables(command: clap::Command) -> clap::Command {
    command.mut_args(with_variable).mut_subcommands(with_variables)
}

fn with_variable(argument: Arg) -> Arg {
    let named = |wanted: &str| SETTINGS.iter().find(|setting| setting.long == wanted).map(|setting| setting.variable);
    let limit = |wanted: &str| LIMITS.iter().find(|(long, _)| *long == wanted).map(|(_, variable)| *variable);
    let variable = match argument.get_long() {
        Some(SRS) if argument.is_required_set() => named(SRS),
        Some(long @ (KEYSTORE | PASSWORD_FILE)) => named(long),
        long => long.and_then(limit),
    };
    match variable {
        Some(variable) => argument.env(variable).hide_env_values(true),
        None => argument,
    }
}

/// The values of a file.
#[derive(Debug, Default)]
pub(super) struct Settings {
    path: PathBuf,
    values: Vec<(&'static str, String)>,
}

/// A command line with what the file adds to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Completed {
    pub(super) words: Vec<OsString>,
    /// The options that the file has set, and their values.
    pub(super) added: Vec<(&'static str, String)>,
}

impl Settings {
    /// The file that the variable names, or that of the folder. There need be none.
    pub(super) fn read() -> Result<Self, CliError> {
        let path = match env::var_os(FILE_VARIABLE) {
            Some(path) if path.is_empty() => return Ok(Self::default()),
            Some(path) => path.into(),
            None if !Path::new(FILE).exists() => return Ok(Self::default()),
            None => PathBuf::from(FILE),
        };
        let bytes = file::load(&path, MAX_BYTES)?;
        match parse_settings(&bytes, path.parent().unwrap_or(Path::new(""))) {
            Ok(values) => Ok(Self { path, values }),
            Err(fault) => Err(CliError::Settings { path, fault }),
        }
    }

    /// The file, if there is one.
    pub(super) fn path(&self) -> Option<&Path> {
        (!self.path.as_os_str().is_empty()).then_some(self.path.as_path())
    }

    /// Adds to the words of a command line what its command takes, and neither the line nor a variable has.
    pub(super) fn complete(
        &self,
        grammar: &clap::Command,
        words: Vec<OsString>,
        is_set: impl Fn(&str) -> bool,
    ) -> Completed {
        let end = words.iter().position(|word| word == "--").unwrap_or(words.len());
        let command = command_of(grammar, &words[..end]);
        let is_open = |long: &str| {
            let setting = SETTINGS.iter().find(|setting| setting.long == long);
            let takes = |setting: &Setting| command.get_arguments().any(|argument| is_of(argument, setting));
            setting.is_some_and(|setting| takes(setting) && !is_set(setting.variable)) && !has(&words[..end], long)
        };
        let names_keystore = |long: &str| has(&words[..end], long) || is_set("HALLMARK_KEYSTORE");
        let mut completed = Completed { words: words.clone(), added: Vec::new() };
        for (long, value) in &self.values {
            // A key or a password in a variable goes before the file's.
            let is_outdone = match *long {
                KEYSTORE => is_set(KEY_VARIABLE),
                PASSWORD_FILE => {
                    is_set(PASSWORD_VARIABLE)
                        || !(names_keystore("keystore") || completed.added.iter().any(|(added, _)| *added == KEYSTORE))
                }
                _ => false,
            };
            if is_open(long) && !is_outdone {
                completed.words.insert(end, format!("--{long}={value}").into());
                completed.added.push((*long, value.clone()));
            }
        }
        completed
    }

    /// What everyone is told of the options that the file has set: it may be someone else's.
    pub(super) fn note(&self, added: &[(&str, String)]) -> Option<String> {
        let options: Vec<String> = added.iter().map(|(long, value)| format!("--{long} {}", shown(value))).collect();
        (!added.is_empty()).then(|| format!("{} sets {}", self.path.display(), options.join(", ")))
    }
}

/// A value as it may be shown: without what terminals obey, and without what follows the host of a node, which may be a secret.
fn shown(value: &str) -> String {
    let end = value.find("://").and_then(|start| Some(start + 3 + value.get(start + 3..)?.find(['/', '?', '#'])?));
    value.get(..end.unwrap_or(value.len())).unwrap_or_default().escape_debug().to_string()
}

/// The command that a line names.
fn command_of<'c>(grammar: &'c clap::Command, words: &[OsString]) -> &'c clap::Command {
    let names = words.iter().skip(1).filter(|word| !word.as_encoded_bytes().starts_with(b"-"));
    let mut command = grammar;
    for name in names {
        match command.find_subcommand(name) {
            Some(found) => command = found,
            None => break,
        }
    }
    command
}

/// Whether an argument is one that a setting is for.
fn is_of(argument: &Arg, setting: &Setting) -> bool {
    argument.get_long() == Some(setting.long) && argument.get_env() == Some(OsStr::new(setting.variable))
}

/// Whether an option is among the words.
fn has(words: &[OsString], long: &str) -> bool {
    let option = format!("--{long}");
    words
        .iter()
        .filter_map(|word| word.to_str())
        .any(|word| word.strip_prefix(&option).is_some_and(|rest| rest.is_empty() || rest.starts_with('=')))
}

/// What is wrong with a file of settings. None repeats a value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettingsFault {
    /// It is not in UTF-8.
    #[error("this is not a text")]
    Text,
    /// It is not TOML.
    #[error("line {line}: {reason}")]
    Toml {
        /// The first line that is wrong.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// It sets what no option is.
    #[error("{name:?} is no setting: there are {}", names())]
    Unknown {
        /// The name.
        name: String,
    },
    /// It would hold a secret.
    #[error(
        "{name:?} is a secret, and this file holds none: name a keystore, or set {KEY_VARIABLE} or {PASSWORD_VARIABLE}"
    )]
    Secret {
        /// The name.
        name: String,
    },
    /// A value is neither a text nor a number.
    #[error("{name:?} is neither a text nor a whole number: write {name} = \"...\"")]
    Type {
        /// The name.
        name: &'static str,
    },
    /// The node's address holds a secret.
    #[error("\"rpc\" holds a password, and this file holds no secrets: set HALLMARK_RPC instead")]
    Password,
}

/// The options that a file in a folder sets, in a fixed order, as they would be typed.
///
/// # Errors
/// [`SettingsFault`] says what is wrong with the file.
pub fn parse_settings(bytes: &[u8], folder: &Path) -> Result<Vec<(&'static str, String)>, SettingsFault> {
    let text = str::from_utf8(bytes).map_err(|_| SettingsFault::Text)?;
    let table: Table = text.parse().map_err(|error| syntax(text, &error))?;
    if let Some(name) = table.keys().find(|name| !SETTINGS.iter().any(|setting| is_named(name, setting))) {
        return Err(stranger(name));
    }
    let mut values = Vec::new();
    for setting in &SETTINGS {
        let Some((_, value)) = table.iter().find(|(name, _)| is_named(name, setting)) else { continue };
        let value = match value {
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            _ => return Err(SettingsFault::Type { name: setting.long }),
        };
        if setting.long == "rpc" && holds_password(&value) {
            return Err(SettingsFault::Password);
        }
        let is_file = setting.is_path && digest_of(Path::new(&value)).is_none();
        values.push((setting.long, if is_file { folder.join(value).display().to_string() } else { value }));
    }
    Ok(values)
}

/// Underscores do as well.
fn is_named(name: &str, setting: &Setting) -> bool {
    name.replace('_', "-") == setting.long
}

/// Whether the address of a node has a name and a password in it.
fn holds_password(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

/// What is wrong with a text that is no TOML, and where. The parser's first line is of its own words alone.
fn syntax(text: &str, error: &toml::de::Error) -> SettingsFault {
    let start = error.span().map_or(0, |span| span.start);
    let line = 1 + text.bytes().take(start).filter(|byte| *byte == b'\n').count();
    SettingsFault::Toml { line, reason: error.message().lines().next().unwrap_or_default().to_owned() }
}

/// A name that is none of a setting's.
fn stranger(name: &str) -> SettingsFault {
    const SECRETS: [&str; 5] = ["private", "password", "secret", "mnemonic", "seed"];
    let is_secret = SECRETS.iter().any(|secret| name.to_lowercase().contains(secret));
    let name = name.chars().take(MAX_NAME).collect();
    if is_secret { SettingsFault::Secret { name } } else { SettingsFault::Unknown { name } }
}

fn names() -> String {
    SETTINGS.map(|setting| setting.long).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cli;

    const TEXT: &str = "rpc = \"http://127.0.0.1:1\"\nchain = 5\nmarket = \"0x1111111111111111111111111111111111111111\"\n\
                        srs = \"srs.bin\"\nkeystore = \"/k.json\"\npassword_file = \"p\"\n";

    fn settings() -> Settings {
        Settings { path: FILE.into(), values: parse_settings(TEXT.as_bytes(), Path::new("/base")).unwrap() }
    }

    fn completed(line: &str, set: &[&str]) -> Vec<&'static str> {
        let words = line.split(' ').map(OsString::from).collect();
        let added = settings().complete(&Cli::grammar(), words, |name| set.contains(&name)).added;
        added.into_iter().map(|(long, _)| long).collect()
    }

    #[test]
    fn a_flag_goes_before_a_variable_and_a_variable_before_the_file() {
        let answer = "hallmark answer 0x11";
        assert_eq!(completed(answer, &[]), ["rpc", "chain", "market"]);
        assert_eq!(completed(answer, &["HALLMARK_RPC"]), ["chain", "market"]);
        for typed in ["--rpc=http://x", "--rpc http://x"] {
            assert_eq!(completed(&format!("{answer} {typed}"), &[]), ["chain", "market"]);
        }
        // Only what a command takes from a variable.
        assert_eq!(completed("hallmark prove m.hallmark", &[]), ["srs"]);
        assert_eq!(completed("hallmark prove m.hallmark --srs other.bin", &[]), [""; 0]);
        assert_eq!(completed("hallmark request show 0x11 --json", &[]), ["rpc", "chain", "market"]);
        assert_eq!(completed("hallmark run m.hallmark", &[]), [""; 0]);
        assert_eq!(completed("hallmark claim --offering 0x11", &[]), ["rpc", "chain", "keystore", "password-file"]);
    }

    #[test]
    fn a_key_in_a_variable_goes_before_the_file_s() {
        let buy = "hallmark buy --offering 0x11";
        assert_eq!(completed(buy, &[KEY_VARIABLE]), ["rpc", "chain"]);
        assert_eq!(completed(buy, &[PASSWORD_VARIABLE]), ["rpc", "chain", "keystore"]);
        assert_eq!(completed(&format!("{buy} --keystore k"), &[]), ["rpc", "chain", "password-file"]);
    }

    #[test]
    fn paths_are_relative_to_the_file_and_digests_are_none() {
        let words = |line: &str, settings: &Settings| {
            settings.complete(&Cli::grammar(), line.split(' ').map(OsString::from).collect(), |_| false).words
        };
        let prove = words("hallmark prove m -- --srs", &settings());
        assert_eq!(prove, ["hallmark", "prove", "m", "--srs=/base/srs.bin", "--", "--srs"]);
        let digest = format!("0x{}", "ab".repeat(32));
        let kept = Settings {
            values: parse_settings(format!("srs = \"{digest}\"").as_bytes(), Path::new("/base")).unwrap(),
            ..settings()
        };
        assert_eq!(words("hallmark prove m", &kept)[3], *format!("--srs={digest}"));
        assert_eq!(settings().values[4], (KEYSTORE, "/k.json".into()));
    }

    #[test]
    fn values_are_shown_without_what_harms() {
        for (value, expected) in [
            ("http://node.example:8545/secret", "http://node.example:8545"),
            ("wss://node.example?key=secret", "wss://node.example"),
            ("http://node.example", "http://node.example"),
            ("folder/srs.bin", "folder/srs.bin"),
            ("a\u{1b}[2J\u{202e}", "a\\u{1b}[2J\\u{202e}"),
        ] {
            assert_eq!(shown(value), expected);
        }
    }

    #[test]
    fn what_does_not_belong_in_a_file_is_refused() {
        for (text, reason) in [
            ("private_key = \"0x11\"", "is a secret"),
            ("keystore-password = \"x\"", "is a secret"),
            ("rpc = \"http://me:hunter2@node.example/x\"", "holds a password"),
            ("colour = \"red\"", "is no setting: there are rpc, chain"),
            ("max-fee = \"9ether\"", "is no setting"),
            ("rpc = [1]", "neither a text nor a whole number"),
            ("chain = 1\nrpc = ", "line 2: "),
            ("\u{1b} = 1", "line 1: "),
            ("\"a\\u001b\" = 1", "\"a\\u{1b}\" is no setting"),
        ] {
            let found = parse_settings(text.as_bytes(), Path::new("")).unwrap_err().to_string();
            assert!(
                found.contains(reason) && !found.contains("hunter2") && !found.contains('\u{1b}'),
                "{text}: {found}"
            );
        }
    }
}
