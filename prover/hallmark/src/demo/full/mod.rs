//! `hallmark demo --full`: the whole story, from a model to a holder's share of a fee, by the commands that people type.
//!
//! | file | idea |
//! |---|---|
//! | `script` | what happens, step by step |
//! | `shell` | command lines: variables, the program's own parser and commands, a chain inside the program |
//! | `replay` | a proof that was paid for, offered again |
//! | `stage` | the folder and the chain that it all happens in |
//! | `record` | what happened, as text and as JSON |

mod record;
mod replay;
mod script;
mod shell;
mod stage;

use serde_json::json;

use super::{Bundle, CliError, Outcome, Sample, drawing::draw};
use record::Record;
use script::{SCRIPT, Step};
use shell::Shell;
use stage::{ACCOUNTS, Folder};

/// Tells the story with a model, and an image for its customer to ask about.
pub(super) fn run(model: &str, bundle: &Bundle, sample: &Sample) -> Result<Outcome, CliError> {
    let _folder = Folder::enter(bundle, sample)?;
    let mut shell = Shell::new(stage::chain()?);
    introduce(&mut shell, model, sample);
    let mut record = Record::default();
    for step in SCRIPT {
        if !perform(step, &mut shell, &mut record)? {
            break;
        }
    }
    let json = json!({
        "model": model,
        "image": sample.number,
        "label": sample.label,
        "accounts": stage::balances(&shell)?,
    });
    Ok(record.outcome(json))
}

/// Sets what the story begins with.
fn introduce(shell: &mut Shell, model: &str, sample: &Sample) {
    ACCOUNTS.iter().for_each(|(name, key)| shell.set(name, (*key).into()));
    let keys: Vec<_> = ACCOUNTS.iter().map(|(name, key)| format!("$ export {name}={key}")).collect();
    shell.set("KEYS", keys.join("\n"));
    shell.set("NETWORK", model.into());
    shell.set("IMAGE", sample.number.to_string());
    shell.set("LABEL", sample.label.to_string());
    shell.set("DRAWING", draw(&sample.pixels));
}

/// Does what a step says, and tells whether it went as it should.
fn perform(step: &Step, shell: &mut Shell, record: &mut Record) -> Result<bool, CliError> {
    match step {
        Step::Say(text) => record.say(&shell.expand(text)?),
        Step::Pass(seconds) => shell.devnet.pass(*seconds),
        Step::Type { line, keep } => {
            let typed = shell.run(line);
            let kept = typed.keep(shell, keep);
            return Ok(record.typed(line, &typed, &kept));
        }
        Step::Refuse { line, error } => return Ok(record.refused(line, &shell.run(line), error)),
        Step::Replay(replay) => return Ok(record.replayed(replay, replay.attempt(shell)?.as_ref())),
    }
    Ok(true)
}
