//! The whole model: ports, weights' shapes, tables and steps.

use super::{Factor, InputPort, OutputPort, Space, Step, Table};
use crate::digest::Digest;
use serde::{Deserialize, Serialize};

/// The public part of a model. Its digest names it; the weights are named by a digest of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// What the model reads.
    pub input: InputPort,
    /// What the model answers: the tensor of the last step.
    pub output: OutputPort,
    /// The shapes of the weight tensors.
    pub weights: Vec<WeightShape>,
    /// How many of the weight tensors each part has, in order. There are at least two parts, or none are told apart.
    ///
    /// A part has rows of its own. So whoever has a digest of a part's rows finds them in the key: those of a model, say, and
    /// those of a data set.
    pub parts: Vec<usize>,
    /// The look-up tables.
    pub tables: Vec<Table>,
    /// The steps, in an order in which each reads only tensors before it.
    pub steps: Vec<Step>,
    /// Commitments to cells and table entries are made in rows of `2^row_bits` values.
    pub row_bits: u32,
    /// Commitments to weights are made in rows of `2^weight_row_bits` values, which are no longer than the other rows.
    pub weight_row_bits: u32,
}

/// The shape of a weight tensor, private in its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightShape {
    /// The name of the initializer it came from, for people.
    pub name: String,
    /// The size of each axis, outermost first.
    pub axes: Vec<usize>,
}

/// The private part of a model: for each weight tensor its integers, row-major over the *unpadded* axes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights(pub Vec<Vec<i64>>);

impl Architecture {
    /// The axes of a tensor: 0 is the model's input, `i + 1` the output of step `i`. None for a tensor that there is not.
    #[must_use]
    pub fn tensor_axes(&self, tensor: usize) -> &[usize] {
        match tensor.checked_sub(1) {
            None => &self.input.axes,
            Some(step) => self.steps.get(step).map_or(&[], |step| &step.axes),
        }
    }

    /// The axes of what a factor reads. None for a tensor that there is not.
    #[must_use]
    pub fn source_axes(&self, factor: &Factor) -> &[usize] {
        match factor.space {
            Space::Weights => self.weights.get(factor.access.source).map_or(&[], |shape| &shape.axes),
            Space::Values => self.tensor_axes(factor.access.source),
        }
    }

    /// The number of tensors: the input and one a step.
    #[must_use]
    pub fn tensors(&self) -> usize {
        self.steps.len() + 1
    }

    /// keccak256 of the canonical encoding: the name of this architecture.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::keccak(&[b"hallmark architecture 7", self.to_bytes().as_slice()].concat())
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing in an architecture has an unknown length, which is all that postcard can't encode.
        postcard::to_stdvec(self).unwrap_or_default()
    }
}
