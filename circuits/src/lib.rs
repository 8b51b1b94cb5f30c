//! The statement that Hallmark proves, and its verifier: all that a stranger needs to check an inference.
//!
//! In the order in which each builds on what stands before it:
//!
//! | module | what it is |
//! |---|---|
//! | [`model`], [`semantics`] | an architecture of integer steps, and what it computes |
//! | [`layout`] | where its tensors, weights and tables lie in three index spaces |
//! | [`arithmetic`], [`poseidon`], [`multilinear`] | what the verifier computes with |
//! | [`columns`] | the committed polynomials, each declared once |
//! | [`message`], [`error`], [`verification`] | what is said, why a proof is refused, and what a verifier does besides arithmetic |
//! | [`transcript`], [`channel`] | what prover and verifier say, and in which order |
//! | [`relations`] | what is proved of the committed polynomials |
//! | [`encoding`], [`digest`], [`srs`], [`commitments`], [`key`], [`codec`] | group elements, their digests, and their bytes |
//! | [`powers`], [`tables`], [`trusted`] | what makes a key one to hold proofs against: everything but the weights is derived |
//! | [`verifier`] | both sumchecks and the opening, over any arithmetic, and natively |
//!
//! Nothing here panics on what a stranger sends, and nothing allocates more than a valid key's size allows.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]

pub mod arithmetic;
pub mod channel;
pub mod codec;
pub mod columns;
pub mod commitments;
pub mod digest;
pub mod encoding;
pub mod error;
pub mod key;
pub mod layout;
pub mod message;
pub mod model;
pub mod multilinear;
pub mod poseidon;
pub mod powers;
pub mod relations;
pub mod semantics;
pub mod settlement;
pub mod srs;
pub mod tables;
pub mod transcript;
pub mod trusted;
pub mod verification;
pub mod verifier;
