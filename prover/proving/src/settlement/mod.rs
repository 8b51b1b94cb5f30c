//! Settlement: the proof that an inference's proof is accepted, in zero knowledge and for a contract.
//!
//! The circuit is in [`hallmark_circuits::settlement`]. Here are its keys, which depend on the architecture and on the setup
//! alone, and its prover.

mod argument;
mod cache;
mod circuit;
mod columns;
mod keys;
mod load_error;
mod parameters;
mod prove;
mod settler;
mod size;

use hallmark_circuits::error::Reject;
use thiserror::Error;

pub use circuit::Circuit;
pub use keys::SettlementKeys;
pub use load_error::LoadError;
pub use parameters::Parameters;
pub use prove::Assignment;
pub use settler::Settler;
pub use size::MAX_ROWS;

/// Why settlement keys can't be made, or an inference not be settled.
#[derive(Debug, Error)]
pub enum SettlementError {
    /// The structured reference string is too short for the circuit.
    #[error(
        "the settlement circuit needs a structured reference string of size 2^{needed}, and this one has 2^{found}: import more \
         powers of the same ceremony, which keeps the model's commitments, or prove with `--off-chain`"
    )]
    SetupTooSmall {
        /// The base-two logarithm that is needed.
        needed: u32,
        /// The base-two logarithm found.
        found: u32,
    },
    /// The model's verifier is too large.
    #[error(
        "the settlement circuit would have about {rows} rows where at most {limit} are accepted: take a model of fewer \
         steps, or prove with `--off-chain`"
    )]
    TooLarge {
        /// The rows that are expected.
        rows: usize,
        /// The most rows.
        limit: usize,
    },
    /// The model is refused.
    #[error("{0}")]
    Model(#[from] Reject),
    /// The circuit has other columns than every architecture's.
    #[error("the settlement circuit has other columns than it must")]
    Columns,
    /// A proof that was just made is refused.
    #[error(
        "the settlement proof that was made does not hold ({0}): this is a bug, or the machine errs; please report it"
    )]
    Unsettled(Reject),
    /// Halo2 failed.
    #[error("halo2 can't {what}: {error}")]
    Halo {
        /// What it was to do.
        what: &'static str,
        /// Its error.
        error: halo2_proofs::plonk::Error,
    },
}

impl SettlementError {
    fn halo(what: &'static str) -> impl FnOnce(halo2_proofs::plonk::Error) -> Self {
        move |error| Self::Halo { what, error }
    }
}
