//! What several tests and benches share; none uses all of it.
#![allow(dead_code, unreachable_pub, reason = "each test binary compiles its own copy and uses a part of it")]

pub mod architectures;
pub mod bounds;
pub mod circuit;
pub mod cnn;
pub mod compiling;
pub mod contract;
pub mod dense;
pub mod lenient;
pub mod naive;
pub mod ptau;
pub mod random_model;
pub mod terms;
