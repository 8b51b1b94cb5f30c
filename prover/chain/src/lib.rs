//! Ethereum: a client for nodes, a node inside the program, and what contracts on it say.

pub mod chain;
pub mod node;
pub mod settled;
