//! Operators that only move values: they change the view.

use hallmark_circuits::model::{Access, AxisMap};

use super::entry::Entry;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::function::Function;
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;
use crate::view::{View, radix};

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Reshape", &[5, 13, 14, 19, 21, 23, 24, 25], Kind::Shapes, "another shape", |lowering, node| {
        lowering.lower_reshape(node)
    })
    .folding()
    .limited("constant shape"),
    Entry::new("Flatten", &[1, 9, 11, 13, 21, 23, 24, 25], Kind::Shapes, "a matrix", |lowering, node| {
        lowering.lower_flatten(node)
    })
    .folding(),
    Entry::new("Squeeze", &[1, 11, 13, 21, 23, 24, 25], Kind::Shapes, "without axes of size 1", |lowering, node| {
        lowering.lower_squeeze(node)
    })
    .folding(),
    Entry::new(
        "Unsqueeze",
        &[1, 11, 13, 21, 23, 24, 25],
        Kind::Shapes,
        "with more axes of size 1",
        |lowering, node| lowering.lower_unsqueeze(node),
    )
    .folding(),
    Entry::new("Transpose", &[1, 13, 21, 23, 24, 25], Kind::Shapes, "axes in another order", |lowering, node| {
        lowering.lower_transpose(node)
    })
    .folding(),
];

impl Lowering<'_> {
    /// Reshape.
    pub(super) fn lower_reshape(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let target = self.integers(node, "shape", 1)?.ok_or_else(|| node.fail("its shape is missing"))?;
        let copy_zero = node.integer("allowzero", 0) == 0;
        let shape = resolve_shape(node, &self.shape_of(&value), &target, copy_zero)?;
        let value = self.reshaped(node, value, &shape)?;
        self.set(node, value)
    }

    /// Flatten.
    pub(super) fn lower_flatten(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axis = node.integer("axis", 1);
        let axis = if axis < 0 { axis + shape.len() as i64 } else { axis };
        let axis = usize::try_from(axis)
            .ok()
            .filter(|&axis| axis <= shape.len())
            .ok_or_else(|| node.fail("its axis is out of range"))?;
        let shape = [shape[..axis].iter().product(), shape[axis..].iter().product()];
        let value = self.reshaped(node, value, &shape)?;
        self.set(node, value)
    }

    /// Squeeze.
    pub(super) fn lower_squeeze(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axes = match self.integers(node, "axes", 1)? {
            Some(axes) => normalize_axes(node, &axes, shape.len())?,
            None => (0..shape.len()).filter(|&axis| shape[axis] == 1).collect(),
        };
        if axes.iter().any(|&axis| shape[axis] != 1) {
            return Err(node.fail("it squeezes an axis that is not of size 1"));
        }
        let kept: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
        let value = self.reshaped(node, value, &kept)?;
        self.set(node, value)
    }

    /// Unsqueeze.
    pub(super) fn lower_unsqueeze(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let axes = self.integers(node, "axes", 1)?.ok_or_else(|| node.fail("its axes are missing"))?;
        let rank = shape.len() + axes.len();
        let axes = normalize_axes(node, &axes, rank)?;
        let mut old = shape.into_iter();
        let wide: Vec<usize> =
            (0..rank).map(|axis| if axes.contains(&axis) { 1 } else { old.next().unwrap_or(1) }).collect();
        let value = self.reshaped(node, value, &wide)?;
        self.set(node, value)
    }

    /// Transpose.
    pub(super) fn lower_transpose(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let rank = self.shape_of(&value).len();
        let order = match node.integers("perm") {
            Some(order) => normalize_axes(node, &order, rank)?,
            None => (0..rank).rev().collect(),
        };
        if order.len() != rank {
            return Err(node.fail("its permutation has the wrong length"));
        }
        let value = self.permuted(value, &order)?;
        self.set(node, value)
    }

    /// A value without an axis of size 1.
    pub(super) fn drop_axis(&mut self, node: &Node, value: Value, axis: usize) -> Result<Value, CompileError> {
        let mut shape = self.shape_of(&value);
        shape.remove(axis);
        self.reshaped(node, value, &shape)
    }

    /// A value under another shape.
    pub(super) fn reshaped(&mut self, node: &Node, value: Value, shape: &[usize]) -> Result<Value, CompileError> {
        checked_count(&node.name, shape)?;
        if self.shape_of(&value).iter().product::<usize>() != shape.iter().product::<usize>() {
            return Err(node.fail("its shapes have different numbers of values"));
        }
        let fail = || node.fail("its reshape cannot be followed");
        match value {
            Value::Constant(constant) => {
                let data = constant.data.to_shape(ndarray::IxDyn(shape)).map_err(|_| fail())?.to_owned();
                Ok(Value::Constant(Constant { data, ..constant }))
            }
            Value::Tensor(tensor, view) => match view.reshape(shape) {
                Some(view) => Ok(Value::Tensor(tensor, view)),
                None => self.flattened(node, tensor, &view, shape),
            },
            Value::Sum(sum, function, view) => match view.reshape(shape) {
                Some(view) => Ok(Value::Sum(sum, function, view)),
                None => {
                    let (tensor, view) = self.read(&node.name, Value::Sum(sum, function, view))?;
                    self.flattened(node, tensor, &view, shape)
                }
            },
        }
    }

    /// Moves all values to one axis with a matrix of zeros and ones: the last resort.
    fn flattened(&mut self, node: &Node, tensor: usize, view: &View, shape: &[usize]) -> Result<Value, CompileError> {
        let digits = view.flat();
        let size: usize = digits.iter().product();
        if size.saturating_mul(size) > MAX_SELECTION {
            return Err(
                node.fail("its reshape regroups the axes of a tensor that is too large to be moved cell by cell")
            );
        }
        let data = (0..size * size).map(|index| f64::from(u8::from(index / size == index % size))).collect();
        let source = self.add_weights(&node.name, vec![size, size], data);
        let indices: Vec<AxisMap> = (1..=digits.len()).map(AxisMap::variable).collect();
        let weights = Access { source, axes: vec![AxisMap::variable(0), radix(&digits, 1)] };
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        let product = crate::float_model::Product::new(digits, Some(weights), Some(values));
        let sum = self.add_sum(&node.name, vec![size], vec![product])?;
        let view = View::plain(&[size]).reshape(shape).ok_or_else(|| node.fail("its reshape cannot be followed"))?;
        Ok(Value::Sum(sum, Function::Variable, view))
    }

    /// A value with its axes in another order.
    pub(super) fn permuted(&mut self, value: Value, order: &[usize]) -> Result<Value, CompileError> {
        Ok(match value {
            Value::Constant(constant) => {
                Value::Constant(Constant { data: standard(constant.data.permuted_axes(order)), ..constant })
            }
            Value::Tensor(tensor, view) => Value::Tensor(tensor, view.permute(order)),
            Value::Sum(sum, function, view) => Value::Sum(sum, function, view.permute(order)),
        })
    }
}

