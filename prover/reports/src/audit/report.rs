//! The report, as text and as JSON.

use std::{
    fmt::Write,
    time::{SystemTime, UNIX_EPOCH},
};

use alloy::primitives::{Address, B256};
use serde::Serialize;

use super::{Check, Fact, Finding, Given, Record, Section, Verdict, fact::table};
use crate::bench::Build;
use hallmark_chain::node::{Head, utc};

/// What an audit found.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The chain's number.
    pub chain: u64,
    /// The last block when the audit began.
    pub block: u64,
    /// That block's hash.
    pub block_hash: B256,
    /// When that block was made, in seconds since 1970.
    pub block_time: u64,
    /// When the audit began by the clock of this machine, in seconds since 1970.
    pub time: u64,
    /// The program that made the report.
    pub program: Build,
    /// The files that the auditor brought along.
    pub files: Vec<Given>,
    /// The model.
    pub model: B256,
    /// The registry that has it.
    pub registry: Address,
    /// The market, where one is known.
    pub market: Option<Address>,
    /// The offering, where one was named.
    pub offering: Option<Address>,
    /// Whether the registry says that it is for tests.
    pub is_for_tests: bool,
    /// What a buyer agrees to, where the offering tells its terms.
    pub terms: Vec<Fact>,
    /// A line for each thing that was looked at.
    pub checks: Vec<Check>,
    /// The settlements that were found: the last ones, where there are more than were asked for.
    pub settlements: Vec<Record>,
}

impl Report {
    pub(super) fn new(chain: u64, head: Head, model: B256, registry: Address) -> Self {
        Self {
            chain,
            block: head.number,
            block_hash: head.hash,
            block_time: head.timestamp,
            time: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs()),
            program: Build::this(),
            files: Vec::new(),
            model,
            registry,
            market: None,
            offering: None,
            is_for_tests: false,
            terms: Vec::new(),
            checks: Vec::new(),
            settlements: Vec::new(),
        }
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

    /// How many lines ended how.
    #[must_use]
    pub fn summary(&self) -> String {
        let [passed, cautions, failed, skipped] =
            [Verdict::Pass, Verdict::Caution, Verdict::Fail, Verdict::Skipped].map(|verdict| self.told(verdict));
        format!("{passed}, {cautions}, {failed}, {skipped}")
    }

    /// How many lines ended so, in words: "1 line passes", "2 fail".
    pub(super) fn told(&self, verdict: Verdict) -> String {
        let count = self.count(verdict);
        let [one, several] = match verdict {
            Verdict::Pass => ["line passes", "lines pass"],
            Verdict::Caution => ["has to be weighed", "have to be weighed"],
            Verdict::Fail => ["fails", "fail"],
            Verdict::Skipped => ["was not checked", "were not checked"],
        };
        format!("{count} {}", if count == 1 { one } else { several })
    }

    /// What the report is about, and what it rests on.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let fact = Fact::new;
        let Build { version, commit, .. } = &self.program;
        let mut facts = vec![
            fact("model", self.model.to_string()),
            fact("chain", self.chain.to_string()),
            fact("as of", format!("block {} of {}, {}", self.block, utc(self.block_time), self.block_hash)),
            fact("registry", self.registry.to_string()),
        ];
        let addresses = [("market", self.market), ("offering", self.offering)];
        facts.extend(addresses.into_iter().filter_map(|(name, address)| Some(fact(name, address?.to_string()))));
        facts.push(fact("made", format!("{}, by hallmark {version} ({commit})", utc(self.time))));
        let file = |given: &Given| {
            fact(given.role, format!("{}, {} bytes, SHA-256 {}", given.name, given.bytes, given.sha256))
        };
        facts.extend(self.files.iter().map(file));
        facts
    }

    /// The report for people: what it is worth, what it is about, and a line for each check.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n{}", self.headline(), table(&self.facts()));
        if !self.terms.is_empty() {
            text += &format!("\nterms\n{}", table(&self.terms));
        }
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
