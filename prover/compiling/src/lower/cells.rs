//! Cells at computed indices of an axis: a one-hot vector for each index, times the cells.
//!
//! The vectors of all indices in a row are a matrix, whose product with the row takes the cells, and whose transposition puts cells at
//! their places. An index out of range has no cell: it takes a zero, and puts nothing.

use super::{Lowering, Value};
use crate::constant::checked_count;
use crate::error::CompileError;
use crate::function::{Binary, Function};
use crate::node::Node;

impl Lowering<'_> {
    /// The cells of a value at indices of an axis. The other axes of the indices are not longer than the value's.
    pub(super) fn cells_at(
        &mut self,
        node: &Node,
        mut value: Value,
        axis: usize,
        indices: Value,
    ) -> Result<Value, CompileError> {
        let places = self.shape_of(&indices);
        for other in (0..places.len()).filter(|&other| other != axis) {
            let all: Vec<usize> = (0..places[other]).collect();
            value = self.picked(node, value, other, &all)?;
        }
        let size = self.shape_of(&value)[axis];
        let vectors = self.vectors_at(node, indices, axis, size)?;
        let column = self.as_columns(node, value, axis)?;
        let cells = self.matrix_product(node, vectors, column)?;
        self.without_column(node, cells, axis)
    }

    /// ScatterElements at computed indices. Those in a row are taken to differ, as ONNX demands, unless what they put is added up.
    pub(super) fn scatter_computed(&mut self, node: &Node, axis: usize, indices: Value) -> Result<(), CompileError> {
        let (data, updates) = (self.value(node, 0)?, self.value(node, 2)?);
        let (shape, places) = (self.shape_of(&data), self.shape_of(&indices));
        if places != self.shape_of(&updates) {
            return Err(node.fail("its updates are not one for each index"));
        }
        if (0..shape.len()).any(|other| other != axis && shape[other] != places[other]) {
            return Err(
                node.fail("its indices are computed and leave out a part of another axis; give it constant indices")
            );
        }
        let vectors = self.vectors_at(node, indices, axis, shape[axis])?;
        let rank = shape.len();
        let turned = [(0..rank - 1).collect::<Vec<_>>(), vec![rank, rank - 1]].concat();
        let turned = self.permuted(vectors.clone(), &turned)?;
        let column = self.as_columns(node, updates, axis)?;
        let placed = self.matrix_product(node, turned, column)?;
        let placed = self.without_column(node, placed, axis)?;
        let value = match node.text("reduction", "none").as_str() {
            "add" => self.binary(node, Binary::Add, data, placed)?,
            "none" => {
                let reached = self.reduce(node, vectors, &[rank - 1], false, false)?;
                let reached = self.along(node, reached, axis)?;
                let kept = self.map(node, reached, |x| Function::Constant(1.0).combine(Binary::Subtract, x))?;
                let kept = self.binary(node, Binary::Multiply, data, kept)?;
                self.binary(node, Binary::Add, kept, placed)?
            }
            other => {
                return Err(
                    node.fail(format!("its reduction is `{other}` at computed indices; only `add` is supported"))
                );
            }
        };
        self.set(node, value)
    }

    /// For each index a vector along a new last axis, and before it the axis of the indices.
    fn vectors_at(&mut self, node: &Node, indices: Value, axis: usize, size: usize) -> Result<Value, CompileError> {
        let indices = self.as_indices(node, indices, size)?;
        let order = moved_last(self.shape_of(&indices).len(), axis);
        let indices = self.permuted(indices, &order)?;
        let mut shape = self.shape_of(&indices);
        let count = shape.iter().product();
        shape.push(size);
        checked_count(&node.name, &shape)?;
        let indices = self.reshaped(node, indices, &[count])?;
        let vectors = self.one_hot(node, indices, size)?;
        self.reshaped(node, vectors, &shape)
    }

    /// A value as columns along an axis.
    fn as_columns(&mut self, node: &Node, value: Value, axis: usize) -> Result<Value, CompileError> {
        let order = moved_last(self.shape_of(&value).len(), axis);
        let value = self.permuted(value, &order)?;
        let mut shape = self.shape_of(&value);
        shape.push(1);
        self.reshaped(node, value, &shape)
    }

    /// Columns as values along an axis.
    fn without_column(&mut self, node: &Node, columns: Value, axis: usize) -> Result<Value, CompileError> {
        let last = self.shape_of(&columns).len() - 1;
        let value = self.drop_axis(node, columns, last)?;
        self.along(node, value, axis)
    }

    /// A value with its last axis at another place.
    fn along(&mut self, node: &Node, value: Value, axis: usize) -> Result<Value, CompileError> {
        let rank = self.shape_of(&value).len();
        let last = rank.checked_sub(1).ok_or_else(|| node.fail("its indices have no axis"))?;
        let order: Vec<usize> = (0..axis).chain([last]).chain(axis..last).collect();
        self.permuted(value, &order)
    }
}

/// An order of axes in which one comes last.
fn moved_last(rank: usize, axis: usize) -> Vec<usize> {
    (0..rank).filter(|&other| other != axis).chain([axis]).collect()
}
