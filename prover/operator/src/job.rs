//! A request, and how far it is.

use serde::{Deserialize, Serialize};

/// Where a request is on the chain: jobs are done in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The number of the block.
    pub block: u64,
    /// The event's number in it.
    pub index: u64,
}

/// A block that says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its number.
    pub number: u64,
    /// Its hash, which changes when the chain is reorganized.
    pub hash: [u8; 32],
}

/// A request to one of the operator's models.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Where it is on the chain.
    pub place: Place,
    /// The model.
    pub model: [u8; 32],
    /// The last second in which it can be settled.
    pub deadline: u64,
    /// What it is worth, in wei.
    pub fee: u128,
    /// How often a transaction with its proof came to nothing.
    pub failures: u32,
    /// How far it is.
    pub state: State,
}

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// It is known, with its input.
    Seen,
    /// It is proved, and the proof is stored.
    Proved,
    /// Its proof is in the transaction under way.
    Submitted,
    /// A block says that it is settled, and paid to us. The block may yet be dropped, unless the job is done.
    Settled(Block),
    /// A block says that it is settled, and paid to somebody else.
    Lost(Block),
    /// Its time is over.
    Expired,
    /// It is not answered, for this reason.
    Refused(String),
    /// Its input, whose hash this is, is not there yet.
    Hidden([u8; 32]),
}

impl Job {
    /// What the journal finds it by, in order.
    pub(super) const fn at(&self, id: [u8; 32]) -> (u64, u64, [u8; 32]) {
        (self.place.block, self.place.index, id)
    }
}

impl State {
    /// The block that a verdict rests on.
    #[must_use]
    pub const fn verdict(&self) -> Option<Block> {
        match self {
            Self::Settled(block) | Self::Lost(block) => Some(*block),
            _ => None,
        }
    }
}
