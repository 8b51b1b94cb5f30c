//! A line of the report.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use hallmark_chain::node::NodeError;

/// The most characters of a line's text: the chain may say anything.
const MAX_TEXT: usize = 400;

/// The subject of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Section {
    /// The contract that checks proofs.
    Verifier,
    /// The contract that pins models.
    Registry,
    /// The setup of all its models.
    Setup,
    /// The model's record and its key.
    Model,
    /// The contract that pays for proofs.
    Market,
    /// The sale and its token.
    Token,
    /// The paid settlements.
    Settlements,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It is known, and nothing is wrong with it, but whoever relies on the report has to weigh it.
    Caution,
    /// It does not hold.
    Fail,
    /// It could not be checked.
    Skipped,
}

/// A verdict, and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) verdict: Verdict,
    pub(super) detail: String,
}

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its subject.
    pub section: Section,
    /// The name of the check.
    pub name: String,
    /// How it ended.
    pub verdict: Verdict,
    /// The finding, or the reason why nothing was checked. It has no characters that change a terminal.
    pub detail: String,
}

impl Section {
    /// All, in the order of the report.
    pub const ALL: [Self; 7] =
        [Self::Verifier, Self::Registry, Self::Setup, Self::Model, Self::Market, Self::Token, Self::Settlements];
}

impl Finding {
    pub(super) fn pass(detail: impl Into<String>) -> Self {
        Self { verdict: Verdict::Pass, detail: detail.into() }
    }

    pub(super) fn caution(detail: impl Into<String>) -> Self {
        Self { verdict: Verdict::Caution, detail: detail.into() }
    }

    pub(super) fn fail(detail: impl Into<String>) -> Self {
        Self { verdict: Verdict::Fail, detail: detail.into() }
    }

    pub(super) fn skipped(detail: impl Into<String>) -> Self {
        Self { verdict: Verdict::Skipped, detail: detail.into() }
    }

    /// Whether what was found is what was expected.
    pub(super) fn equal<T: PartialEq + Display>(expected: &T, found: &T) -> Self {
        if expected == found {
            Self::pass(found.to_string())
        } else {
            Self::fail(format!("found {found}, expected {expected}"))
        }
    }
}

/// If a node gives no answer, the line is not checked. A missing contract is an answer. So is a contract that refuses a call
/// that ours never refuse.
impl From<&NodeError> for Finding {
    fn from(error: &NodeError) -> Self {
        match error {
            NodeError::NoCode(_) | NodeError::Reverted { .. } => Self::fail(error.to_string()),
            _ => Self::skipped(error.to_string()),
        }
    }
}

impl From<Result<Self, NodeError>> for Finding {
    fn from(result: Result<Self, NodeError>) -> Self {
        result.unwrap_or_else(|error| Self::from(&error))
    }
}

impl Check {
    pub(super) fn new(section: Section, name: &str, finding: Finding) -> Self {
        Self { section, name: clean(name), verdict: finding.verdict, detail: clean(&finding.detail) }
    }

    /// The line's name with that of its section.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.section, self.name)
    }
}

impl Display for Section {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verifier => "verifier",
            Self::Registry => "registry",
            Self::Setup => "setup",
            Self::Model => "model",
            Self::Market => "market",
            Self::Token => "token",
            Self::Settlements => "settlements",
        })
    }
}

impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Caution => "caution",
            Self::Fail => "FAIL",
            Self::Skipped => "not checked",
        })
    }
}

/// Text without what would change a terminal, or the order in which it is read, and not too much of it.
pub(super) fn clean(text: &str) -> String {
    let mut shown = text.chars().filter(|character| !is_hidden(*character));
    let mut cut: String = shown.by_ref().take(MAX_TEXT).collect();
    if shown.next().is_some() {
        cut.push('…');
    }
    cut
}

/// Controls, marks of direction and characters of no width.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use alloy::primitives::Address;

    use super::*;

    #[test]
    fn text_is_shown_as_it_is_read() {
        assert_eq!(clean("a\u{1b}[31mb\r\n\u{202e}c\u{200b}d"), "a[31mbcd");
        let long = clean(&"x".repeat(MAX_TEXT + 1));
        assert!(long.ends_with("x…") && long.chars().count() == MAX_TEXT + 1);
        assert_eq!(clean(&"é".repeat(MAX_TEXT)), "é".repeat(MAX_TEXT));
    }

    #[test]
    fn what_a_node_does_not_say_is_no_pass() {
        assert_eq!(Finding::from(&NodeError::Address).verdict, Verdict::Skipped);
        assert_eq!(Finding::from(&NodeError::NoCode(Address::ZERO)).verdict, Verdict::Fail);
        assert_eq!(Finding::equal(&1, &2).verdict, Verdict::Fail);
        assert_eq!(Finding::equal(&1, &1).verdict, Verdict::Pass);
    }
}
