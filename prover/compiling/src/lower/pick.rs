//! Values at chosen indices of an axis: by a view where the indices are evenly spaced, else by a matrix of zeros and ones.

use ndarray::{Array2, Axis};

use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::view::View;

impl Lowering<'_> {
    /// A value at these indices of an axis, which are in range.
    pub(super) fn picked(
        &mut self,
        node: &Node,
        value: Value,
        axis: usize,
        indices: &[usize],
    ) -> Result<Value, CompileError> {
        if let Value::Constant(constant) = value {
            let data = super::shape::standard(constant.data.select(Axis(axis), indices));
            return Ok(Value::Constant(Constant { data, ..constant }));
        }
        let size = self.shape_of(&value)[axis];
        if indices.iter().copied().eq(0..size) {
            return Ok(value);
        }
        if let Some((start, step)) = progression(indices) {
            let (tensor, view) = self.read(&node.name, value)?;
            if let Some(view) = view.slice(axis, start, step, indices.len()) {
                return Ok(Value::Tensor(tensor, view));
            }
            return self.picked_by_matrix(node, Value::Tensor(tensor, view), axis, indices);
        }
        self.picked_by_matrix(node, value, axis, indices)
    }

    fn picked_by_matrix(
        &mut self,
        node: &Node,
        value: Value,
        axis: usize,
        indices: &[usize],
    ) -> Result<Value, CompileError> {
        let size = self.shape_of(&value)[axis];
        if size.saturating_mul(indices.len()) > MAX_SELECTION {
            return Err(node.fail(format!(
                "it takes {} of {size} indices of an axis that are not evenly spaced, or of one that a reshape has merged from \
                 several; {MAX_SELECTION} is the most that their product may be",
                indices.len()
            )));
        }
        let mut matrix = Array2::zeros((size, indices.len()));
        for (column, &row) in indices.iter().enumerate() {
            matrix[[row, column]] = 1.0;
        }
        self.dense(node, value, axis, &matrix, None)
    }

    /// A tensor and a view in which an axis is one digit, so that windows can slide over it.
    pub(super) fn with_plain_axis(
        &mut self,
        node: &Node,
        tensor: usize,
        view: View,
        axis: usize,
    ) -> Result<(usize, View), CompileError> {
        if view.digits[axis].len() < 2 {
            return Ok((tensor, view));
        }
        let all: Vec<usize> = (0..view.shape()[axis]).collect();
        let moved = self.picked_by_matrix(node, Value::Tensor(tensor, view), axis, &all)?;
        self.read(&node.name, moved)
    }
}

/// The first of evenly spaced indices and their distance.
fn progression(indices: &[usize]) -> Option<(usize, i64)> {
    let (&first, rest) = indices.split_first()?;
    let step = rest.first().map_or(1, |&second| second as i64 - first as i64);
    let even = indices.windows(2).all(|pair| pair[1] as i64 - pair[0] as i64 == step);
    (even && step != 0).then_some((first, step))
}
