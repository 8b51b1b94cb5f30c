//! Max and Min: `max(a, b) = b + relu(a - b)` and `min(a, b) = -max(-a, -b)`.

use super::operator::{Kind, Operator};
use super::shape::normalize_axes;
use super::window::Window;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::Unary;
use crate::node::Node;

/// The operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::new("Max", &[6, 8, 12, 13], Kind::Arithmetic, "greatest of several", |lowering, node| {
        lowering.lower_extremum(node, 1.0)
    }),
    Operator::new("Min", &[6, 8, 12, 13], Kind::Arithmetic, "least of several", |lowering, node| {
        lowering.lower_extremum(node, -1.0)
    }),
    Operator::new("ReduceMax", &[1, 11, 12, 13, 18, 20], Kind::Reductions, "greatest over axes", |lowering, node| {
        lowering.lower_reduce_max(node)
    }),
];

impl Lowering<'_> {
    /// Max where `sign` is 1, Min where it is -1, of any number of operands; scalars become bounds of a clip.
    pub(super) fn lower_extremum(&mut self, node: &Node, sign: f64) -> Result<(), CompileError> {
        let mut result = self.value(node, 0)?;
        for index in 1..node.inputs.len() {
            let operand = self.value(node, index)?;
            result = match (result, operand) {
                (Value::Constant(bound), value) | (value, Value::Constant(bound)) => {
                    let bound = bound.scalar().ok_or_else(|| node.fail("its constant operand must be a scalar"))?;
                    let clip = if sign > 0.0 {
                        Unary::Clip(bound, f64::INFINITY)
                    } else {
                        Unary::Clip(f64::NEG_INFINITY, bound)
                    };
                    if let Value::Constant(_) = value {
                        return Err(node.fail("it is not supported on constants alone"));
                    }
                    self.map(node, value, |x| x.then(clip))?
                }
                (left, right) => self.extremum(node, left, right, sign)?,
            };
        }
        self.set(node, result)
    }

    fn extremum(&mut self, node: &Node, left: Value, right: Value, sign: f64) -> Result<Value, CompileError> {
        let difference = self.add_values(node, left, right.clone(), -1.0, [false, false])?;
        let excess = self.map(node, difference, |x| {
            let x = if sign > 0.0 { x.clone() } else { x.then(Unary::Negate) };
            x.then(Unary::RELU)
        })?;
        self.add_values(node, right, excess, sign, [false, false])
    }

    /// ReduceMax: one window over each axis.
    pub(super) fn lower_reduce_max(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axes = self.integers(node, "axes", 1)?.unwrap_or_else(|| (0..shape.len() as i64).collect());
        let axes = normalize_axes(node, &axes, shape.len())?;
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
        let keep = node.integer("keepdims", 1) != 0;
        let left = (0..shape.len()).filter(|axis| keep || !axes.contains(axis));
        let target: Vec<usize> = left.map(|axis| if axes.contains(&axis) { 1 } else { shape[axis] }).collect();
        let value = self.reshaped(node, value, &target)?;
        self.set(node, value)
    }
}
