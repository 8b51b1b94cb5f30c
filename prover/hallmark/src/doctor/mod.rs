//! `hallmark doctor`: what a command would find on this machine, looked at before it is needed.

mod chain;
mod files;
mod finding;
mod machine;

use std::path::PathBuf;

use alloy::primitives::Address;
use serde_json::{Value, json};

use self::finding::{Finding, Verdict};
use super::{CliError, Outcome, connection::block_on, surroundings::Surroundings, version};

const EXAMPLE: &str = "\
Example: hallmark doctor
         hallmark doctor --rpc https://node.example --registry 0x... --market 0x... --srs srs.bin --keystore operator.json

The command looks at the program, the machine, the settings, the setups, the key and the node. It sends nothing, changes nothing
and shows no secret. Each line is marked: `ok`, `look` for what may be in order, or `FAIL` for what a command would fail at.

Without --rpc it asks the node that the other commands would ask, and a node that is away is no failure.

Exit status: 0 if no line fails, 1 if one does.";

/// Looks at the machine, the files and the node.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The address of an Ethereum node
    #[arg(long, value_name = "URL", env = "HALLMARK_RPC", hide_env_values = true)]
    rpc: Option<String>,
    /// The chain id; a node of another chain fails
    #[arg(long, value_name = "NUMBER", env = "HALLMARK_CHAIN")]
    chain: Option<u64>,
    /// A registry that has to be genuine
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_REGISTRY")]
    registry: Option<Address>,
    /// A market that has to be genuine
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Option<Address>,
    /// A structured reference string
    #[arg(long, value_name = "FILE", env = "HALLMARK_SRS", hide_env_values = true)]
    srs: Option<PathBuf>,
    /// An account's keystore file
    #[arg(long, value_name = "FILE")]
    keystore: Option<PathBuf>,
    /// The file with the keystore's password
    #[arg(long, value_name = "FILE", requires = "keystore")]
    password_file: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let mut findings = machine::look();
        findings.extend(files::look(self));
        findings.extend(block_on(async { Ok(chain::look(self, around).await) })?);
        let failed = findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count();
        let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
        let all: Vec<Value> = findings.iter().map(Finding::describe).collect();
        let json = json!({ "program": version::describe(), "failed": failed, "findings": all });
        let outcome = Outcome::done(lines.join("\n"), json);
        Ok(Outcome { accepted: failed == 0, ..outcome })
    }
}
