//! An Ethereum node, over HTTP or inside the program, of which nothing is believed that can be computed here.
//!
//! | file | idea |
//! |---|---|
//! | `transport` | JSON-RPC with bounds on time and size, and the way to the node inside the program |
//! | [`Node`] | what the chain says: calls, blocks, logs, receipts |
//! | `logs` | events in ranges that the node accepts |
//! | `history` | old transactions and blocks |
//! | [`Fees`] | what a transaction may cost, and what it costs when it replaces another |
//! | [`Wallet`] | a key from a keystore or the environment |
//! | [`Account`] | transactions: signed first, so that their hashes are known before anyone else sees them |
//! | [`Simulated`] | what transactions would do, in a block that is never made |
//! | [`contracts`] | the contracts' functions, events, errors and code |
//! | [`deployment`] | where the contracts are on any chain, and how they get there |
//! | [`Answer`] | answers to several requests with one proof |
//! | [`genuine`] | whether contracts are where their code and their arguments put them |
//! | [`Revert`] | what a contract's refusal says |
//! | `words` | what the contracts' errors mean, and what to do about them |
//! | [`utc`], [`local`] | times of the chain as dates |

mod account;
mod batch;
mod client;
pub mod contracts;
pub mod deployment;
mod error;
mod fees;
pub mod genuine;
mod history;
mod keystore;
mod logs;
mod revert;
mod simulation;
mod transport;
mod utc;
mod wallet;
mod words;

pub use account::{Account, Intent, Mined, Signed};
pub use batch::{Answer, BatchError};
pub use client::{Head, Node};
pub use error::NodeError;
pub use fees::{Fees, GWEI, Price};
pub use history::Past;
pub use keystore::KeystoreFault;
pub use logs::Pages;
pub use revert::Revert;
pub use simulation::Simulated;
pub use utc::{local, utc};
pub use wallet::{KEY_VARIABLE, PASSWORD_VARIABLE, Wallet, WalletError};
pub use words::{request_state, sale_state};
