//! The data that a store keeps besides jobs.

use serde::{Deserialize, Serialize};

use hallmark_chain::node::Signed;

use super::JobId;

/// Which market the jobs are of, and who is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Venue {
    /// The chain's number.
    pub chain: u64,
    /// The market.
    pub market: [u8; 20],
    /// The account that is paid.
    pub payee: [u8; 20],
}

/// The transaction under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// The requests that it settles, or the one that it locks.
    pub requests: Vec<JobId>,
    /// The gas that it may use.
    pub gas: u64,
    /// Itself; each but the first replaces the one before.
    pub sent: Vec<Signed>,
    /// The bond in wei, if it locks.
    pub bond: Option<u128>,
    /// The most that it may cost in wei: what it earns. `None` if the operator pays whatever it costs.
    pub budget: Option<u128>,
}

/// An output, and its proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The bytes of the output.
    pub output: Vec<u8>,
    /// The bytes of the settlement proof.
    pub proof: Vec<u8>,
}
