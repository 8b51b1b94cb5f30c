//! An input in the model's integers.

use hallmark_circuits::model::Clamping;
use wasm_bindgen::prelude::wasm_bindgen;

/// An input in the model's integers.
#[wasm_bindgen]
#[derive(Clone, Debug)]
pub struct Input {
    pub(crate) integers: Vec<i32>,
    pub(crate) bytes: Vec<u8>,
    pub(crate) clamping: Option<Clamping>,
}

#[wasm_bindgen]
impl Input {
    /// The integers, row-major.
    #[must_use]
    pub fn integers(&self) -> Vec<i32> {
        self.integers.clone()
    }

    /// The bytes that a request carries.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// What the integers do not tell.
    #[must_use]
    pub fn clamping(&self) -> Option<Clamped> {
        self.clamping.as_ref().map(|clamping| Clamped {
            count: small(clamping.count),
            index: small(clamping.index),
            value: clamping.value,
            nearest: clamping.nearest,
            excess: clamping.excess,
            is_little: clamping.is_little(),
        })
    }
}

/// What was clamped of an input.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug)]
pub struct Clamped {
    /// How many values.
    pub count: u32,
    /// The position of the value that lies furthest beyond the range.
    pub index: u32,
    /// That value.
    pub value: f32,
    /// What the model sees instead.
    pub nearest: f32,
    /// Its distance from the range, over the width of the range.
    pub excess: f64,
    /// Whether the model's input is still much the same.
    #[wasm_bindgen(js_name = isLittle)]
    pub is_little: bool,
}

/// The number, as it is: a browser's addresses have 32 bits.
pub(crate) fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
