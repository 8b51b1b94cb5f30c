//! Compile, commit and prove models.
pub mod msm;
pub mod random;
pub mod srs;
