//! How a term reads a tensor: one affine index map an axis.

use serde::{Deserialize, Serialize};

/// Reads a tensor at an index that is affine in the variables of a term.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// For values: the tensor, 0 for the model's input and `i + 1` for the output of step `i`. For weights: the weight tensor.
    pub source: usize,
    /// One map for each axis of the tensor, outermost first. No variable stands in two of them.
    pub axes: Vec<AxisMap>,
}

/// An index along one axis: `offset + sum of stride * variable`. A cell outside the axis reads as zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AxisMap {
    /// The index where all variables are zero.
    pub offset: i64,
    /// The variables that move the index.
    pub strides: Vec<Stride>,
}

/// A variable of a term and the distance that one step of it moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stride {
    /// The variable: the step's axes come first, in order, then the term's summed variables.
    pub variable: usize,
    /// How far the index moves when the variable grows by one.
    pub stride: i64,
}

impl Access {
    /// Whether the index along any axis moves with a variable.
    #[must_use]
    pub fn reads(&self, variable: usize) -> bool {
        self.axes.iter().flat_map(|map| &map.strides).any(|by| by.variable == variable)
    }
}

impl AxisMap {
    /// The index that is the variable itself.
    #[must_use]
    pub fn variable(variable: usize) -> Self {
        Self::strided(variable, 1, 0)
    }

    /// The index `offset + stride * variable`.
    #[must_use]
    pub fn strided(variable: usize, stride: i64, offset: i64) -> Self {
        Self { offset, strides: vec![Stride { variable, stride }] }
    }

    /// The index that is always `offset`.
    #[must_use]
    pub fn constant(offset: i64) -> Self {
        Self { offset, strides: Vec::new() }
    }

    /// The index at an assignment of the variables.
    #[must_use]
    pub fn index(&self, variables: &[usize]) -> i64 {
        let moved = |by: &Stride| variables.get(by.variable).map_or(0, |variable| by.stride * *variable as i64);
        self.strides.iter().fold(self.offset, |index, by| index + moved(by))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_a_sum_over_variables() {
        assert_eq!(AxisMap::variable(1).index(&[5, 7]), 7);
        assert_eq!(AxisMap::strided(0, -2, 3).index(&[5, 7]), -7);
        assert_eq!(AxisMap::constant(4).index(&[5, 7]), 4);
        let strides = vec![Stride { variable: 0, stride: 2 }, Stride { variable: 1, stride: -1 }];
        assert_eq!(AxisMap { offset: 1, strides }.index(&[5, 7]), 4);
    }
}
