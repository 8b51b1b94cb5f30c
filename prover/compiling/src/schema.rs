//! What ONNX's operator sets say of every operator: versions, numbers of inputs and outputs, attributes.
//!
//! `onnx_schema.json` comes from the `onnx` package, by `fixtures/operators/schema.py`. Every node is held against it, so that a
//! lowering never reads a node by the rules of another version.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde::Deserialize;

/// The domain of the standard operators, which files leave empty.
pub(super) const STANDARD: &str = "ai.onnx";
/// The domain of the operators of classical machine learning.
pub(super) const CLASSICAL: &str = "ai.onnx.ml";

/// One version of an operator.
#[derive(Debug, Deserialize)]
pub(super) struct Version {
    /// The operator set that it came with.
    pub(super) since: u32,
    least_inputs: usize,
    most_inputs: usize,
    least_outputs: usize,
    most_outputs: usize,
    /// Its attributes.
    pub(super) attributes: Vec<Attribute>,
    /// Whether the operator set removed it.
    pub(super) deprecated: bool,
}

/// An attribute of an operator.
#[derive(Debug, Deserialize)]
pub(super) struct Attribute {
    /// Its name.
    pub(super) name: String,
    /// Its type, as the files number it.
    pub(super) kind: i32,
    /// Whether it must be there.
    pub(super) required: bool,
}

#[derive(Debug, Default, Deserialize)]
struct Schema {
    newest: HashMap<String, u32>,
    operators: HashMap<String, HashMap<String, Vec<Version>>>,
}

static SCHEMA: LazyLock<Schema> =
    LazyLock::new(|| serde_json::from_str(include_str!("onnx_schema.json")).unwrap_or_default());

impl Version {
    /// How many inputs a node may name.
    pub(super) fn inputs(&self) -> RangeInclusive<usize> {
        self.least_inputs..=self.most_inputs
    }

    /// How many outputs a node may name.
    pub(super) fn outputs(&self) -> RangeInclusive<usize> {
        self.least_outputs..=self.most_outputs
    }
}

/// The newest known version of a domain; nothing where the domain is unknown.
pub(super) fn newest(domain: &str) -> Option<u32> {
    SCHEMA.newest.get(domain).copied()
}

/// All versions of an operator, oldest first; empty where the domain has none of this name.
pub(super) fn versions(domain: &str, operator: &str) -> &'static [Version] {
    SCHEMA.operators.get(domain).and_then(|operators| operators.get(operator)).map_or(&[], Vec::as_slice)
}

/// The version of an operator that holds in an operator set.
pub(super) fn version(domain: &str, operator: &str, set: u32) -> Option<&'static Version> {
    versions(domain, operator).iter().rev().find(|version| version.since <= set)
}

#[cfg(test)]
mod tests {
    use super::{CLASSICAL, STANDARD, newest, version, versions};
    use crate::operators;

    #[test]
    fn the_schema_is_read_and_knows_versions() {
        assert!(newest(STANDARD) >= Some(24) && newest(CLASSICAL) >= Some(4));
        let add = |set| version(STANDARD, "Add", set).map(|version| version.since);
        assert_eq!([add(6), add(7), add(12), add(20)], [Some(6), Some(7), Some(7), Some(14)]);
        assert!(version(STANDARD, "Gelu", 19).is_none());
        assert_eq!(newest("example"), None);
    }

    #[test]
    fn every_version_that_an_operator_claims_exists() {
        for operator in operators() {
            let known: Vec<u32> =
                versions(operator.domain, operator.name).iter().map(|version| version.since).collect();
            assert!(!known.is_empty(), "{} is unknown", operator.name);
            let understood = operator.versions.iter().all(|version| known.contains(version));
            assert!(understood, "{}: {:?} are not all of {known:?}", operator.name, operator.versions);
        }
    }
}
