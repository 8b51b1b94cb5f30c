//! The public description of a model: which integer tensors are made from which, and how.
//!
//! A model is a list of *steps*. A step makes one tensor: it accumulates terms over earlier tensors and weights, rescales the
//! sum by a power of two, and looks the result up in a table. There is nothing else, and so only two kinds of constraint.
#![cfg_attr(not(test), deny(clippy::indexing_slicing))]

mod access;
mod architecture;
mod batch;
mod limits;
mod port;
mod quantized;
mod score;
mod step;
mod table;
mod validate;
mod value_place;
mod value_range;

pub use access::{Access, AxisMap, Stride};
pub use architecture::{Architecture, WeightShape, Weights};
pub use batch::{Batch, check_batches};
pub use limits::*;
pub use port::{Binding, InputPart, InputPort, OutputPart, OutputPort, PartAxis};
pub use quantized::{Clamping, InputFault, Quantized};
pub use score::{DIGIT_BITS, DataSet, Labels, Metric, Score, ScoreError};
pub use step::{Factor, Space, Step, Term};
pub use table::Table;
pub use validate::{ModelError, Place};
pub use value_place::ValuePlace;
pub use value_range::ValueRange;

/// The number of bits that index `size` values: the base-two logarithm, rounded up.
#[must_use]
pub const fn bits_of(size: usize) -> usize {
    (usize::BITS - size.saturating_sub(1).leading_zeros()) as usize
}

/// The number of bits that index a tensor whose axes are each padded to a power of two.
#[must_use]
pub fn block_bits(axes: &[usize]) -> usize {
    axes.iter().map(|&size| bits_of(size)).sum()
}

/// The strides of a tensor whose axes are each padded to a power of two, outermost first.
#[must_use]
pub fn block_strides(axes: &[usize]) -> Vec<usize> {
    let mut strides = vec![0; axes.len()];
    let mut bits = 0;
    for (stride, &size) in strides.iter_mut().zip(axes).rev() {
        *stride = 1 << bits;
        bits += bits_of(size);
    }
    strides
}
