//! What happened, as text and as JSON.

use alloy::rpc::types::TransactionReceipt;
use serde_json::{Value, json};

use super::{
    CliError, Outcome,
    attack::Attack,
    shell::{Kept, Typed},
};
use hallmark_chain::chain::GasReport;
use hallmark_chain::node::{NodeError, Revert};
use hallmark_reports::number::grouped;

/// What has happened so far.
#[derive(Default)]
pub(super) struct Record {
    text: String,
    steps: Vec<Value>,
    /// What an audit said.
    audit: Value,
    /// What the verification of the answer costs.
    gas: Value,
    failed: bool,
}

impl Record {
    /// Adds a paragraph.
    pub(super) fn say(&mut self, text: &str) {
        self.text += text.trim_end();
        self.text += "\n\n";
    }

    /// A command that should do what it does. Returns whether it did.
    pub(super) fn typed(&mut self, line: &str, typed: &Typed, kept: &Kept) -> bool {
        let (answer, json) = match &typed.result {
            Ok(outcome) => (outcome.text.clone(), outcome.json.clone()),
            Err(error) => (format!("error: {error}"), json!({ "error": error.to_string() })),
        };
        self.say(&paragraph(&[&format!("$ {line}"), &typed.log, &answer, &export(kept)]));
        // Of an audit no line may be left out.
        let whole = json.get("not_checked").is_none_or(|count| *count == json!(0));
        let done = whole && typed.result.as_ref().is_ok_and(|outcome| outcome.accepted);
        if json.get("checks").is_some() {
            self.audit = json.clone();
        }
        self.step(done, described(line, typed, json!({ "outcome": json })))
    }

    /// A command that a contract should refuse, with an error of this name. Returns whether it did.
    pub(super) fn refused(&mut self, line: &str, typed: &Typed, expected: &str) -> bool {
        let revert = match &typed.result {
            Err(CliError::Node(NodeError::Reverted { revert, .. })) => Some(revert),
            _ => None,
        };
        let otherwise = || match &typed.result {
            Err(error) => format!("error: {error}"),
            Ok(outcome) => format!("ACCEPTED\n{}", outcome.text),
        };
        let answer = revert.map_or_else(otherwise, verdict);
        self.say(&paragraph(&[&format!("$ {line}"), &answer]));
        self.step(is(revert, expected), described(line, typed, refusal(revert)))
    }

    /// A lie that a contract should refuse. Returns whether it did.
    pub(super) fn attacked(&mut self, attack: &Attack, revert: Option<&Revert>) -> bool {
        self.say(&paragraph(&[attack.what, &revert.map_or("ACCEPTED".into(), verdict)]));
        let mut step = refusal(revert);
        step["attack"] = json!(attack.what);
        self.step(is(revert, attack.error), step)
    }

    /// What the verification of the answer costs, by part.
    pub(super) fn gas(&mut self, report: &GasReport) {
        let line = |(part, gas): (String, u64)| format!("   {:>9}  {part}\n", grouped(gas));
        let parts: String = report.parts().into_iter().map(line).collect();
        self.say(&format!(
            "   {:>9}  gas for the verification by itself, of which\n{parts}",
            grouped(report.transaction)
        ));
        self.gas = json!(report);
    }

    fn step(&mut self, done: bool, mut step: Value) -> bool {
        if !done {
            self.failed = true;
            self.say("FAILED: this is not what should happen");
        }
        step["as_expected"] = json!(done);
        self.steps.push(step);
        done
    }

    /// All of it, with what else there is to tell.
    pub(super) fn outcome(self, mut json: Value) -> Outcome {
        json["steps"] = json!(self.steps);
        json["audit"] = self.audit;
        json["gas"] = self.gas;
        let outcome = Outcome { accepted: !self.failed, text: self.text, json, warnings: Vec::new() };
        outcome.with_setup(true)
    }
}

fn paragraph(parts: &[&str]) -> String {
    let parts = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("\n")
}