/// Axes counted from the front, each in range and named once.
pub(super) fn normalize_axes(node: &Node, axes: &[i64], rank: usize) -> Result<Vec<usize>, CompileError> {
    let normal = |&axis: &i64| {
        let axis = if axis < 0 { axis.checked_add(rank as i64)? } else { axis };
        usize::try_from(axis).ok().filter(|&axis| axis < rank)
    };
    let normalized: Option<Vec<usize>> = axes.iter().map(normal).collect();
    let normalized = normalized.ok_or_else(|| node.fail("an axis is out of range"))?;
    let repeated = (1..normalized.len()).any(|index| normalized[..index].contains(&normalized[index]));
    if repeated { Err(node.fail("an axis is named twice")) } else { Ok(normalized) }
}

/// A row-major copy.
pub(super) fn standard(data: ndarray::ArrayD<f64>) -> ndarray::ArrayD<f64> {
    data.as_standard_layout().into_owned()
}

fn resolve_shape(node: &Node, old: &[usize], target: &[i64], copy_zero: bool) -> Result<Vec<usize>, CompileError> {
    let fail = || node.fail("its shape does not fit its input");
    let total: usize = old.iter().product();
    let mut shape = vec![];
    for (axis, &size) in target.iter().enumerate() {
        shape.push(match size {
            0 if copy_zero => *old.get(axis).ok_or_else(fail)?,
            -1 => 0,
            size => usize::try_from(size).map_err(|_| fail())?,
        });
    }
    let known = shape
        .iter()
        .filter(|&&size| size != 0)
        .try_fold(1usize, |product, &size| product.checked_mul(size))
        .ok_or_else(fail)?;
    match target.iter().filter(|&&size| size == -1).count() {
        0 => {}
        1 if total.is_multiple_of(known) => {
            shape.iter_mut().zip(target).filter(|(_, size)| **size == -1).for_each(|(size, _)| *size = total / known)
        }
        _ => return Err(fail()),
    }
    Ok(shape)
}

/// The shape that two shapes broadcast to.
pub(super) fn broadcast_shape(left: &[usize], right: &[usize]) -> Option<Vec<usize>> {
    let rank = left.len().max(right.len());
    let size = |shape: &[usize], axis: usize| axis.checked_sub(rank - shape.len()).map_or(1, |axis| shape[axis]);
    (0..rank)
        .map(|axis| match (size(left, axis), size(right, axis)) {
            (a, b) if a == b || b == 1 => Some(a),
            (1, b) => Some(b),
            _ => None,
        })
        .collect()
}
