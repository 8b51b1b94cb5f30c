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
//! | [`claim`] | what a proof is about |
//! | [`encoding`], [`digest`], [`srs`], [`commitments`], [`key`], [`codec`] | group elements, their digests, and their bytes |
//! | [`facts`], [`powers`], [`tables`], [`trusted`] | what makes a key one to hold proofs against: everything but the weights is derived |
//! | [`verifier`] | both sumchecks and the opening, over any arithmetic, and natively |
//!
//! A model is steps of integers. This one computes `y = 2 x + 1` and saturates:
//!
//! ```
//! use hallmark_circuits::{
//!     model::{Access, Architecture, AxisMap, Factor, InputPort, OutputPort, Step, Table, Term, Weights},
//!     semantics::execute,
//!     verifier::statement::Statement,
//! };
//!
//! let x = Access { source: 0, axes: vec![AxisMap::variable(0)] };
//! let twice = Term { coefficient: 2, summed: vec![], factors: vec![Factor::values(x)] };
//! let saturate = (-512..512).map(|sum: i32| sum.clamp(-128, 127)).collect();
//! let model = Architecture {
//!     input: InputPort::of_integers(vec![3], 8),
//!     output: OutputPort { shape: vec![3], parts: vec![], scale: 1.0 },
//!     weights: vec![],
//!     parts: vec![],
//!     tables: vec![Table { name: "saturate".into(), first: -512, outputs: saturate }],
//!     steps: vec![Step { name: "line".into(), axes: vec![3], constant: 1, terms: vec![twice], shift: 0, table: 0 }],
//!     row_bits: 9,
//!     weight_row_bits: 9,
//! };
//! let tensors = execute(&model, &Weights(vec![]), &[1, -5, 100])?;
//! assert_eq!(tensors, [[1, -5, 100], [3, -9, 127]]);
//!
//! // All lengths in a proof follow from the architecture, and its digest names it.
//! let messages = Statement::new(&model)?.schedule();
//! println!("{}: {} messages", model.digest(), messages.len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The checks of proofs are [`verifier::native::verify`], and `settlement::native::verify` with the feature `halo2`. The front
//! page of the crate `proving` calls them. [`settlement::pinned`] is for whoever has a model digest and no powers, as browsers.
//!
//! Nothing here panics on what a stranger sends, and nothing allocates more than a valid key's size allows.
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::unreachable))]
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]

pub mod arithmetic;
pub mod channel;
pub mod claim;
pub mod codec;
pub mod columns;
pub mod commitments;
pub mod digest;
pub mod encoding;
pub mod error;
pub mod facts;
pub mod key;
pub mod layout;
pub mod message;
pub mod model;
pub mod multilinear;
pub mod poseidon;
pub mod powers;
pub mod relations;
pub mod semantics;
pub mod set_key;
pub mod settlement;
pub mod srs;
pub mod tables;
pub mod transcript;
pub mod trusted;
pub mod verification;
pub mod verifier;
