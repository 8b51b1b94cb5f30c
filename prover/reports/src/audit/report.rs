//! The report, as text and as JSON.

use std::fmt::Write;

use alloy::primitives::B256;
use serde::Serialize;

use super::{Check, Finding, Record, Section, Verdict};
use hallmark_chain::node::Head;

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The chain's number.
    pub chain: u64,
    /// The last block when the audit began.
    pub block: u64,
    /// That block's hash.
    pub block_hash: B256,
    /// The model.
    pub model: B256,
    /// A line for each thing that was looked at.
    pub checks: Vec<Check>,
    /// The settlements that were found: the last ones, where there are more than were asked for.
    pub settlements: Vec<Record>,
}

impl Report {
    pub(super) fn new(chain: u64, head: Head, model: B256) -> Self {
        let Head { number, hash, .. } = head;
        Self { chain, block: number, block_hash: hash, model, checks: Vec::new(), settlements: Vec::new() }
    }

    pub(super) fn add(&mut self, section: Section, name: &str, finding: Finding) {
        self.checks.push(Check::new(section, name, finding));
    }

    /// Says of several lines that they could not be checked.
    pub(super) fn skip(&mut self, section: Section, names: &[&str], reason: &str) {
        names.iter().for_each(|name| self.add(section, name, Finding::skipped(reason)));
    }

    /// How many lines ended so.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.checks.iter().filter(|check| check.verdict == verdict).count()
    }

    /// Whether something passes and nothing fails: where nothing could be checked, nothing is known.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.count(Verdict::Fail) == 0 && self.count(Verdict::Pass) > 0
    }

    /// The lines of a section.
    pub fn of(&self, section: Section) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.section == section)
    }

    /// The outcome in one sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        let [passed, failed, skipped] =
            [Verdict::Pass, Verdict::Fail, Verdict::Skipped].map(|verdict| self.count(verdict));
        format!("{passed} lines pass, {failed} fail, {skipped} were not checked")
    }

    /// The report for people, a line for each check.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { chain, block, block_hash, model, .. } = self;
        let mut text = format!("Model {model}\non chain {chain}, as the node says at block {block} {block_hash}\n");
        for section in Section::ALL.into_iter().filter(|section| self.of(*section).next().is_some()) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "\n{section}");
            let width = self.of(section).map(|check| check.name.chars().count()).max().unwrap_or_default();
            for Check { name, verdict, detail, .. } in self.of(section) {
                let _ = writeln!(text, "  {verdict:<11}  {name:<width$}  {detail}");
            }
        }
        format!("{text}\n{}", self.summary())
    }
}
