//! Files of every kind, and the kernels below the argument: execution and multi-scalar multiplication.
#![allow(missing_docs)]

mod artifact;
mod execute;
mod file;
mod msm;
mod npy;
mod ptau;
mod srs_file;
