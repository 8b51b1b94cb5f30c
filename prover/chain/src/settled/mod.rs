//! Answers that were paid for: their events on the chain, and the checks that anyone can repeat.
//!
//! | file | idea |
//! |---|---|
//! | [`Settlement`] | the event of an answer that was paid for |
//! | `sent` | the answer and its proof, in the calldata of the transaction |
//! | [`Replay`] | the proof, checked once more by the verifier in Rust |

mod event;
mod replay;
mod sent;

pub use event::Settlement;
pub use replay::Replay;
pub use sent::{carried, told};
