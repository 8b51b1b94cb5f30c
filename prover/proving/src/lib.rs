//! Commits to models, runs them in exact integers, and proves what they say.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]

pub mod artifact;
pub mod execute;
pub mod file;
pub mod msm;
pub mod npy;
pub mod proving;
pub mod random;
pub mod settlement;
pub mod srs;
mod univariate;
