//! The embedded chain, its node, and the contract beside the native verifier.
#![allow(missing_docs)]

mod batch;
mod contract;
mod degenerate;
mod devnet;
mod kept;
mod replay;
mod settled;
mod settling;
mod shorter_rows;
mod soundness;
