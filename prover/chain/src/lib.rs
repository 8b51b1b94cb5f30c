//! Ethereum: a client for nodes, a node inside the program, and what contracts on it say.
//!
//! The node inside the program needs nothing else. Here its contract checks a recorded settlement:
//!
//! ```
//! use hallmark_chain::chain::{Devnet, GasReport, Pinned, Verifier};
//! use hallmark_circuits::{claim::Claim, digest::Digest};
//!
//! let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/settlement/digits_mlp");
//! let file = |name: &str| std::fs::read(format!("{folder}/{name}.bin"));
//! let chain = Devnet::default();
//! let verifier = Verifier::deploy(&chain)?;
//! let key = file("key")?;
//! let pinned = Pinned { address: Verifier::store(&chain, &key)?.address, digest: Digest::keccak(&key) };
//!
//! let context = Digest(file("context")?.try_into().map_err(|_| "a context has 32 bytes")?);
//! let mut claim = Claim { context, input: file("input")?, output: file("output")? };
//! let verdict = verifier.verify(&chain, &pinned, &claim, &file("proof")?)?;
//! assert_eq!(verdict.refusal, None);
//! println!("{} gas", GasReport::new(&verdict).transaction);
//!
//! // The proof is of this output, and of no other.
//! claim.output[0] ^= 1;
//! let verdict = verifier.verify(&chain, &pinned, &claim, &file("proof")?)?;
//! assert_eq!(verdict.refusal.map(|refusal| refusal.error).as_deref(), Some("ProofRejected"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]

pub mod chain;
pub mod node;
pub mod settled;
