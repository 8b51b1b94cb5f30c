//! Where the greatest or the least value of an axis is.
//!
//! With the greatest value `m`, a mark `z = [m - x = 0]` stands wherever it is reached, and a place is the first one if no mark stands
//! before it: `f = [z - sum of the marks before > 0]`. All are tables of exact differences, so that equal values have one answer too.

use hallmark_circuits::model::{Access, AxisMap, Stride};

use super::entry::Entry;
use super::shape::normalize_axes;
use super::variables::Variables;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("ArgMax", &[1, 11, 12, 13], Kind::Reductions, "the index of the greatest", |lowering, node| {
        lowering.lower_place(node, 1.0)
    })
    .limited("axes of at most 1024"),
    Entry::new("ArgMin", &[1, 11, 12, 13], Kind::Reductions, "the index of the least", |lowering, node| {
        lowering.lower_place(node, -1.0)
    })
    .limited("axes of at most 1024"),
    Entry::new("Hardmax", &[1, 11, 13], Kind::Normalization, "1 at the greatest, else 0", |lowering, node| {
        lowering.lower_hardmax(node)
    })
    .limited("axes of at most 1024"),
];

impl Lowering<'_> {
    fn lower_place(&mut self, node: &Node, sign: f64) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        if sign < 0.0 {
            value = self.map(node, value, |x| x.then(Unary::Negate))?;
        }
        let axis = normalize_axes(node, &[node.integer("axis", 0)], self.shape_of(&value).len())?[0];
        let first = self.greatest_place(node, value, axis, node.flag("select_last_index"))?;
        let keep = node.integer("keepdims", 1) != 0;
        let value = self.number_of_place(node, first, axis, keep)?;
        self.set(node, value)
    }

    fn lower_hardmax(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis =
            normalize_axes(node, &[node.integer("axis", if node.version < 13 { 1 } else { -1 })], shape.len())?[0];
        if node.version >= 13 {
            let value = self.greatest_place(node, value, axis, false)?;
            return self.set(node, value);
        }
        // Before version 13 all axes from this one on are one.
        let flat = [shape[..axis].iter().product(), shape[axis..].iter().product()];
        let value = self.reshaped(node, value, &flat)?;
        let value = self.greatest_place(node, value, 1, false)?;
        let value = self.reshaped(node, value, &shape)?;
        self.set(node, value)
    }

    /// The sum of the numbers of places that hold 1, along an axis.
    pub(super) fn number_of_place(
        &mut self,
        node: &Node,
        place: Value,
        axis: usize,
        keep: bool,
    ) -> Result<Value, CompileError> {
        let size = self.shape_of(&place)[axis] as i64;
        self.chosen_number(node, place, axis, &(0..size).collect::<Vec<_>>(), keep)
    }

    /// The number that stands, in a list of one for each place along an axis, where the value holds 1.
    pub(super) fn chosen_number(
        &mut self,
        node: &Node,
        place: Value,
        axis: usize,
        numbers: &[i64],
        keep: bool,
    ) -> Result<Value, CompileError> {
        let mut wide = vec![1; self.shape_of(&place).len()];
        wide[axis] = numbers.len();
        let numbers = self.reshaped(node, Value::Constant(Constant::integers(numbers)), &wide)?;
        let chosen = self.binary(node, Binary::Multiply, place, numbers)?;
        self.reduce(node, chosen, &[axis], keep, false)
    }

    /// 1 at the first place, or the last, of the greatest value along an axis, and zeros.
    pub(super) fn greatest_place(
        &mut self,
        node: &Node,
        value: Value,
        axis: usize,
        last: bool,
    ) -> Result<Value, CompileError> {
        // Its cells are compared: it has to be made a tensor only once.
        let value = self.tensor_value(node, value)?;
        let size = self.shape_of(&value)[axis];
        if size.saturating_mul(size) > MAX_SELECTION {
            return Err(node.fail(format!(
                "it looks for the greatest of {size} values; the square of their number may be {MAX_SELECTION} at most: compile up \
                 to what it reads with --output-name"
            )));
        }
        let greatest = self.greatest(node, value.clone(), &[axis], true)?;
        let below = self.binary(node, Binary::Subtract, greatest, value)?;
        let marks = self.map(node, below, |x| x.then(Unary::IsTiny))?;
        let marks = self.tensor_value(node, marks)?;
        let before = self.running(node, marks.clone(), axis, true, last)?;
        let alone = self.binary(node, Binary::Subtract, marks, before)?;
        let place = self.map(node, alone, |x| x.then(Unary::IsPositive))?;
        self.tensor_value(node, place)
    }

    /// The sum over all places up to each along an axis, or from each on: reads before the first place give zero.
    pub(super) fn running(
        &mut self,
        node: &Node,
        value: Value,
        axis: usize,
        exclusive: bool,
        reverse: bool,
    ) -> Result<Value, CompileError> {
        let size = self.shape_of(&value)[axis];
        if size.saturating_mul(size) > MAX_SELECTION {
            return Err(node.fail(format!("it runs along {size} values; their square may be {MAX_SELECTION} at most")));
        }
        let (tensor, view) = self.read(&node.name, value)?;
        if size == 1 {
            let scale = if exclusive { 0.0 } else { 1.0 };
            let value = Value::Tensor(tensor, view);
            return self.combine_scalar(node, Binary::Multiply, value, scale, false);
        }
        let (mut tensor, mut view) = self.with_plain_axis(node, tensor, view, axis)?;
        // Beyond the axis reads give zero only where it is an axis of the tensor itself.
        let own = AxisMap::variable(view.first_digit(axis));
        let axes = self.lowered.tensor_axes(tensor);
        if !view.maps.iter().zip(axes).any(|(map, &length)| *map == own && length == size) {
            (tensor, view) = self.copy(&node.name, tensor, &view)?;
        }
        let (first, flat) = (view.first_digit(axis), view.flat());
        let mut variables = Variables::default();
        let mut indices = variables.add_all(&flat[..first]);
        let place = variables.add(size);
        let after = variables.add_all(&flat[first + 1..]);
        variables.close_axes();
        let distance = variables.add(size);
        let sign = if reverse { 1 } else { -1 };
        let start = if exclusive { sign } else { 0 };
        let distance = distance.strides.iter().map(|by| Stride { variable: by.variable, stride: sign * by.stride });
        indices.push(AxisMap { offset: start, strides: place.strides.into_iter().chain(distance).collect() });
        indices.extend(after);
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        let product = self.product(&variables, None, values);
        let sum = self.add_sum(&node.name, variables.axes(), vec![product])?;
        Ok(Value::Sum(sum, Function::Variable, View::packed(view.digits)))
    }
}
