//! Ethereum: a client for nodes, a node inside the program, and what contracts on it say.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]

pub mod chain;
pub mod node;
pub mod settled;