fn export(kept: &Kept) -> String {
    let variables: Vec<_> = kept.iter().map(|(name, value)| format!("{name}={value}")).collect();
    if variables.is_empty() { String::new() } else { format!("$ export {}", variables.join(" ")) }
}

fn verdict(revert: &Revert) -> String {
    format!("REFUSED  {revert}")
}

fn is(revert: Option<&Revert>, expected: &str) -> bool {
    revert.is_some_and(|revert| revert.is(expected))
}

fn refusal(revert: Option<&Revert>) -> Value {
    json!({ "error": revert.map(|revert| revert.name), "reason": revert.map(|revert| &revert.text) })
}

/// A step with its command line, and what it sent.
fn described(line: &str, typed: &Typed, mut step: Value) -> Value {
    step["command"] = json!(line);
    step["seconds"] = json!(typed.seconds);
    step["gas"] = json!(typed.receipts.iter().map(|receipt| receipt.gas_used).sum::<u64>());
    step["transactions"] = typed.receipts.iter().map(transaction).collect();
    step
}

fn transaction(receipt: &TransactionReceipt) -> Value {
    let fee = u128::from(receipt.gas_used).saturating_mul(receipt.effective_gas_price);
    json!({
        "hash": receipt.transaction_hash.to_string(),
        "block": receipt.block_number,
        "from": receipt.from.to_string(),
        "succeeded": receipt.status(),
        "gas": receipt.gas_used,
        "fee_wei": fee.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::{super::attack::Lie, *};

    fn typed(result: Result<Outcome, CliError>) -> Typed {
        Typed { result, log: "the log\n".into(), receipts: Vec::new(), seconds: 0.5 }
    }

    fn reverted(name: &'static str) -> Result<Outcome, CliError> {
        let revert = Revert { name: Some(name), text: format!("{name} {{ }}") };
        Err(NodeError::Reverted { call: "f()", revert }.into())
    }

    fn done(json: Value) -> Result<Outcome, CliError> {
        Ok(Outcome::done("the answer".into(), json))
    }

    #[test]
    fn what_goes_as_it_should_is_told() {
        let mut record = Record::default();
        let kept = vec![("NAME", "value".to_owned())];
        assert!(record.typed("hallmark audit", &typed(done(json!({ "checks": [], "not_checked": 0 }))), &kept));
        assert!(record.refused("hallmark claim", &typed(reverted("NothingToClaim")), "NothingToClaim"));
        let outcome = record.outcome(json!({}));
        assert!(outcome.accepted);
        let expected = "$ hallmark audit\nthe log\nthe answer\n$ export NAME=value\n\n\
                        $ hallmark claim\nREFUSED  NothingToClaim { }\n\n";
        assert_eq!(outcome.text, expected);
        assert_eq!(outcome.json["steps"][1]["error"], "NothingToClaim");
        assert_eq!(outcome.json["audit"]["checks"], json!([]));
    }

    #[test]
    fn whatever_else_happens_is_a_failure() {
        type Step = fn(&mut Record, &Typed) -> bool;
        let does: Step = |record, typed| record.typed("hallmark", typed, &Vec::new());
        let is_refused: Step = |record, typed| record.refused("hallmark", typed, "NotOpen");
        let refused = Outcome { accepted: false, ..Outcome::done("no".into(), json!({})) };
        let cases = [
            (does, Ok(refused)),
            (does, done(json!({ "not_checked": 1 }))),
            (does, reverted("NotOpen")),
            (is_refused, done(json!({}))),
            (is_refused, reverted("NothingToClaim")),
            (is_refused, Err(CliError::Demo("another error"))),
        ];
        for (step, result) in cases {
            let mut record = Record::default();
            assert!(!step(&mut record, &typed(result)));
            assert!(record.text.ends_with("FAILED: this is not what should happen\n\n"));
            assert!(!record.outcome(json!({})).accepted);
        }
        let attack = Attack { what: "again", request: "REQUEST", lie: Lie::Replay, error: "NotOpen" };
        for revert in [None, Some(Revert { name: None, text: String::new() })] {
            assert!(!Record::default().attacked(&attack, revert.as_ref()));
        }
    }
}
