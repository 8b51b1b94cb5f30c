//! `hallmark digest`: what contracts receive for an input.

use std::path::PathBuf;

use hallmark_local::InputDigest;

use super::{CliError, Outcome, question::OneInput};

const EXAMPLE: &str = "\
Example: hallmark digest m.key --input x.npy

For a model that was compiled with --input-digests, contracts receive a digest of each input and not the input. The command computes
that digest, as docs/input-digests.md defines it. For other models it shows the bytes of the values.

The last line is the hash that a request has. An operator looks for the input in a file HASH.bin.";

/// Computes what a contract receives for an input: its digest, or its values.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLE)]
pub(super) struct Args {
    /// The model, or its verifying key
    key: PathBuf,
    #[command(flatten)]
    input: OneInput,
}

impl Args {
    pub(super) fn run(&self) -> Result<Outcome, CliError> {
        Ok(InputDigest { key: self.key.clone(), question: self.input.question() }.run()?)
    }
}
