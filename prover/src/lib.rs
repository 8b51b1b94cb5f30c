//! Compiles, commits and proves models.
pub mod artifact;
pub mod audit;
pub mod chain;
pub mod cli;
pub mod compile;
pub mod execute;
pub mod file;
pub mod msm;
pub mod node;
pub mod npy;
pub mod operator;
pub mod proving;
pub mod random;
pub mod settled;
pub mod settlement;
pub mod srs;
mod univariate;
