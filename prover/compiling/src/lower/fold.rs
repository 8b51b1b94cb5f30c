//! Arithmetic on constants alone: what exporters leave in a graph to compute shapes and scales.

use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::onnx::Node;

impl Lowering<'_> {
    /// Whether every input that is there is constant.
    pub(super) fn is_constant(&self, node: &Node) -> bool {
        let known = |name: &&String| !name.is_empty();
        node.inputs.iter().filter(known).all(|name| matches!(self.values.get(name), Some(Value::Constant(_))))
    }

    fn input_constant(&self, node: &Node, index: usize) -> Result<Constant, CompileError> {
        self.constant(node, index)?.ok_or_else(|| node.fail(format!("input {index} is missing")))
    }

    /// A pointwise operator on a constant.
    pub(super) fn fold_unary(&mut self, node: &Node, unary: Unary) -> Result<(), CompileError> {
        let constant = self.input_constant(node, 0)?;
        self.set(node, Value::Constant(Constant { data: constant.data.mapv(|x| unary.apply(x)), ..constant }))
    }

    /// Arithmetic of two constants.
    pub(super) fn fold_binary(&mut self, node: &Node, binary: Binary) -> Result<(), CompileError> {
        let (left, right) = (self.input_constant(node, 0)?, self.input_constant(node, 1)?);
        let integer = left.integer && right.integer;
        let rank = left.data.ndim().max(right.data.ndim());
        let wide = |data: &ndarray::ArrayD<f64>| [vec![1; rank - data.ndim()], data.shape().to_vec()].concat();
        let (a, b) = (wide(&left.data), wide(&right.data));
        let shape: Vec<usize> = a.iter().zip(&b).map(|(&a, &b)| if a == 1 { b } else { a }).collect();
        checked_count(&node.name, &shape)?;
        let fail = || node.fail("its operands have shapes that do not fit");
        let (a, b) = (left.broadcast(&shape).ok_or_else(fail)?, right.broadcast(&shape).ok_or_else(fail)?);
        let apply = |a: f64, b: f64| {
            let result = binary.apply(a, b);
            if integer { result.trunc() } else { result }
        };
        let data = ndarray::Zip::from(&a).and(&b).map_collect(|&a, &b| apply(a, b));
        if data.iter().any(|value| value.is_nan()) {
            return Err(node.fail("it computes a NaN from constants"));
        }
        self.set(node, Value::Constant(Constant { data, integer }))
    }

    /// Shape: constant, since all shapes are fixed.
    pub(super) fn lower_shape(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape: Vec<i64> = self.shape_of(&value).iter().map(|&size| size as i64).collect();
        let rank = shape.len() as i64;
        let bound = |name: &str, default: i64| {
            let index = node.integer(name, default);
            (if index < 0 { index.saturating_add(rank) } else { index }).clamp(0, rank) as usize
        };
        let (start, end) = (bound("start", 0), bound("end", rank));
        let part = shape.get(start..end).unwrap_or_default();
        self.set(node, Value::Constant(Constant::integers(part)))
    }

    /// Constant.
    pub(super) fn lower_constant(&mut self, node: &Node) -> Result<(), CompileError> {
        let constant = node.value().ok_or_else(|| node.fail("its value is missing or of an unsupported kind"))??;
        self.set(node, Value::Constant(constant))
    }

    /// ConstantOfShape.
    pub(super) fn fold_constant_of_shape(&mut self, node: &Node) -> Result<(), CompileError> {
        let sizes = self.input_constant(node, 0)?.as_integers();
        let shape: Option<Vec<usize>> = sizes.iter().map(|&size| usize::try_from(size).ok()).collect();
        let shape = shape.ok_or_else(|| node.fail("it has a negative size"))?;
        checked_count(&node.name, &shape)?;
        let fill = node.value().transpose()?;
        let value =
            fill.as_ref().map_or(Some(0.0), Constant::scalar).ok_or_else(|| node.fail("its value is not a scalar"))?;
        let integer = fill.is_some_and(|fill| fill.integer);
        self.set(node, Value::Constant(Constant { data: ndarray::ArrayD::from_elem(shape, value), integer }))
    }

    /// Cast of constants; of values where it keeps floats.
    pub(super) fn lower_cast(&mut self, node: &Node) -> Result<(), CompileError> {
        let float = matches!(node.integer("to", 1), 1 | 11);
        match self.value(node, 0)? {
            Value::Constant(constant) if float => self.set(node, Value::Constant(Constant::real(constant.data))),
            Value::Constant(constant) if matches!(node.integer("to", 1), 6 | 7) => {
                self.set(node, Value::Constant(Constant { data: constant.data.mapv(f64::trunc), integer: true }))
            }
            value if float => self.set(node, value),
            _ => Err(node.fail("only casts to floats are supported")),
        }
    }

    /// Gather from a constant.
    pub(super) fn fold_gather(&mut self, node: &Node) -> Result<(), CompileError> {
        let (data, indices) = (self.input_constant(node, 0)?, self.input_constant(node, 1)?);
        let axis = normalize_axes(node, &[node.integer("axis", 0)], data.data.ndim())?[0];
        if indices.data.ndim() > 1 {
            return Err(node.fail("its indices must be a scalar or a vector"));
        }
        let size = data.data.shape()[axis] as i64;
        let wrap = |index: i64| {
            usize::try_from(if index < 0 { index.saturating_add(size) } else { index })
                .ok()
                .filter(|&index| index < size as usize)
        };
        let positions: Option<Vec<usize>> = indices.as_integers().into_iter().map(wrap).collect();
        let positions = positions.ok_or_else(|| node.fail("an index is out of range"))?;
        let mut shape = data.data.shape().to_vec();
        shape[axis] = positions.len();
        checked_count(&node.name, &shape)?;
        let mut selected = data.data.select(ndarray::Axis(axis), &positions);
        if indices.data.ndim() == 0 {
            selected = selected.index_axis_move(ndarray::Axis(axis), 0);
        }
        self.set(node, Value::Constant(Constant { data: selected, ..data }))
    }

    /// Concat of constants.
    pub(super) fn fold_concat(&mut self, node: &Node) -> Result<(), CompileError> {
        let constants =
            (0..node.inputs.len()).map(|index| self.input_constant(node, index)).collect::<Result<Vec<_>, _>>()?;
        let first = constants.first().ok_or_else(|| node.fail("it has no inputs"))?;
        let axis = normalize_axes(node, &[node.integer("axis", 0)], first.data.ndim())?[0];
        let views: Vec<_> = constants.iter().map(|constant| constant.data.view()).collect();
        let data = ndarray::concatenate(ndarray::Axis(axis), &views).map_err(|error| node.fail(error.to_string()))?;
        checked_count(&node.name, data.shape())?;
        let integer = first.integer;
        self.set(node, Value::Constant(Constant { data: super::shape::standard(data), integer }))
    }
}
