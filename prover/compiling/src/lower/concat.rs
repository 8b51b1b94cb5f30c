//! Concat and Pad: sums of views that reach into zeros.

use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::float_model::Product;
use crate::function::{Binary, Function};
use crate::limits::MAX_SELECTION;
use crate::node::Node;
use crate::operator::Kind;
use crate::view::{View, common_digits, radix};
use hallmark_circuits::model::{Access, AxisMap};

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Concat", &[4, 11, 13], Kind::Shapes, "several in a row", |lowering, node| lowering.lower_concat(node))
        .folding(),
    Entry::new("Pad", &[2, 11, 13, 18, 19, 21, 23, 24, 25], Kind::Shapes, "a border around", |lowering, node| {
        lowering.lower_pad(node)
    })
    .folding()
    .limited("constant pads"),
];

impl Lowering<'_> {
    /// Concat.
    pub(super) fn lower_concat(&mut self, node: &Node) -> Result<(), CompileError> {
        if self.is_constant(node) {
            return self.fold_concat(node);
        }
        let mut values = (0..node.inputs.len()).map(|index| self.value(node, index)).collect::<Result<Vec<_>, _>>()?;
        // A part without values, such as a split leaves over, adds nothing.
        values.retain(|value| !matches!(value, Value::Constant(constant) if constant.data.is_empty()));
        let rank = values.first().map_or(0, |value| self.shape_of(value).len());
        let axis = normalize_axes(node, &[node.integer("axis", 0)], rank)?[0];
        let value = self.joined(node, values, axis)?;
        self.set(node, value)
    }

    /// Values in a row along an axis.
    pub(super) fn joined(&mut self, node: &Node, values: Vec<Value>, axis: usize) -> Result<Value, CompileError> {
        let shapes: Vec<Vec<usize>> = values.iter().map(|value| self.shape_of(value)).collect();
        if let [_] = shapes[..] {
            return values.into_iter().next().ok_or_else(|| node.fail("it has no inputs"));
        }
        let mut parts = vec![];
        let mut constants = vec![];
        for (index, value) in values.into_iter().enumerate() {
            match value {
                Value::Constant(constant) => constants.push((index, constant)),
                value => parts.push((index, self.read(&node.name, value)?)),
            }
        }
        if shapes.is_empty() {
            return Err(node.fail("it has no inputs"));
        }
        if parts.is_empty() {
            let constants: Vec<_> = constants.into_iter().map(|(_, constant)| constant).collect();
            return super::fold::concatenated(node, &constants, axis).map(Value::Constant);
        }
        let fits = |shape: &Vec<usize>| {
            shape.len() == shapes[0].len()
                && (0..shape.len()).all(|other| other == axis || shape[other] == shapes[0][other])
        };
        if !shapes.iter().all(fits) {
            return Err(node.fail("its inputs have shapes that do not fit"));
        }
        let starts: Vec<usize> =
            (0..shapes.len()).map(|index| shapes[..index].iter().map(|shape| shape[axis]).sum()).collect();
        let mut shape = shapes[0].clone();
        shape[axis] = shapes.iter().map(|shape| shape[axis]).sum();
        checked_count(&node.name, &shape)?;
        let digits = joined_digits(&parts, axis, shape[axis])
            .ok_or_else(|| node.fail("its inputs come from reshapes whose axes do not line up"))?;
        let mut products = vec![];
        for (index, (tensor, view)) in parts {
            products.push(self.place(node, tensor, &view, axis, starts[index], &digits)?);
        }
        let view = View::packed(digits);
        let sum = self.add_sum(&node.name, view.packed_axes(), products)?;
        let mut value = Value::Sum(sum, Function::Variable, view);
        for (index, constant) in constants {
            let wide = pad_constant(&constant, axis, starts[index], shape[axis]);
            value = self.combine_array(node, Binary::Add, value, &wide)?;
        }
        Ok(value)
    }

    /// One input of a concatenation: zero but for its place along the axis.
    fn place(
        &mut self,
        node: &Node,
        tensor: usize,
        view: &View,
        axis: usize,
        start: usize,
        digits: &[Vec<usize>],
    ) -> Result<Product, CompileError> {
        let fail = || node.fail("its inputs come from reshapes whose axes do not line up");
        let own = view.digits[axis].clone();
        let mut finer = digits.to_vec();
        finer[axis] = own.clone();
        let view = view.refine(finer).ok_or_else(fail)?;
        let total: usize = digits[axis].iter().product();
        let size: usize = own.iter().product();
        // A single input of size 1 stays where it is.
        if total == 1 {
            return Ok(self.read_digits(tensor, &view, 1.0));
        }
        if own.len() == 1 {
            if let Some(padded) = view.pad(axis, start, total - start - size, self.lowered.tensor_axes(tensor)) {
                return Ok(self.read_digits(tensor, &padded, 1.0));
            }
            let (tensor, view) = self.copy(&node.name, tensor, &view)?;
            let padded =
                view.pad(axis, start, total - start - size, self.lowered.tensor_axes(tensor)).ok_or_else(fail)?;
            return Ok(self.read_digits(tensor, &padded, 1.0));
        }
        self.select(node, tensor, &view, axis, start, total)
    }

    /// Places a composite axis with a matrix of zeros and ones.
    fn select(
        &mut self,
        node: &Node,
        tensor: usize,
        view: &View,
        axis: usize,
        start: usize,
        total: usize,
    ) -> Result<Product, CompileError> {
        let own = &view.digits[axis];
        let size: usize = own.iter().product();
        if size.saturating_mul(total) > MAX_SELECTION {
            return Err(node.fail("it joins an axis that a reshape has merged from several, and that is too large to be moved cell by cell"));
        }
        let data = (0..total * size).map(|index| f64::from(u8::from(index / size == start + index % size))).collect();
        let source = self.add_weights(&node.name, vec![total, size], data);
        let first = view.first_digit(axis);
        let flat = view.flat();
        let free = flat.len() - own.len() + usize::from(total > 1);
        let index = |digit: usize| match digit {
            digit if digit < first => AxisMap::variable(digit),
            digit if digit < first + own.len() => AxisMap::variable(free + digit - first),
            digit => AxisMap::variable(digit - own.len() + 1),
        };
        let indices: Vec<AxisMap> = (0..flat.len()).map(index).collect();
        let weights = Access { source, axes: vec![AxisMap::variable(first), radix(own, free)] };
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        Ok(Product::new(own.clone(), Some(weights), Some(values)))
    }

    /// Pad with a constant. What a negative pad takes away is taken first.
    pub(super) fn lower_pad(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        let mut shape = self.shape_of(&value);
        let pads = self.integers(node, "pads", 1)?.ok_or_else(|| node.fail("its pads are missing"))?;
        let fill = match self.constant(node, 2)? {
            Some(constant) => constant.scalar().ok_or_else(|| node.fail("its value is not a scalar"))?,
            None => node.real("value", 0.0),
        };
        let axes = match self.constant(node, 3)? {
            Some(axes) => normalize_axes(node, &axes.as_integers(), shape.len())?,
            None => (0..shape.len()).collect(),
        };
        if pads.len() != 2 * axes.len() || pads.iter().any(|pad| !(-(1 << 24)..1 << 24).contains(pad)) {
            return Err(node.fail("its pads must be two numbers an axis"));
        }
        for (index, &axis) in axes.iter().enumerate() {
            let [before, after] = [index, axes.len() + index].map(|index| pads[index].min(0).unsigned_abs() as usize);
            if before + after == 0 {
                continue;
            }
            let kept = shape[axis].checked_sub(before + after).filter(|&kept| kept > 0);
            let kept = kept.ok_or_else(|| node.fail("its negative pads leave nothing of an axis"))?;
            value = self.picked(node, value, axis, &(before..before + kept).collect::<Vec<_>>())?;
            shape[axis] = kept;
        }
        let pads: Vec<i64> = pads.iter().map(|&pad| pad.max(0)).collect();
        let mode = node.text("mode", "constant");
        if mode != "constant" {
            return self.lower_mirrored(node, value, &axes, &pads, &mode);
        }
        let mut inside = Constant::real(ndarray::ArrayD::from_elem(shape, 1.0));
        for (index, &axis) in axes.iter().enumerate() {
            let (before, after) = (pads[index] as usize, pads[axes.len() + index] as usize);
            if before + after > 0 {
                let total = inside.data.shape()[axis] + before + after;
                let mut padded = inside.data.shape().to_vec();
                padded[axis] = total;
                checked_count(&node.name, &padded)?;
                inside = pad_constant(&inside, axis, before, total);
                value = self.padded(node, value, axis, before, total)?;
            }
        }
        if fill != 0.0 {
            if !fill.is_finite() && !matches!(value, Value::Constant(_)) {
                return Err(node.fail("it pads with infinities; use a large finite number, such as -1e4"));
            }
            let outside = inside.data.mapv(|inside| if inside == 1.0 { 0.0 } else { fill });
            value = self.binary(node, Binary::Add, value, Value::Constant(Constant::real(outside)))?;
        }
        self.set(node, value)
    }

    /// Pad with values of the input itself: each axis is read at more indices than it has.
    fn lower_mirrored(
        &mut self,
        node: &Node,
        mut value: Value,
        axes: &[usize],
        pads: &[i64],
        mode: &str,
    ) -> Result<(), CompileError> {
        for (index, &axis) in axes.iter().enumerate() {
            let mut shape = self.shape_of(&value);
            let size = shape[axis] as i64;
            let (before, after) = (pads[index], pads[axes.len() + index]);
            shape[axis] = (before + size + after) as usize;
            checked_count(&node.name, &shape)?;
            let place = |at: i64| match mode {
                "edge" => Some(at.clamp(0, size - 1)),
                "wrap" => Some(at.rem_euclid(size)),
                "reflect" if size == 1 => Some(0),
                "reflect" => {
                    let at = at.rem_euclid(2 * (size - 1));
                    Some(at.min(2 * (size - 1) - at))
                }
                _ => None,
            };
            let indices: Option<Vec<usize>> =
                (-before..size + after).map(|at| place(at).map(|at| at as usize)).collect();
            let indices = indices.ok_or_else(|| node.fail(format!("its mode `{mode}` is not known")))?;
            value = self.picked(node, value, axis, &indices)?;
        }
        self.set(node, value)
    }

    /// A value with zeros before and after an axis.
    pub(super) fn padded(
        &mut self,
        node: &Node,
        value: Value,
        axis: usize,
        before: usize,
        total: usize,
    ) -> Result<Value, CompileError> {
        if let Value::Constant(constant) = value {
            return Ok(Value::Constant(pad_constant(&constant, axis, before, total)));
        }
        let (tensor, view) = self.read(&node.name, value)?;
        let size = view.shape()[axis];
        if let Some(view) = view.pad(axis, before, total - before - size, self.lowered.tensor_axes(tensor)) {
            return Ok(Value::Tensor(tensor, view));
        }
        let mut digits = view.digits.clone();
        digits[axis] = vec![total];
        let product = self.place(node, tensor, &view, axis, before, &digits)?;
        let view = View::packed(digits);
        let sum = self.add_sum(&node.name, view.packed_axes(), vec![product])?;
        Ok(Value::Sum(sum, Function::Variable, view))
    }
}

/// The digits of a concatenation.
fn joined_digits(parts: &[(usize, (usize, View))], axis: usize, total: usize) -> Option<Vec<Vec<usize>>> {
    let mut digits = parts.first()?.1.1.digits.clone();
    for (_, (_, view)) in parts {
        for (other, own) in view.digits.iter().enumerate().filter(|(other, _)| *other != axis) {
            digits[other] = common_digits(&digits[other], own)?;
        }
    }
    digits[axis] = if total == 1 { vec![] } else { vec![total] };
    Some(digits)
}

/// A constant with zeros before and after it along an axis.
fn pad_constant(constant: &Constant, axis: usize, start: usize, total: usize) -> Constant {
    let mut shape = constant.data.shape().to_vec();
    let size = shape[axis];
    shape[axis] = total;
    let mut data = ndarray::ArrayD::zeros(shape);
    data.slice_axis_mut(ndarray::Axis(axis), ndarray::Slice::from(start..start + size)).assign(&constant.data);
    Constant { data, integer: constant.integer }
}
