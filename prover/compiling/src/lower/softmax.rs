//! Softmax and LogSoftmax, by logarithms: `log softmax(x) = x - log(sum exp(x))`, which takes sums and functions alone.

use super::operator::{Kind, Operator};
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;

/// The operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::new("Softmax", &[1, 11, 13], Kind::Normalization, "exponentials that add up to 1", |lowering, node| {
        let logarithm = lowering.log_softmax(node)?;
        let value = lowering.map(node, logarithm, |x| x.then(Unary::Exp))?;
        lowering.set(node, value)
    }),
    Operator::new("LogSoftmax", &[1, 11, 13], Kind::Normalization, "logarithm of Softmax", |lowering, node| {
        let value = lowering.log_softmax(node)?;
        lowering.set(node, value)
    }),
];

impl Lowering<'_> {
    fn log_softmax(&mut self, node: &Node) -> Result<Value, CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        if node.version >= 13 {
            let axis = normalize_axes(node, &[node.integer("axis", -1)], shape.len())?[0];
            return self.log_softmax_over(node, value, axis);
        }
        // Before version 13 all axes from this one on are one.
        let axis = node.integer("axis", 1);
        let axis = if axis < 0 { axis + shape.len() as i64 } else { axis };
        let axis = usize::try_from(axis).ok().filter(|&axis| axis <= shape.len());
        let axis = axis.ok_or_else(|| node.fail("its axis is out of range"))?;
        let flat = [shape[..axis].iter().product(), shape[axis..].iter().product()];
        let value = self.reshaped(node, value, &flat)?;
        let value = self.log_softmax_over(node, value, 1)?;
        self.reshaped(node, value, &shape)
    }

    pub(super) fn log_softmax_over(&mut self, node: &Node, value: Value, axis: usize) -> Result<Value, CompileError> {
        let logarithm = self.log_sum_exp(node, value.clone(), &[axis], true)?;
        self.binary(node, Binary::Subtract, value, logarithm)
    }
}
