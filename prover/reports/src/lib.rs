//! Reports for people: audits of offerings, and benchmarks of this machine.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::panic, clippy::unreachable, clippy::unimplemented, clippy::todo)
)]

pub mod audit;
pub mod bench;
mod markup;
pub mod number;
