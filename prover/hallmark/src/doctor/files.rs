//! The settings, the setups and the key.

use std::{env, path::Path};

use hallmark_chain::node::{KEY_VARIABLE, PASSWORD_VARIABLE, Wallet};
use hallmark_local::{
    facts,
    setups::{self, Kept},
};
use hallmark_proving::file;
use hallmark_reports::number::{bytes, count};
use serde_json::Value;

use super::{super::settings::Settings, Args, Finding};

/// More than any keystore has.
const MAX_KEYSTORE: u64 = 1 << 16;

pub(super) fn look(args: &Args) -> Vec<Finding> {
    let mut findings = vec![settings()];
    findings.extend(args.srs.iter().map(|path| setup(Kept::look(path.clone()))));
    findings.extend([folder(), facts()]);
    findings.push(key(args));
    findings
}

/// Which file and which variables are heeded. Their values may be secret.
fn settings() -> Finding {
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with("HALLMARK_")).collect();
    names.sort();
    let variables = if names.is_empty() { "no variables".into() } else { names.join(", ") };
    match Settings::read() {
        Ok(settings) => {
            let file = settings.path().map_or("no hallmark.toml".into(), |path| path.display().to_string());
            Finding::fine("settings", format!("{file}; {variables}"))
        }
        Err(error) => Finding::fail("settings", error.to_string()),
    }
}

fn setup(Kept { path, bytes: length, setup }: Kept) -> Finding {
    let file = format!("{}, {}", path.display(), bytes(length as f64));
    match setup {
        Ok((digest, insecure)) => {
            let text = format!("{file}: {digest}, {}", setups::origin(digest, insecure));
            if insecure { Finding::look("setup", text) } else { Finding::fine("setup", text) }
        }
        Err(error) => Finding::fail("setup", format!("{}: {error}", path.display())),
    }
}

fn folder() -> Finding {
    let Some(folder) = setups::folder() else {
        return Finding::look("setups", "no folder has setups by their digest: HALLMARK_SRS_DIR may name one");
    };
    let kept = setups::list(&folder);
    let text = format!("{} by digest in {}", count(kept.len(), "setup"), folder.display());
    match kept.iter().find(|kept| kept.setup.is_err()) {
        Some(wrong) => Finding::look("setups", format!("{text}; {} is of no use", wrong.path.display())),
        None => Finding::fine("setups", text),
    }
}

/// Whether checks are remembered.
fn facts() -> Finding {
    match facts::folder() {
        None => Finding::fine("checks", "nothing is remembered: every file is checked each time"),
        Some(Ok(folder)) => {
            let count = count(folder.count(), "check");
            Finding::fine("checks", format!("{count} remembered in {}", folder.path().display()))
        }
        Some(Err(error)) => Finding::look("checks", format!("nothing is remembered: {error}")),
    }
}

/// The keystore is not opened: that takes seconds, and its password is not asked for.
fn key(args: &Args) -> Finding {
    let Some(path) = &args.keystore else {
        if env::var_os(KEY_VARIABLE).is_none() {
            return Finding::look("key", "there is none: commands that pay need --keystore or HALLMARK_PRIVATE_KEY");
        }
        return match Wallet::find(None, None) {
            Ok(wallet) => Finding::fine("key", format!("{} by {KEY_VARIABLE}", wallet.address())),
            Err(error) => Finding::fail("key", error.to_string()),
        };
    };
    match keystore(path) {
        Err(reason) => Finding::fail("key", reason),
        Ok(text) => match &args.password_file {
            Some(password) if !password.is_file() => {
                Finding::fail("key", format!("{text}; the password file {} is not there", password.display()))
            }
            None if env::var_os(PASSWORD_VARIABLE).is_none() => {
                Finding::fail("key", format!("{text}; it takes --password-file or {PASSWORD_VARIABLE}"))
            }
            _ => Finding::fine("key", format!("{text}, with a password that was not tried")),
        },
    }
}

/// Whether a file is a keystore, by its form.
fn keystore(path: &Path) -> Result<String, String> {
    let bytes = file::load(path, MAX_KEYSTORE).map_err(|error| error.to_string())?;
    let json: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let is_keystore = json.get("crypto").or_else(|| json.get("Crypto")).is_some_and(Value::is_object);
    let shown = path.display();
    if is_keystore {
        Ok(format!("the keystore {shown}"))
    } else {
        Err(format!("{shown} is no keystore: make one, such as with `cast wallet new`"))
    }
}
