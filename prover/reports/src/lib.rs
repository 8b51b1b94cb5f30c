//! Reports for people: audits of offerings, and benchmarks of this machine.
//!
//! A benchmark ends with a settlement on the chain inside the program:
//!
//! ```
//! use hallmark_circuits::{
//!     codec::{Answer, Receipt, ReceiptProof},
//!     digest::Digest,
//!     verifier::statement::Statement,
//! };
//! use hallmark_compiling::{CompileOptions, compile};
//! use hallmark_fixtures::Fixture;
//! use hallmark_proving::{
//!     proving::{Prover, commit},
//!     settlement::{SettlementKeys, Settler},
//!     srs::Srs,
//! };
//! use hallmark_reports::{bench::Call, number::grouped};
//!
//! let wine = Fixture::find("wine_mlp").ok_or("there is no such model")?;
//! let compiled = compile(&wine.model(), &wine.calibration(), None, &CompileOptions::default())?;
//! let input = vec![0; compiled.architecture.input.axes.iter().product()];
//! let rng = &mut rand::rng();
//! let srs = Srs::insecure(13, rng);
//! let model = commit(compiled.architecture, compiled.weights, &srs, rng)?;
//! let statement = Statement::new(&model.key.architecture)?;
//! let keys = SettlementKeys::new(&statement, &srs)?;
//! let key = keys.key_of(model.key.clone(), &srs)?;
//! let inference = Prover::new(&model, &srs)?.prove(Digest::ZERO, &input, rng)?;
//! let proof = Settler { statement: &statement, key: &key, keys: &keys }.settle(&inference, rng)?;
//!
//! let answer = Answer { context: Digest::ZERO, output: inference.output().to_vec() };
//! let receipt = Receipt { key: model.key.digest(), size: 1, samples: 1, answer, proof: ReceiptProof::Settlement(proof) };
//! let (gas, seconds) = Call::new(&model.key, &srs, &input, &receipt)?.measure()?;
//! println!("{} gas, {seconds:.3} s", grouped(gas.transaction));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]
#![warn(clippy::missing_errors_doc, clippy::missing_panics_doc)]

pub mod audit;
pub mod bench;
mod labels;
mod markup;
pub mod number;
