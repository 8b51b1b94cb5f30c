//! Settlement: the proof that an inference's proof is accepted, in zero knowledge and for a contract.
//!
//! The circuit and its verifying key are in [`hallmark_circuits::settlement`]. Here are the prover's keys, which depend on the
//! architecture and on the setup alone, and its prover.

mod argument;
mod cache;
mod circuits;
mod derive;
mod keys;
mod load_error;
mod parameters;
mod prove;
mod settler;

use hallmark_circuits::error::{KeyError, Reject};
use thiserror::Error;

pub use circuits::Circuits;
pub use derive::{DeriveError, derive_key, derive_off_chain, derive_off_chain_batch};
pub use hallmark_circuits::settlement::{recorded::Circuit, size::MAX_ROWS};
pub use keys::SettlementKeys;
pub use load_error::LoadError;
pub use parameters::Parameters;
pub use prove::Assignment;
pub use settler::Settler;

/// Why settlement keys can't be made, or an inference not be settled.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettlementError {
    /// There are no keys of this circuit under this setup.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A proof that was just made is refused.
    #[error(
        "the settlement proof that was made does not hold ({0}): this is a bug, or the machine errs; please report it"
    )]
    Unsettled(Reject),
}
