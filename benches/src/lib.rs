//! What the benches share: fixtures made ready to prove and to settle, and the time of stages within a proof.

pub mod model;
pub mod settlement;
pub mod stages;
