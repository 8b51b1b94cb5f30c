//! Public input and output, packed into one field element as a contract can do it.
//!
//! A public value is a two's complement integer of 1, 2 or 4 bytes, big-endian. Sixteen bytes make a word, and word `k`
//! counts `gamma^k`; the output's words follow the input's. A word is read as one big-endian number, after the sign bit of
//! each of its values was flipped, which adds `2^(8 width - 1)` to the value and so makes it a digit. What those additions
//! come to is a function of `gamma` that the verifier takes off again ([`centre`]).
//!
//! Words are filled from the *runs* of a tensor: cells that stand one after another in the committed layout, where axes
//! are padded to powers of two, as well as in the bytes, where they are not. The last word of a run is filled up with
//! zeros.
//!
//! Values are looked up in a range that their width holds, so that a word determines its values, and a random `gamma`
//! the words.

pub mod digest;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use crate::{
    arithmetic::Arithmetic,
    encoding::{FR_BYTES, fr_to_bytes},
    layout::{Block, Layout},
    model::{Architecture, bits_of, block_strides},
    multilinear::{equality_at, one, one_minus, zero},
    semantics::assignments,
};

/// The bytes of a word.
const WORD_BYTES: usize = 16;

/// A tensor that is public, and how it is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicTensor<'m> {
    /// The tensor.
    pub tensor: usize,
    /// Its axes.
    pub axes: &'m [usize],
    /// Its place among the cells.
    pub block: Block,
    /// The number of bytes of a value: 1, 2 or 4.
    pub width: usize,
    /// The number of its first word.
    pub first_word: usize,
    /// The number of digests that it is told by: none where it is told by its values.
    pub digests: usize,
}

/// The factors of a cell's weight that a bit of its index contributes: where the bit is clear, and where it is set.
type BitFactors<S> = [S; 2];

/// The model's input and output.
#[must_use]
pub fn public_tensors<'m>(model: &'m Architecture, layout: &Layout) -> [PublicTensor<'m>; 2] {
    let last = model.steps.len();
    let public = |tensor, width, first_word, digests| PublicTensor {
        tensor,
        axes: model.tensor_axes(tensor),
        block: layout.tensor(tensor),
        width,
        first_word,
        digests,
    };
    let input = public(0, if model.input.bits == 8 { 1 } else { 2 }, 0, model.input.binding.digests());
    let output = public(last, output_width(model), input.words(), 0);
    [input, output]
}

/// The number of bytes that hold every output of the last step's table.
fn output_width(model: &Architecture) -> usize {
    let table = model.steps.last().and_then(|step| model.tables.get(step.table));
    let outputs = table.map_or(&[][..], |table| &table.outputs);
    let fits = |bits: u32| {
        outputs.iter().all(|&value| (-(1i64 << (bits - 1))..1i64 << (bits - 1)).contains(&i64::from(value)))
    };
    if fits(8) {
        1
    } else if fits(16) {
        2
    } else {
        4
    }
}

