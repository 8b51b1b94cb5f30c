//! An operator's entry: what is told of it, and how it is lowered.

use super::Lowering;
use crate::error::CompileError;
use crate::node::Node;
use crate::operator::{Kind, Operator};
use crate::schema::STANDARD;

/// Lowers one node.
pub(super) type Lower = fn(&mut Lowering<'_>, &Node) -> Result<(), CompileError>;

/// An operator and its lowering.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) operator: Operator,
    /// Whether its lowering takes constants for its values; where not, constants run as values do.
    pub(super) folds: bool,
    pub(super) lower: Lower,
}

impl Entry {
    /// An operator of the default domain.
    pub(super) const fn new(
        name: &'static str,
        versions: &'static [u32],
        kind: Kind,
        about: &'static str,
        lower: Lower,
    ) -> Self {
        let operator = Operator { name, domain: STANDARD, versions, kind, about, limits: "" };
        Self { operator, folds: false, lower }
    }

    /// The same in another domain.
    pub(super) const fn of(self, domain: &'static str) -> Self {
        Self { operator: Operator { domain, ..self.operator }, ..self }
    }

    /// The same with what is not supported of it.
    pub(super) const fn limited(self, limits: &'static str) -> Self {
        Self { operator: Operator { limits, ..self.operator }, ..self }
    }

    /// The same with a lowering that takes constants for its values.
    pub(super) const fn folding(self) -> Self {
        Self { folds: true, ..self }
    }
}
