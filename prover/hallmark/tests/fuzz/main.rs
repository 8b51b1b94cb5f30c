//! Fuzzes every reader of untrusted bytes with mutations of valid files.
//!
//! A reader may refuse or accept what it gets; it may not panic, nor take more memory than its target allows. Each target
//! runs for `FUZZ_SECONDS` (2 unless set). An iteration depends on `FUZZ_SEED` (0 unless set) and its own number alone, so
//! that a failure, which names both, can be repeated with `FUZZ_ITERATION`.

mod batch;
mod contract;
#[path = "../../../chain/tests/chain/contract.rs"]
mod deployed;
mod harness;
mod journal;
mod model;
mod mutate;
mod node;
mod onnx;
mod pinned;
mod plain;
mod proof;
mod sent;
mod settings;
mod settlement;
mod setup;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;
