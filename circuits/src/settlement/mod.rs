//! Settlement: the verifier as a circuit, whose proof a contract checks.
//!
//! | module | what it is |
//! |---|---|
//! | [`trace`] | the verifier's operations, recorded |
//! | [`wiring`] | the operations as uses of one gate |
//! | [`gate`] | the constraints of a row |
//! | [`table`] | the uses in rows and columns |
//! | `circuit`, `convert`, `transcript` | the table, its elements and its transcript in halo2's terms |
//! | [`gas`] | what a settlement costs |
//! | [`key`], [`proof`] | what a contract is given, as bytes |
//! | `recorded`, [`size`], `columns` | the circuit of an architecture, and what its key commits to |
//! | `trusted`, `batches` | the keys that proofs may be held against, and those of batches that a key lists |
//! | `native` | the same check on a computer |
//!
//! The feature `halo2` enables the modules that need halo2.

#[cfg(feature = "halo2")]
pub mod batches;
#[cfg(feature = "halo2")]
pub mod circuit;
#[cfg(feature = "halo2")]
pub mod columns;
#[cfg(feature = "halo2")]
pub mod convert;
pub mod gas;
pub mod gate;
pub mod key;
#[cfg(feature = "halo2")]
pub mod native;
pub mod proof;
pub mod recorded;
pub mod size;
pub mod table;
pub mod trace;
#[cfg(feature = "halo2")]
pub mod transcript;
#[cfg(feature = "halo2")]
pub mod trusted;
pub mod verifier;
pub mod wiring;

/// The degree of the settlement circuit's constraints: a fifth power, and a selector of degree 2.
pub const DEGREE: usize = 7;
