//! What was found of one thing.

use std::fmt::{self, Display, Formatter};

use serde_json::{Value, json};

/// Whether a thing is in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is.
    Fine,
    /// A person has to say.
    Look,
    /// A command would fail at it.
    Fail,
}

/// What was found of one thing.
pub(super) struct Finding {
    name: &'static str,
    pub(super) verdict: Verdict,
    text: String,
}

impl Finding {
    pub(super) fn fine(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fine, text: text.into() }
    }

    pub(super) fn look(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Look, text: text.into() }
    }

    pub(super) fn fail(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, verdict: Verdict::Fail, text: text.into() }
    }

    pub(super) fn describe(&self) -> Value {
        json!({ "name": self.name, "verdict": self.verdict.name(), "text": self.text })
    }
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Fine => "ok",
            Self::Look => "look",
            Self::Fail => "FAIL",
        }
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, verdict, text } = self;
        write!(f, "{:<4}  {name:<10}  {text}", verdict.name())
    }
}
