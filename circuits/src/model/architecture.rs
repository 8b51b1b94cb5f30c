//! The whole model: ports, weights' shapes, tables and steps.

use serde::{Deserialize, Serialize};
use sha3::{Digest, Keccak256};

use super::{Factor, InputPort, OutputPort, Space, Step, Table};

/// The public part of a model. Its digest names it; the weights are named by a digest of their own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Architecture {
    /// What the model reads.
    pub input: InputPort,
    /// What the model answers: the tensor of the last step.
    pub output: OutputPort,
    /// The shapes of the weight tensors.
    pub weights: Vec<WeightShape>,
    /// The look-up tables.
    pub tables: Vec<Table>,
    /// The steps, in an order in which each reads only tensors before it.
    pub steps: Vec<Step>,
    /// Commitments are made in rows of `2^row_bits` values.
    pub row_bits: u32,
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
    /// The axes of a tensor: 0 is the model's input, `i + 1` the output of step `i`.
    #[must_use]
    pub fn tensor_axes(&self, tensor: usize) -> &[usize] {
        match tensor.checked_sub(1) {
            None => &self.input.axes,
            Some(step) => &self.steps[step].axes,
        }
    }

    /// The axes of what a factor reads.
    #[must_use]
    pub fn source_axes(&self, factor: &Factor) -> &[usize] {
        match factor.space {
            Space::Weights => &self.weights[factor.access.source].axes,
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
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Keccak256::new();
        hasher.update(b"hallmark architecture 2");
        hasher.update(self.to_bytes());
        hasher.finalize().into()
    }

    /// The canonical encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Nothing in an architecture has an unknown length, which is all that postcard can't encode.
        postcard::to_stdvec(self).unwrap_or_default()
    }
}
