//! x
pub mod msm;
pub mod random;
pub mod srs;
