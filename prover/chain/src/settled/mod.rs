//! Answers that were paid for: their events on the chain, and the checks that anyone can repeat.
//!
//! | file | idea |
//! |---|---|
//! | [`Settlement`] | the event of an answer that was paid for |
//! | [`Sent`] | the answer and its proof, alone or in a batch, in the calldata of the transaction |
//! | `told`, `carried` | where they are, if the market was called, and if another contract was |
//! | [`Replay`] | the proof, checked once more by the verifier in Rust |

mod carried;
mod event;
mod replay;
mod sent;
mod told;

pub use carried::carried;
pub use event::Settlement;
pub use replay::{Replay, ReplayError};
pub use sent::{Proof, Sent, SentError};
pub use told::told;
