//! A chain inside the program: an EVM by the rules of Osaka, and a node.
//!
//! [`Devnet`] is the node, for whatever talks to nodes. [`Verifier`] has the verifier's contract on it, and shows what a chain would
//! say to a settlement, and what it would charge.
//!
//! | file | idea |
//! |---|---|
//! | `rules` | what every transaction is executed by |
//! | [`creation_code`] | contracts whose code is data |
//! | [`Verifier`] | the contract: its code, its calls, and what its refusals mean |
//! | `Meter` | the gas of a call by what it was spent on |
//! | [`GasReport`] | the gas of a settlement by part |
//! | [`PROXY`] | the contract that deploys others at addresses that commit to their code |
//! | [`Devnet`] | a node, with JSON-RPC, blocks, fees and signatures |

mod creation;
mod devnet;
mod gas;
mod interface;
mod meter;
mod proxy;
mod refusal;
mod rules;
mod verifier;

use thiserror::Error;

pub use creation::creation_code;
pub use devnet::{Deployment, Devnet, Outcome, SENDER, Trace};
pub use gas::{GasReport, Points};
pub use interface::IHallmarkVerifier;
pub use meter::Spent;
pub use proxy::{PROXY, PROXY_CODE, PROXY_COST, PROXY_GAS_PRICE, PROXY_SIGNER, PROXY_TRANSACTION};
pub use refusal::Refusal;
pub use revm::primitives::{Address, keccak256};
pub use rules::{CHAIN_ID, MAX_CODE, MAX_GAS, MAX_TRANSACTION_BYTES, VERIFY_GAS};
pub use verifier::{CREATION, STOP, decode_hex};
pub use verifier::{Pinned, Verdict, Verifier, key_code};

/// Why the chain does not do what it is asked to. A contract that reverts is not among the reasons: that is an answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ChainError {
    /// A transaction that no block would hold.
    #[error("the chain refuses the transaction: {0}")]
    Invalid(String),
    /// Code that does not become a contract.
    #[error("the contract can't be deployed: {0}")]
    Deployment(String),
    /// A question that the contract does not answer.
    #[error("the contract does not answer {call}: {reason}")]
    View {
        /// The function.
        call: &'static str,
        /// What it does instead.
        reason: String,
    },
    /// The bytes of the contract that come with the program are damaged.
    #[error(
        "the contract's code that comes with this program is damaged: rebuild it, see verifier-contracts/README.md"
    )]
    Artifact,
}
