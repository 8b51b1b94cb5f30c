//! The error in a contract's refusal.

use std::fmt::{self, Display, Formatter};

/// The error that a contract reverts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revert {
    /// Its name in Solidity; none where it is no error of the contracts.
    pub name: Option<&'static str>,
    /// It with its data.
    pub text: String,
}

impl Revert {
    /// Whether this is an error of that name.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name == Some(name)
    }
}

impl Display for Revert {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
