//! `hallmark audit`: what the contracts claim about a model, checked.

use std::path::{Path, PathBuf};

use alloy::primitives::{Address, B256};
use serde_json::json;

use super::{
    CliError, Digest, Outcome,
    connection::{Connection, block_on},
    overwrite::Force,
    surroundings::Surroundings,
};
use hallmark_local::Subject;
use hallmark_proving::file::{self, Form};
use hallmark_reports::audit::{Given, Report, Scope, Verdict, audit};

const EXAMPLE: &str = "\
Example: hallmark audit 0x... --registry 0x... --offering 0x... --model-key m.key --srs srs.bin --html report.html

The report's first line says what it is worth. Then every line passes, fails, has to be weighed, or says why it was not checked.

The command checks the contracts' addresses, which commit to their code and to what they were deployed with. It compares their
code byte for byte, the registry's setup with the ceremony, and the pinned key with the one that it recomputes from the public
description. It checks the token's part of the fees, and the proof of every past settlement, from its transaction's calldata. Of a batch it
checks one proof, and counts every answer.
It names settlements whose customer is the registrant, the team or a payee.

Take the addresses from where the model is sold, the key from its operator, and the ceremony from a public one. With less given,
less is checked. `hallmark models` lists the models of a registry. All of it is as the node says: take a node that you trust, and
that remembers old blocks.

Exit status: 0 if no line fails. 1 if one fails or none could be checked; with --strict, also if one was not checked. 3 if the node
does not answer.";

/// Checks all that the contracts claim about a model.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model
    model_id: B256,
    /// The registry that it is pinned in
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_REGISTRY")]
    registry: Address,
    /// The market that settles its answers [default: the one in the offering's terms]
    #[arg(long, value_name = "ADDRESS", env = "HALLMARK_MARKET")]
    market: Option<Address>,
    /// The sale of its token
    #[arg(long, value_name = "ADDRESS")]
    offering: Option<Address>,
    /// The model's public description: its verifying key, or the committed model
    #[arg(long, value_name = "FILE")]
    model_key: Option<PathBuf>,
    /// The model digest that was quoted, which the registry has to pin
    #[arg(long, value_name = "HEX")]
    digest: Option<Digest>,
    /// The ceremony's powers: the key is recomputed with them, and the registry's setup has to be theirs
    #[arg(long, value_name = "FILE")]
    srs: Option<PathBuf>,
    /// Accept a registry for tests, whose setup is insecure
    #[arg(long)]
    for_tests: bool,
    /// Look for settlements from this block on [default: that of the registry's deployment]
    #[arg(long, value_name = "BLOCK")]
    from_block: Option<u64>,
    /// Check the proofs of at most so many settlements, the newest ones
    #[arg(long, value_name = "COUNT", default_value_t = 1000)]
    replay: usize,
    /// Fail if a line was not checked
    #[arg(long)]
    strict: bool,
    /// Write the report as a page, with charts
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    overwrite: Force,
    #[command(flatten)]
    connection: Connection,
}

impl Args {
    pub(super) fn run(&self, around: &Surroundings) -> Result<Outcome, CliError> {
        let inputs: Vec<&Path> = self.model_key.iter().chain(&self.srs).map(PathBuf::as_path).collect();
        self.overwrite.rule().check(self.html.iter().map(|path| (path.as_path(), Form::PAGE)), &inputs)?;
        let scope = self.scope()?;
        let report = block_on(async { Ok(audit(&self.connection.node(around).await?, &scope).await?) })?;
        if let Some(path) = &self.html {
            file::store(self.overwrite.rule().target(path), report.html().as_bytes(), &Form::PAGE)?;
        }
        Ok(outcome(&report, self.strict))
    }

    fn scope(&self) -> Result<Scope, CliError> {
        let given = [("key file", &self.model_key), ("ceremony file", &self.srs)];
        let files = given.into_iter().filter_map(|(role, path)| Some(Given::read(role, path.as_deref()?)));
        let files = files.collect::<Result<_, _>>()?;
        let key = self.model_key.as_deref().map(Subject::read_key).transpose()?;
        Ok(Scope {
            model: self.model_id,
            registry: self.registry,
            market: self.market,
            offering: self.offering,
            key,
            digest: self.digest.map(|digest| digest.0.into()),
            srs: self.srs.clone(),
            files,
            for_tests: self.for_tests,
            from_block: self.from_block,
            replay: self.replay,
        })
    }
}

fn outcome(report: &Report, strict: bool) -> Outcome {
    let mut json = json!(report);
    json["verdict"] = json!(report.grade());
    json["headline"] = json!(report.headline());
    json["cautions"] = json!(report.count(Verdict::Caution));
    json["passed"] = json!(report.count(Verdict::Pass));
    json["failed"] = json!(report.count(Verdict::Fail));
    json["not_checked"] = json!(report.count(Verdict::Skipped));
    let accepted = report.passes() && !(strict && report.count(Verdict::Skipped) > 0);
    Outcome { accepted, text: report.text(), json, warnings: Vec::new() }
}
