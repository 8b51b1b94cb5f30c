//! The settlement circuit: its keys, its proofs, and what they hide.
#![allow(missing_docs)]

mod batches;
mod blinding;
mod digests;
mod fixtures;
mod halo2;
mod hiding;
mod key_values;
mod keys;
mod pinned;
mod proofs;
mod sequences;
mod table;
