//! TopK: the greatest values of an axis in order, and where they are.
//!
//! A value's rank is how many are greater, or equal and before it. With `p[i, j] = [x_j > x_i]` the rank of `i` is
//! `sum_{j > i} p[i, j] + sum_{j < i} (1 - p[j, i])`. What has the rank `k` is the answer `k`. All are tables of exact differences, so
//! that equal values have one answer too.

use ndarray::Array2;

use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] =
    &[Entry::new("TopK", &[1, 10, 11, 24], Kind::Reductions, "the greatest of an axis in order", |lowering, node| {
        lowering.lower_top(node)
    })
    .limited("a constant number, of axes of at most 1024")];

impl Lowering<'_> {
    fn lower_top(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = normalize_axes(node, &[node.integer("axis", -1)], shape.len())?[0];
        let count = match node.integer_given("k") {
            Some(count) => Some(count),
            None => self.input_constant(node, 1)?.as_integers().first().copied(),
        };
        let count =
            count.and_then(|count| usize::try_from(count).ok()).filter(|count| (1..=shape[axis]).contains(count));
        let count =
            count.ok_or_else(|| node.fail("its number of answers is not between 1 and the size of its axis"))?;
        let size = shape[axis];
        if size.saturating_mul(size) > MAX_SELECTION {
            return Err(node.fail(format!(
                "it sorts {size} values; the square of their number may be {MAX_SELECTION} at most: compile up to what it reads \
                 with --output-name"
            )));
        }
        // The axis last, and all others one.
        let order: Vec<usize> = (0..shape.len()).filter(|&other| other != axis).chain([axis]).collect();
        let rows = shape.iter().product::<usize>() / size;
        let value = self.permuted(value, &order)?;
        let value = self.reshaped(node, value, &[rows, size])?;
        let value = self.tensor_value(node, value)?;
        let place = self.places_in_order(node, &value, node.integer("largest", 1) != 0, count)?;
        let wide = self.reshaped(node, value, &[rows, 1, size])?;
        let chosen = self.binary(node, Binary::Multiply, place.clone(), wide)?;
        let values = self.reduce(node, chosen, &[2], false, false)?;
        let numbers = self.number_of_place(node, place, 2, false)?;
        let mut moved: Vec<usize> = order.iter().map(|&axis| shape[axis]).collect();
        moved[shape.len() - 1] = count;
        let mut back: Vec<usize> = (0..shape.len() - 1).collect();
        back.insert(axis, shape.len() - 1);
        let mut restored = |value: Value| -> Result<Value, CompileError> {
            let value = self.reshaped(node, value, &moved)?;
            self.permuted(value, &back)
        };
        let (values, numbers) = (restored(values)?, restored(numbers)?);
        if let Some(name) = node.outputs.get(1) {
            self.values.insert(name.clone(), numbers);
        }
        self.set(node, values)
    }

    /// One where a value is the first, second, ... of its row, for a tensor `[rows, size]`: of shape `[rows, count, size]`.
    fn places_in_order(
        &mut self,
        node: &Node,
        value: &Value,
        largest: bool,
        count: usize,
    ) -> Result<Value, CompileError> {
        let [rows, size] = self.shape_of(value)[..] else { return Err(node.fail("it has no axis to sort")) };
        let own = self.reshaped(node, value.clone(), &[rows, size, 1])?;
        let other = self.reshaped(node, value.clone(), &[rows, 1, size])?;
        let (own, other) = if largest { (own, other) } else { (other, own) };
        let rank = if size == 1 {
            self.map(node, value.clone(), |x| x.combine(Binary::Multiply, &crate::function::Function::Constant(0.0)))?
        } else {
            let ahead = self.binary(node, Binary::Subtract, other, own)?;
            let ahead = self.map(node, ahead, |x| x.then(Unary::IsPositive))?;
            let after = Array2::from_shape_fn((size, size), |(own, other)| f64::from(u8::from(other > own)));
            let after = Value::Constant(Constant::real(after.into_dyn()));
            let ahead = self.binary(node, Binary::Multiply, ahead, after)?;
            let ahead = self.tensor_value(node, ahead)?;
            let greater = self.reduce(node, ahead.clone(), &[2], false, false)?;
            let lesser = self.reduce(node, ahead, &[1], false, false)?;
            let rank = self.binary(node, Binary::Subtract, greater, lesser)?;
            let before = Constant::integers(&(0..size as i64).collect::<Vec<_>>());
            self.binary(node, Binary::Add, rank, Value::Constant(before))?
        };
        let rank = self.tensor_value(node, rank)?;
        let rank = self.reshaped(node, rank, &[rows, 1, size])?;
        let rank = self.expanded(node, rank, &[rows, count, size])?;
        let numbers = Value::Constant(Constant::integers(&(0..count as i64).collect::<Vec<_>>()));
        let numbers = self.reshaped(node, numbers, &[count, 1])?;
        let distance = self.binary(node, Binary::Subtract, rank, numbers)?;
        let place = self.map(node, distance, |x| x.then(Unary::IsZero))?;
        self.tensor_value(node, place)
    }
}
