//! The data that a store keeps besides jobs.

use alloy::primitives::{Address, B256};
use serde::{Deserialize, Serialize};

use hallmark_chain::node::{self, BatchError, Signed, contracts::market::IInferenceMarket::Batch};

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

/// What a transaction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// It settles answers that have a proof each.
    Answers,
    /// It settles the batch that its requests are in.
    Batch {
        /// What it has to earn, in wei. Otherwise the contract ends it before it checks the proof.
        least_earned: u128,
    },
    /// It locks a request.
    Lock {
        /// The bond in wei.
        bond: u128,
    },
}

/// The transaction under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// What it does.
    pub act: Act,
    /// The requests that it settles, or the one that it locks.
    pub requests: Vec<JobId>,
    /// The gas that it may use.
    pub gas: u64,
    /// Itself; each but the first replaces the one before.
    pub sent: Vec<Signed>,
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

/// Answers to several requests, with one proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchAnswer {
    /// The number of inputs that the proof is about. The last member's fill it up.
    pub size: usize,
    /// The requests with their answers, in the order that the proof binds.
    pub members: Vec<Member>,
    /// The bytes of the settlement proof.
    pub proof: Vec<u8>,
}

/// A request of a batch with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The request.
    pub id: JobId,
    /// What the contract is told of the input. It asks for that even if the request itself is skipped.
    pub input: Vec<u8>,
    /// The bytes of the output.
    pub output: Vec<u8>,
}

impl BatchAnswer {
    /// The contract's arguments, for requests to a model whose fees go to a payee. They settle whatever is left of the batch.
    ///
    /// # Errors
    /// [`BatchError`] if there are too few or too many members, or inputs or outputs differ in length.
    pub fn call(&self, model: B256, payee: Address) -> Result<Batch, BatchError> {
        let answer = |member: &Member| node::Answer {
            request: member.id.into(),
            payee,
            input: member.input.clone().into(),
            output: member.output.clone().into(),
        };
        let answers: Vec<_> = self.members.iter().map(answer).collect();
        let batch = Batch::gather(model, self.size, &answers)?;
        Ok(Batch { proof: self.proof.clone().into(), ..batch })
    }
}
