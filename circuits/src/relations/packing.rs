//! Public input and output, packed into one field element.
//!
//! Sixteen bytes make a word: within it the cells of a block are digits of base `256^width`, and word `k` counts `gamma^k`.
//! The output's words follow the input's. Cells are looked up in a range that their width holds, so that a word determines
//! its cells, and a random `gamma` the words. A contract gets the same value from calldata with one multiply-add a word.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use crate::{
    arithmetic::Arithmetic,
    layout::{Block, Layout},
    model::{Architecture, block_strides},
    multilinear::{equality_at, one, one_minus},
    semantics::assignments,
};

/// The base-two logarithm of the bytes of a word.
const WORD_BITS: usize = 4;

/// A tensor that is public, and how it is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicTensor {
    /// The tensor.
    pub tensor: usize,
    /// Its place among the cells.
    pub block: Block,
    /// The base-two logarithm of the bytes of a cell: 0, 1 or 2.
    pub width_bits: usize,
    /// The number of its first word.
    pub first_word: u64,
}

/// The model's input and output.
#[must_use]
pub fn public_tensors(model: &Architecture, layout: &Layout) -> [PublicTensor; 2] {
    let last = model.steps.len();
    let input = PublicTensor {
        tensor: 0,
        block: layout.tensors[0],
        width_bits: if model.input.bits == 8 { 0 } else { 1 },
        first_word: 0,
    };
    let output = PublicTensor {
        tensor: last,
        block: layout.tensors[last],
        width_bits: output_width_bits(model),
        first_word: input.words(),
    };
    [input, output]
}

/// The base-two logarithm of the bytes that hold every output of the last step's table.
fn output_width_bits(model: &Architecture) -> usize {
    let outputs = model.steps.last().map_or(&[][..], |step| &model.tables[step.table].outputs);
    let fits = |bits: u32| {
        outputs.iter().all(|&value| (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(&i64::from(value)))
    };
    match () {
        () if fits(8) => 0,
        () if fits(16) => 1,
        () => 2,
    }
}

impl PublicTensor {
    /// The number of words of the padded block.
    #[must_use]
    pub const fn words(&self) -> u64 {
        1 << (self.block.bits + self.width_bits).saturating_sub(WORD_BITS)
    }

    /// The number of bytes of a cell.
    #[must_use]
    pub const fn width(&self) -> usize {
        1 << self.width_bits
    }

    /// What each bit of a cell's index multiplies the cell's weight with.
    fn bit_weights<A: Arithmetic + ?Sized>(&self, a: &mut A, gamma: &A::Scalar) -> Vec<A::Scalar> {
        let mut power = gamma.clone();
        let mut weights = Vec::new();
        for bit in 0..self.block.bits {
            if self.width_bits + bit < WORD_BITS {
                let base = Fr::from(2u64).pow([8 << (self.width_bits + bit)]);
                weights.push(a.constant(base));
            } else {
                weights.push(power.clone());
                power = a.mul(&power, &power);
            }
        }
        weights
    }

    /// The extension of the cells' weights, at a point of the cells' space.
    pub fn evaluate<A: Arithmetic + ?Sized>(&self, a: &mut A, gamma: &A::Scalar, at: &[A::Scalar]) -> A::Scalar {
        let mut product = equality_at(a, &at[self.block.bits..], self.block.prefix());
        let shift = power(a, gamma, self.first_word);
        product = a.mul(&product, &shift);
        for (weight, x) in self.bit_weights(a, gamma).iter().zip(at) {
            let low = one_minus(a, x);
            let high = a.mul(x, weight);
            let factor = a.add(&low, &high);
            product = a.mul(&product, &factor);
        }
        product
    }

    /// The weights of the block's cells.
    #[must_use]
    pub fn expand(&self, gamma: Fr) -> Vec<Fr> {
        let mut weights = vec![gamma.pow([self.first_word])];
        for factor in self.bit_weights(&mut crate::arithmetic::Native, &gamma) {
            let high: Vec<Fr> = weights.iter().map(|weight| *weight * factor).collect();
            weights.extend(high);
        }
        weights
    }
}

/// The packed value of public integers, each tensor's in row-major order without padding.
#[must_use]
pub fn pack(model: &Architecture, layout: &Layout, values: [&[i64]; 2], gamma: Fr) -> Fr {
    let tensors = public_tensors(model, layout);
    tensors.iter().zip(values).fold(Fr::ZERO, |sum, (public, values)| {
        let weights = public.expand(gamma);
        let places = places(model.tensor_axes(public.tensor));
        sum + places.zip(values).map(|(place, &value)| weights[place] * Fr::from(value)).sum::<Fr>()
    })
}

/// The place in its block of each cell of a tensor, row-major without padding.
pub fn places(axes: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let strides = block_strides(axes);
    assignments(axes).map(move |index| index.iter().zip(&strides).map(|(index, stride)| index * stride).sum())
}

fn power<A: Arithmetic + ?Sized>(a: &mut A, base: &A::Scalar, exponent: u64) -> A::Scalar {
    let mut result = one(a);
    for bit in (0..u64::BITS - exponent.leading_zeros()).rev() {
        result = a.mul(&result, &result);
        if exponent >> bit & 1 == 1 {
            result = a.mul(&result, base);
        }
    }
    result
}
