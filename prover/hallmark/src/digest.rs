//! `hallmark digest`: what contracts are told of an input.

use std::path::PathBuf;

use alloy::primitives::{hex, keccak256};
use hallmark_circuits::{relations::packing::public_tensors, verifier::statement::Statement};
use serde_json::json;

use super::{CliError, Outcome, array::Question, subject::Subject};

const EXAMPLE: &str = "\
Example: hallmark digest m.key --input x.npy

A model that was compiled with --input-digests tells contracts a digest of each input, in the place of the input. The command
computes that digest, as docs/input-digests.md defines it. For other models it shows the bytes of the values.

The last line is the hash that a request has. An operator looks for the input in a file HASH.bin.";

/// Shows what contracts are told of an input: its digest, or its values.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model, or its verifying key
    key: PathBuf,
    #[command(flatten)]
    question: Question,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        let subject = Subject::read(&self.key)?;
        let statement = Statement::new(subject.architecture())?;
        let input = self.question.read(&statement.model.input)?;
        let [tensor, _] = public_tensors(statement.model, &statement.layout);
        let told = tensor.told(&input.integers);
        let (bytes, hash) = (hex::encode_prefixed(&told), keccak256(&told).to_string());
        let (name, field) = if tensor.digests > 0 { ("digest", "input_digest") } else { ("values", "input") };
        let text = format!("{name:<7} {bytes}\nhash    {hash}");
        Ok(input.annotate(Outcome::done(text, json!({ field: bytes, "input_hash": hash }))))
    }
}
