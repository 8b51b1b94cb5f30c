//! Max and Min: `max(a, b) = b + relu(a - b)` and `min(a, b) = -max(-a, -b)`.

use super::entry::Entry;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::float_model::Rule;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Max", &[6, 8, 12, 13], Kind::Arithmetic, "greatest of several", |lowering, node| {
        lowering.lower_extremum(node, 1.0)
    })
    .folding(),
    Entry::new("Min", &[6, 8, 12, 13], Kind::Arithmetic, "least of several", |lowering, node| {
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

    /// The greatest values over axes, by halving: each half is the greater of two parts, which overlap where the size is odd. Axes
    /// that are not kept go.
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
        let kept: Vec<usize> = order[..shape.len() - axes.len()].iter().map(|&axis| shape[axis]).collect();
        let size: usize = axes.iter().map(|&axis| shape[axis]).product();
        let moved = self.permuted(value, &order)?;
        let flat = [kept.as_slice(), &[size]].concat();
        let moved = self.reshaped(node, moved, &flat)?;
        let (tensor, view) = self.read(&node.name, moved)?;
        let (mut last, mut view) = self.with_plain_axis(node, tensor, view, kept.len())?;
        let source = last;
        let mut size = size;
        while size > 1 {
            (last, view) = self.greater_half(node, (last, view), kept.len(), size, source)?;
            size = size.div_ceil(2);
        }
        let left = (0..shape.len()).filter(|axis| keep || !axes.contains(axis));
        let target: Vec<usize> = left.map(|axis| if axes.contains(&axis) { 1 } else { shape[axis] }).collect();
        self.reshaped(node, Value::Tensor(last, view), &target)
    }

    /// The greater of the first and the last half of an axis of this size; all values are of the tensor `source`.
    fn greater_half(
        &mut self,
        node: &Node,
        (tensor, view): (usize, View),
        axis: usize,
        size: usize,
        source: usize,
    ) -> Result<(usize, View), CompileError> {
        let half = size.div_ceil(2);
        let part =
            |start: usize| view.slice(axis, start, 1, half).ok_or_else(|| node.fail("its axis cannot be halved"));
        let (first, second) = (part(0)?, part(size - half)?);
        let shown = View::packed(first.digits.clone());
        let read = |this: &Self, view: &View, sign: f64| this.read_digits(tensor, view, sign);
        let difference = vec![read(self, &first, 1.0), read(self, &second, -1.0)];
        let sum = self.add_sum(&node.name, shown.packed_axes(), difference)?;
        let excess = self.emit(sum, &Function::Variable.then(Unary::RELU), Rule::Span(source))?;
        let greater = vec![read(self, &second, 1.0), self.read_digits(excess, &shown, 1.0)];
        let sum = self.add_sum(&node.name, shown.packed_axes(), greater)?;
        Ok((self.emit(sum, &Function::Variable, Rule::Within(source))?, shown))
    }
}
