//! Commits to models, runs them in exact integers, and proves what they say.
//!
//! ```
//! use hallmark_circuits::{digest::Digest, settlement::native::verify, verifier::statement::Statement};
//! use hallmark_compiling::{CompileOptions, compile};
//! use hallmark_fixtures::Fixture;
//! use hallmark_proving::{
//!     proving::{Prover, commit},
//!     settlement::{SettlementKeys, Settler},
//!     srs::Srs,
//! };
//!
//! // A small network, and an input in its integers.
//! let wine = Fixture::find("wine_mlp").ok_or("there is no such model")?;
//! let compiled = compile(&wine.model(), &wine.calibration(), None, &CompileOptions::default())?;
//! let quantize = |(index, value): (usize, &f32)| compiled.architecture.input.quantize(index, *value);
//! let input: Vec<i64> = wine.input().iter().enumerate().map(quantize).collect();
//!
//! // A setup for tests: whoever draws its secret can forge proofs.
//! let rng = &mut rand::rng();
//! let srs = Srs::insecure(13, rng);
//! let model = commit(compiled.architecture, compiled.weights, &srs, rng)?;
//!
//! // Whoever has the key derives the circuit's keys and the model digest, which is registered.
//! let statement = Statement::new(&model.key.architecture)?;
//! let keys = SettlementKeys::new(&statement, &srs)?;
//! let key = keys.key_of(model.key.clone(), &srs)?;
//! let registered = key.digest();
//!
//! // The operator proves an answer, in zero knowledge.
//! let inference = Prover::new(&model, &srs)?.prove(Digest::ZERO, &input, rng)?;
//! let proof = Settler { statement: &statement, key: &key, keys: &keys }.settle(&inference, rng)?;
//!
//! // Anyone checks it against the registered digest. Another answer has no proof.
//! let mut claim = inference.claim;
//! verify(&key, registered, &claim, &proof)?;
//! claim.output[0] += 1;
//! assert!(verify(&key, registered, &claim, &proof).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]

pub mod artifact;
pub mod execute;
pub mod facts;
pub mod file;
pub mod msm;
pub mod npy;
pub mod npz;
pub mod proving;
pub mod random;
pub mod settlement;
pub mod srs;
mod univariate;