impl PublicTensor<'_> {
    /// The number of values.
    #[must_use]
    pub fn values(&self) -> usize {
        self.axes.iter().product()
    }

    /// The number of innermost axes that make a run, all of which but the outermost are powers of two. No run goes beyond what
    /// a digest is of.
    fn run_axes(&self) -> usize {
        let whole = self.axes.iter().rev().take_while(|size| size.is_power_of_two()).count();
        (whole + 1).min(self.axes.len().saturating_sub(usize::from(self.digests > 1)))
    }

    /// The number of values of a run.
    #[must_use]
    pub fn run(&self) -> usize {
        self.axes.iter().rev().take(self.run_axes()).product()
    }

    /// The number of words of a run.
    #[must_use]
    pub fn run_words(&self) -> usize {
        (self.run() * self.width).div_ceil(WORD_BYTES)
    }

    /// The number of words.
    #[must_use]
    pub fn words(&self) -> usize {
        self.values() / self.run() * self.run_words()
    }

    /// The number of bytes that whoever checks a proof is told.
    #[must_use]
    pub fn told_bytes(&self) -> usize {
        if self.digests == 0 { self.values() * self.width } else { self.digests * FR_BYTES }
    }

    /// What whoever checks a proof is told of these values: their bytes, or the digest of each sample.
    #[must_use]
    pub fn told(&self, values: &[i64]) -> Vec<u8> {
        if self.digests == 0 {
            return self.to_bytes(values);
        }
        self.digests_of(values).iter().flat_map(fr_to_bytes).collect()
    }

    /// The values as bytes: two's complement, big-endian, row-major.
    #[must_use]
    pub fn to_bytes(&self, values: &[i64]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_be_bytes().into_iter().skip(8 - self.width)).collect()
    }

    /// The values that such bytes stand for; none where these are more or fewer.
    #[must_use]
    pub fn from_bytes(&self, bytes: &[u8]) -> Option<Vec<i64>> {
        let unused = 8 * (size_of::<u64>() - self.width);
        let value = |chunk: &[u8]| chunk.iter().fold(0, |value, byte| value << 8 | u64::from(*byte)) << unused;
        let signed = |chunk| value(chunk).cast_signed() >> unused;
        (bytes.len() == self.values() * self.width).then(|| bytes.chunks(self.width).map(signed).collect())
    }

    /// What is added to a value to make it a digit.
    fn offset(&self) -> i64 {
        1 << (8 * self.width - 1)
    }

    /// The factors of the bits of each axis, innermost axis first.
    fn factors<A: Arithmetic + ?Sized>(&self, a: &mut A, gamma: A::Scalar) -> Vec<Vec<BitFactors<A::Scalar>>> {
        let per_word = WORD_BYTES / self.width;
        let (run_axes, mut bit) = (self.run_axes(), 0);
        // In words, once the axes of the run are done.
        let mut stride = self.run_words();
        let mut factors = Vec::new();
        for (position, &size) in self.axes.iter().rev().enumerate() {
            let mut axis = Vec::new();
            for index in 0..bits_of(size) {
                if position >= run_axes {
                    axis.push([one(a), power(a, gamma, stride << index)]);
                } else if 1 << bit < per_word {
                    // The first value of a word is its most significant digit.
                    let digits = a.constant(Fr::from(2u64).pow([(8 * wide(self.width)) << bit]));
                    axis.push([digits, one(a)]);
                } else {
                    axis.push([one(a), power(a, gamma, (1 << bit) / per_word)]);
                }
                bit += 1;
            }
            if position >= run_axes {
                stride *= size;
            }
            factors.push(axis);
        }
        factors
    }

    /// What the first cell's weight has besides its bits' factors: its word, and the digits that a run which is shorter
    /// than a word leaves free.
    fn leading<A: Arithmetic + ?Sized>(&self, a: &mut A, gamma: A::Scalar) -> A::Scalar {
        let run_bits: usize = self.axes.iter().rev().take(self.run_axes()).map(|&size| bits_of(size)).sum();
        let free = (WORD_BYTES / self.width).saturating_sub(1 << run_bits);
        let digits = a.constant(Fr::from(2u64).pow([8 * wide(self.width * free)]));
        digits * power(a, gamma, self.first_word)
    }

    /// The extension of the cells' weights, at a point of the cells' space.
    pub fn evaluate<A: Arithmetic + ?Sized>(&self, a: &mut A, gamma: A::Scalar, at: &[A::Scalar]) -> A::Scalar {
        let place = equality_at(a, at.split_at(self.block.bits).1, self.block.prefix());
        let mut product = place * self.leading(a, gamma);
        for (&[clear, set], &x) in self.factors(a, gamma).iter().flatten().zip(at) {
            product = product * (one_minus(a, x) * clear + x * set);
        }
        product
    }

    /// The sum of the weights of all cells, padding excepted.
    fn total<A: Arithmetic + ?Sized>(&self, a: &mut A, gamma: A::Scalar) -> A::Scalar {
        let factors = self.factors(a, gamma);
        let mut product = self.leading(a, gamma);
        for (bits, &size) in factors.iter().zip(self.axes.iter().rev()) {
            product = product * sum_below(a, bits, size);
        }
        product
    }

    /// The weights of the block's cells.
    #[must_use]
    pub fn expand(&self, gamma: Fr) -> Vec<Fr> {
        let a = &mut crate::arithmetic::Native;
        let mut weights = vec![self.leading(a, gamma)];
        for [clear, set] in self.factors(a, gamma).iter().flatten() {
            let high: Vec<Fr> = weights.iter().map(|weight| *weight * set).collect();
            weights.iter_mut().for_each(|weight| *weight *= clear);
            weights.extend(high);
        }
        weights
    }

    /// The words of these values.
    pub(crate) fn pack_words<'v>(&'v self, values: &'v [i64]) -> impl Iterator<Item = u128> + 'v {
        let per_word = WORD_BYTES / self.width;
        let word = move |values: &[i64]| {
            (0..per_word).fold(0u128, |word, place| {
                let digit = values.get(place).map_or(0, |value| i128::from(value + self.offset()).cast_unsigned());
                // A word of one digit would shift by all of its bits; there is none, as a digit has at most 4 bytes.
                word << (8 * self.width) | digit
            })
        };
        values.chunks(self.run()).flat_map(move |run| run.chunks(per_word).map(word))
    }
}

