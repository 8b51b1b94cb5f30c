//! A mutant: one small change of a function, by which it could be wrong.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is changed, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutant {
    /// The source, from the repository's root.
    pub file: String,
    /// The function, with its type.
    pub function: String,
    /// The line, from 1.
    pub line: usize,
    /// What is there.
    pub from: String,
    /// What comes in its place.
    pub to: String,
    /// Which of those in its function that read the same, from 1.
    pub nth: usize,
}

/// The name stays the same when lines move.
impl fmt::Display for Mutant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, function, from, to, nth, .. } = self;
        write!(f, "{file} {function}: {from} -> {to}")?;
        if *nth > 1 { write!(f, " #{nth}") } else { Ok(()) }
    }
}
