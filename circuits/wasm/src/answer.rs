//! A proven answer.

use hallmark_circuits::{codec::ProofKind, digest::Digest};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::input::small;

/// An answer whose proof holds.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Answer {
    pub(crate) kind: ProofKind,
    pub(crate) integers: Vec<i32>,
    pub(crate) values: Vec<f32>,
    pub(crate) samples: usize,
    pub(crate) size: usize,
    pub(crate) context: Digest,
}

#[wasm_bindgen]
impl Answer {
    /// Whether the proof is zero-knowledge, one that a contract takes too.
    #[wasm_bindgen(js_name = isSettlement)]
    #[must_use]
    pub fn is_settlement(&self) -> bool {
        self.kind == ProofKind::Settlement
    }

    /// The output's integers, row-major.
    #[must_use]
    pub fn integers(&self) -> Vec<i32> {
        self.integers.clone()
    }

    /// The same in the model's units.
    #[must_use]
    pub fn values(&self) -> Vec<f32> {
        self.values.clone()
    }

    /// The number of samples that were asked for.
    #[must_use]
    pub fn samples(&self) -> u32 {
        small(self.samples)
    }

    /// The number of samples that the proof is about.
    #[must_use]
    pub fn size(&self) -> u32 {
        small(self.size)
    }

    /// What the proof is bound to.
    #[must_use]
    pub fn context(&self) -> Vec<u8> {
        self.context.0.to_vec()
    }
}