/// The number, as it is: an address has no more bits.
fn wide(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// `sum over index < count of the product of its bits' factors`.
fn sum_below<A: Arithmetic + ?Sized>(a: &mut A, bits: &[BitFactors<A::Scalar>], count: usize) -> A::Scalar {
    // Over the indices of the bits so far: of all of them, and of those below the same bits of `count`.
    let (mut all, mut below) = (one(a), zero(a));
    for (bit, &[clear, set]) in bits.iter().enumerate() {
        below = if count >> bit & 1 == 1 { clear * all + set * below } else { clear * below };
        all = all * (clear + set);
    }
    if count >> bits.len() == 0 { below } else { all }
}

/// The packed value of an input and an output, each tensor's integers in row-major order without padding: what a contract computes.
pub fn pack(tensors: &[PublicTensor<'_>; 2], values: [&[i64]; 2], gamma: Fr) -> Fr {
    let words = tensors.iter().zip(values).flat_map(|(public, values)| public.pack_words(values));
    let (mut sum, mut power) = (Fr::ZERO, Fr::ONE);
    for word in words {
        sum += power * Fr::from(word);
        power *= gamma;
    }
    sum
}

/// The packed value as the sum over cells of value times weight, which it is once the digits are values again.
pub fn centre<A: Arithmetic + ?Sized>(
    a: &mut A,
    tensors: &[PublicTensor<'_>; 2],
    gamma: A::Scalar,
    packed: A::Scalar,
) -> A::Scalar {
    tensors.iter().fold(packed, |centred, public| {
        let total = public.total(a, gamma);
        centred - a.constant(Fr::from(public.offset())) * total
    })
}

/// The place in its block of each cell of a tensor, row-major without padding.
pub fn places(axes: &[usize]) -> impl Iterator<Item = usize> + '_ {
    let strides = block_strides(axes);
    assignments(axes).map(move |index| index.iter().zip(&strides).map(|(index, stride)| index * stride).sum())
}

fn power<A: Arithmetic + ?Sized>(a: &mut A, base: A::Scalar, exponent: usize) -> A::Scalar {
    let mut result = one(a);
    for bit in (0..usize::BITS - exponent.leading_zeros()).rev() {
        result = result * result;
        if exponent >> bit & 1 == 1 {
            result = result * base;
        }
    }
    result
}

#[cfg(test)]
mod tests;
