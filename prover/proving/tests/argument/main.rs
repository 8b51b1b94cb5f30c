//! The argument: complete, sound against whatever a prover says, and hiding where it is meant to be.
#![allow(missing_docs)]

mod batches;
mod completeness;
mod fiat_shamir;
mod hiding;
mod naive_prover;
mod oracles;
mod products;
mod rows;
mod scores;
mod soundness_cheating;
mod soundness_opening;
mod soundness_tamper;
mod world;
