//! The operator sets that a model imports.

use std::collections::HashMap;

use tract_onnx::pb::ModelProto;

use super::error::CompileError;
use super::schema::{STANDARD, newest};

/// The version of each domain.
#[derive(Debug)]
pub(super) struct Opsets(HashMap<String, u32>);

impl Opsets {
    /// Reads what a model imports.
    ///
    /// # Errors
    ///
    /// Fails where no default operator set is named, one is named twice, or one is newer than any that is known.
    pub(super) fn read(proto: &ModelProto) -> Result<Self, CompileError> {
        let mut versions = HashMap::new();
        for import in &proto.opset_import {
            let domain = if import.domain.is_empty() { STANDARD } else { &import.domain };
            let version = u32::try_from(import.version).unwrap_or(0);
            if let Some(newest) = newest(domain).filter(|&newest| version > newest || version == 0) {
                return Err(CompileError::Interface(format!(
                    "the model imports version {} of the operator set `{domain}`; versions 1 to {newest} are known. \
                     Export it for one of those",
                    import.version
                )));
            }
            if versions.insert(domain.to_owned(), version).is_some_and(|known| known != version) {
                return Err(CompileError::Interface(format!("the model imports two versions of `{domain}`")));
            }
        }
        if versions.is_empty() {
            return Err(CompileError::Interface("the model names no operator set (`opset_import`)".into()));
        }
        Ok(Self(versions))
    }

    /// The name of a node's domain.
    pub(super) fn domain(name: &str) -> &str {
        if name.is_empty() { STANDARD } else { name }
    }

    /// The version of a domain, where the model imports it.
    pub(super) fn version(&self, domain: &str) -> Option<u32> {
        self.0.get(domain).copied()
    }
}
