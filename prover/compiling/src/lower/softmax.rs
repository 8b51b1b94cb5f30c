//! Softmax and LogSoftmax. With the greatest value `m` and `e = exp(x - m)` they are `e / sum e` and `x - m - log(sum e)`.
//!
//! Every `e` is at most 1, and one of them is 1, so that their sum lies between 1 and their number: the table of its reciprocals needs
//! no more than that.

use super::blind::{self, Blind};
use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Softmax", &[1, 11, 13], Kind::Normalization, "exponentials that add up to 1", |lowering, node| {
        if lowering.softmax_of_masked(node)? {
            return Ok(());
        }
        let value = lowering.over_axis(node, |this, node, value, axis| this.softmax_over(node, value, axis))?;
        lowering.set(node, value)
    }),
    Entry::new("LogSoftmax", &[1, 11, 13], Kind::Normalization, "logarithm of Softmax", |lowering, node| {
        let value = lowering.over_axis(node, |this, node, value, axis| this.log_softmax_over(node, value, axis))?;
        lowering.set(node, value)
    }),
];

/// What is done along an axis.
type OverAxis<'a> = fn(&mut Lowering<'a>, &Node, Value, usize) -> Result<Value, CompileError>;

impl<'a> Lowering<'a> {
    /// Applies a function to one axis, which the node names.
    fn over_axis(&mut self, node: &Node, apply: OverAxis<'a>) -> Result<Value, CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        if node.version >= 13 {
            let axis = normalize_axes(node, &[node.integer("axis", -1)], shape.len())?[0];
            return apply(self, node, value, axis);
        }
        // Before version 13 all axes from this one on are one.
        let axis = node.integer("axis", 1);
        let axis = if axis < 0 { axis + shape.len() as i64 } else { axis };
        let axis = usize::try_from(axis).ok().filter(|&axis| axis <= shape.len());
        let axis = axis.ok_or_else(|| node.fail("its axis is out of range"))?;
        let flat = [shape[..axis].iter().product(), shape[axis..].iter().product()];
        let value = self.reshaped(node, value, &flat)?;
        let value = apply(self, node, value, 1)?;
        self.reshaped(node, value, &shape)
    }

    /// Softmax of a value that a mask leaves some of out. Returns whether one does.
    fn softmax_of_masked(&mut self, node: &Node) -> Result<bool, CompileError> {
        let masked = node.input(0).and_then(|name| self.masks.get(name)).cloned();
        let Some(masked) = masked.filter(|_| node.version >= 13) else { return Ok(false) };
        let rank = self.shape_of(&masked.value).len().max(self.shape_of(&masked.keep).len());
        let axis = normalize_axes(node, &[node.integer("axis", -1)], rank)?[0];
        match blind::split(&masked, rank, axis) {
            Some((sighted, rows)) => {
                let value = self.masked_softmax(node, sighted, axis)?;
                self.blind.insert(node.output()?.to_owned(), Blind { value, rows });
            }
            None => {
                let value = self.masked_softmax(node, masked, axis)?;
                self.set(node, value)?;
            }
        }
        Ok(true)
    }

    /// Softmax along an axis: a product that has no cells yet.
    pub(super) fn softmax_over(&mut self, node: &Node, value: Value, axis: usize) -> Result<Value, CompileError> {
        let value = self.fine_tensor(node, value)?;
        let exponentials = self.exponentials(node, value, axis)?;
        let inverse = self.inverse_of_sum(node, exponentials.clone(), axis)?;
        self.multiplied(node, exponentials, inverse)
    }

    /// One over the sum of exponentials along an axis, which is at least 1.
    pub(super) fn inverse_of_sum(&mut self, node: &Node, kept: Value, axis: usize) -> Result<Value, CompileError> {
        let sum = self.reduce(node, kept, &[axis], true, false)?;
        self.map(node, sum, |x| x.then(Unary::Clip(1.0, f64::INFINITY)).then(Unary::Reciprocal))
    }

    /// The exponentials of a value below its greatest along an axis, as a tensor: from 0 to 1.
    pub(super) fn exponentials(&mut self, node: &Node, value: Value, axis: usize) -> Result<Value, CompileError> {
        let greatest = self.greatest(node, value.clone(), &[axis], true)?;
        let below = self.binary(node, Binary::Subtract, value, greatest)?;
        if let Value::Sum(sum, ..) = &below {
            self.lowered.sums[*sum].nonpositive = true;
        }
        let exponentials = self.map(node, below, |x| x.then(Unary::Clip(f64::NEG_INFINITY, 0.0)).then(Unary::Exp))?;
        self.fine_tensor(node, exponentials)
    }

    pub(super) fn log_softmax_over(&mut self, node: &Node, value: Value, axis: usize) -> Result<Value, CompileError> {
        let logarithm = self.log_sum_exp(node, value.clone(), &[axis], true)?;
        self.binary(node, Binary::Subtract, value, logarithm)
    }
}
