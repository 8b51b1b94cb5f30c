//! What contracts are told of an input.

use std::fmt::Write;
use std::path::PathBuf;

use hallmark_circuits::{digest::Digest, relations::packing::public_tensors, verifier::statement::Statement};
use serde_json::json;

use super::{LocalError, Outcome, array::Question, subject::Subject};

/// Computes what contracts are told of an input: its digest, or its values.
#[derive(Clone, Debug)]
pub struct InputDigest {
    /// The model, or its verifying key.
    pub key: PathBuf,
    /// The input.
    pub question: Question,
}

impl InputDigest {
    /// Computes it.
    ///
    /// # Errors
    /// [`LocalError`] if a file or the input is of no use.
    pub fn run(&self) -> Result<Outcome, LocalError> {
        let subject = Subject::read(&self.key)?;
        let statement = Statement::new(subject.architecture())?;
        let input = self.question.read(&statement.model.input)?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        let told = tensor.told(&input.integers);
        let (bytes, hash) = (hexadecimal(&told), Digest::keccak(&told).to_string());
        let (name, field) = if tensor.digests > 0 { ("digest", "input_digest") } else { ("values", "input") };
        let text = format!("{name:<7} {bytes}\nhash    {hash}");
        Ok(input.annotate(Outcome::done(text, json!({ field: bytes, "input_hash": hash }))))
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold("0x".to_owned(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
