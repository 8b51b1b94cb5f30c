//! Compiles, commits and proves models.
pub mod execute;
pub mod file;
pub mod npy;
