//! What the benches share: fixtures made ready to prove, and the unit U that figures are given in.

pub mod model;
pub mod settlement;
pub mod stages;
pub mod unit;
