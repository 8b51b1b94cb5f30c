//! What tests and benches of several crates share: small models, random ones, and slow oracles.
#![allow(missing_docs, clippy::unwrap_used, reason = "for tests alone")]

pub mod architectures;
pub mod batched;
pub mod bounds;
pub mod circuit;
pub mod claims;
pub mod cnn;
pub mod dense;
pub mod halo2;
pub mod hollow;
pub mod lenient;
pub mod naive;
pub mod npm;
#[cfg(unix)]
pub mod postgres;
pub mod products;
pub mod ptau;
pub mod random_model;
pub mod replaced;
pub mod scripted;
pub mod terms;
pub mod trusted;
