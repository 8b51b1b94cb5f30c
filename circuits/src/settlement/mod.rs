//! Settlement: the verifier as a circuit, whose proof a contract checks.
//!
//! | module | what it is |
//! |---|---|
//! | [`trace`] | the verifier's operations, recorded |
//! | [`wiring`] | the operations as uses of one gate |
//! | [`gate`] | the constraints of a row |
//! | [`table`] | the uses in rows and columns |
//! | [`transcript`], `argument` | the transcript of the halo2 proof, and its verifier without halo2 |
//! | `circuit`, `convert`, `halo2_transcript` | the table, its elements and its transcript in halo2's terms |
//! | [`roots`] | the names of the table's cells |
//! | [`gas`] | what a settlement costs |
//! | [`key`], [`proof`] | what a contract is given, as bytes |
//! | `recorded`, [`size`], `columns` | the circuit of an architecture, and what its key commits to |
//! | `trusted`, `batches` | the keys that proofs may be held against, and those of batches that a key lists |
//! | `held`, `native` | the same check on a computer, by halo2's verifier |
//! | [`pinned`] | a settlement key that its user has the digest of, for those who can't derive it |
//!
//! The feature `halo2` enables the modules that need halo2.

mod argument;
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
#[cfg(feature = "halo2")]
pub mod halo2_transcript;
mod held;
pub mod key;
#[cfg(feature = "halo2")]
pub mod native;
pub mod pinned;
pub mod proof;
pub mod recorded;
pub mod roots;
pub mod size;
pub mod table;
pub mod trace;
pub mod transcript;
#[cfg(feature = "halo2")]
pub mod trusted;
pub mod verifier;
pub mod wiring;

/// The degree of the settlement circuit's constraints: a fifth power, and a selector of degree 2.
pub const DEGREE: usize = 7;
