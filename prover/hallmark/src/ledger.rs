//! The transactions of a command, and how they are told.

use std::fmt::Write;

use serde_json::{Value, json};
use tracing::Instrument;

use super::{CliError, Outcome};
use hallmark_chain::node::{Account, Intent, Mined};

/// An account, and what it has sent.
pub(super) struct Ledger {
    pub(super) account: Account,
    sent: Vec<(&'static str, Mined)>,
}

impl Ledger {
    pub(super) fn new(account: Account) -> Self {
        Self { account, sent: Vec::new() }
    }

    /// Sends a transaction and waits until it is in a block.
    pub(super) async fn send(&mut self, intent: &Intent) -> Result<Mined, CliError> {
        let span = tracing::info_span!("transaction", call = intent.call);
        let mined = self.account.send(intent).instrument(span).await?;
        self.sent.push((intent.call, mined.clone()));
        Ok(mined)
    }

    /// Deploys a contract.
    pub(super) async fn deploy(&mut self, intent: &Intent) -> Result<alloy::primitives::Address, CliError> {
        self.send(intent).await?.contract.ok_or(CliError::Unanswered("a deployment has no address"))
    }

    /// What was done, with the transactions that did it.
    pub(super) fn outcome(&self, mut text: String, mut json: Value) -> Outcome {
        text.push('\n');
        for (call, mined) in &self.sent {
            // Writing to a string does not fail.
            let _ = write!(text, "\ntransaction  {}  block {}, {} gas: {call}", mined.hash, mined.block, mined.gas);
        }
        let describe = |(call, mined): &(&str, Mined)| json!({ "call": call, "hash": mined.hash.to_string(), "block": mined.block, "gas": mined.gas });
        json["transactions"] = self.sent.iter().map(describe).collect();
        json["account"] = json!(self.account.address().to_string());
        Outcome::done(text, json)
    }
}
