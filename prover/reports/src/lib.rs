//! Reports for people: audits of offerings, and benchmarks of this machine.

pub mod audit;
pub mod bench;
mod markup;
pub mod number;
