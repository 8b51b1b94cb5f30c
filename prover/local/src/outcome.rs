//! What came of some work, as text or as one JSON object.

use hallmark_proving::file::Stored;
use serde_json::{Value, json};

/// What is said of all that rests on an insecure setup.
const INSECURE: &str = "the setup is insecure: its maker can prove anything. Use it for development only, and a ceremony \
                        (`hallmark srs import`) for everything else";

/// What came of some work.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether all is well: false for a proof that is refused.
    pub accepted: bool,
    /// For people.
    pub text: String,
    /// For programs: an object.
    pub json: Value,
    /// What people should know besides.
    pub warnings: Vec<String>,
}

impl Outcome {
    /// Work that did what it should.
    #[must_use]
    pub fn done(text: String, json: Value) -> Self {
        Self { accepted: true, text, json, warnings: Vec::new() }
    }

    /// A question that was answered with no.
    #[must_use]
    pub fn refused(text: String, json: Value) -> Self {
        Self { accepted: false, ..Self::done(text, json) }
    }

    /// Says whether the setup is insecure.
    #[must_use]
    pub fn with_setup(mut self, insecure: bool) -> Self {
        self.json["insecure_setup"] = json!(insecure);
        if insecure { self.with_warning(INSECURE.into()) } else { self }
    }

    /// Tells of a model that was replaced.
    #[must_use]
    pub fn with_kept(mut self, stored: &Stored) -> Self {
        let Some(kept) = stored.kept.as_ref().map(|path| path.display().to_string()) else { return self };
        let warning = format!("the file held another model. It is now {kept}: proofs under its digest need that file");
        self.json["previous"] = json!(kept);
        self.with_warning(warning)
    }

    /// Adds a warning.
    #[must_use]
    pub fn with_warning(mut self, warning: String) -> Self {
        self.warnings.push(warning);
        self
    }
}
