//! What is told without a verdict.

use serde::Serialize;

/// Something that is told without a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// What it is.
    pub name: String,
    /// How much, when, or who.
    pub value: String,
}

impl Fact {
    pub(super) fn new(name: &str, value: String) -> Self {
        Self { name: name.into(), value }
    }
}

/// Facts for people, one in a line, with their values in a column.
#[must_use]
pub fn table(facts: &[Fact]) -> String {
    let width = facts.iter().map(|fact| fact.name.chars().count()).max().unwrap_or_default();
    facts.iter().map(|Fact { name, value }| format!("  {name:<width$}  {value}\n")).collect()
}
