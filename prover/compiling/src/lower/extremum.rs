//! Max and Min: `max(a, b) = b + relu(a - b)` and `min(a, b) = -max(-a, -b)`.

use super::operator::{Kind, Operator};
use super::window::Window;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;

/// The operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::new("Max", &[6, 8, 12, 13], Kind::Arithmetic, "greatest of several", |lowering, node| {
        lowering.lower_extremum(node, 1.0)
    })
    .folding(),
    Operator::new("Min", &[6, 8, 12, 13], Kind::Arithmetic, "least of several", |lowering, node| {
        lowering.lower_extremum(node, -1.0)
    })
    .folding(),
];

impl Lowering<'_> {
    /// Max where `sign` is 1, Min where it is -1, of any number of operands.
    pub(super) fn lower_extremum(&mut self, node: &Node, sign: f64) -> Result<(), CompileError> {
        let mut result = self.value(node, 0)?;
        for index in 1..node.inputs.len() {
            let operand = self.value(node, index)?;
            result = self.extremum(node, result, operand, sign)?;
        }
        self.set(node, result)
    }

    /// The greater of two where `sign` is 1, the less where it is -1; a scalar is a bound of a clip.
    pub(super) fn extremum(
        &mut self,
        node: &Node,
        left: Value,
        right: Value,
        sign: f64,
    ) -> Result<Value, CompileError> {
        let (left, right) = match (left, right) {
            (left @ Value::Constant(_), right) => (right, left),
            operands => operands,
        };
        let scalar = match &right {
            Value::Constant(bound) if bound.data.ndim() <= self.shape_of(&left).len() => bound.scalar(),
            _ => None,
        };
        if let Some(bound) = scalar {
            let clip =
                if sign > 0.0 { Unary::Clip(bound, f64::INFINITY) } else { Unary::Clip(f64::NEG_INFINITY, bound) };
            return self.map(node, left, |x| x.then(clip));
        }
        let difference = self.binary(node, Binary::Subtract, left, right.clone())?;
        let excess = self.map(node, difference, |x| {
            let x = if sign > 0.0 { x.clone() } else { x.then(Unary::Negate) };
            x.then(Unary::RELU)
        })?;
        let binary = if sign > 0.0 { Binary::Add } else { Binary::Subtract };
        self.binary(node, binary, right, excess)
    }

    /// The greatest values over axes: one window over each. Axes that are not kept go.
    pub(super) fn greatest(
        &mut self,
        node: &Node,
        value: Value,
        axes: &[usize],
        keep: bool,
    ) -> Result<Value, CompileError> {
        let shape = self.shape_of(&value);
        let order: Vec<usize> =
            (0..shape.len()).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect();
        let kept: usize = order[..shape.len() - axes.len()].iter().map(|&axis| shape[axis]).product();
        let moved = self.permuted(value, &order)?;
        let flat: Vec<usize> = [vec![1, kept], axes.iter().map(|&axis| shape[axis]).collect()].concat();
        let moved = self.reshaped(node, moved, &flat)?;
        let (tensor, view) = self.read(&node.name, moved)?;
        let whole =
            |&input: &usize| Window { input, kernel: input, stride: 1, dilation: 1, before: 0, after: 0, output: 1 };
        let windows: Vec<Window> = flat[2..].iter().map(whole).collect();
        let value = self.max_pool(node, tensor, view, &windows)?;
        let left = (0..shape.len()).filter(|axis| keep || !axes.contains(axis));
        let target: Vec<usize> = left.map(|axis| if axes.contains(&axis) { 1 } else { shape[axis] }).collect();
        self.reshaped(node, value, &target)
    }
}
