//! Sums and means over axes.

use hallmark_circuits::model::{Access, AxisMap};

use super::operator::{Kind, Operator};
use super::shape::normalize_axes;
use super::variables::Variables;
use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::Function;
use crate::node::Node;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Operator] = &[
    Operator::new("ReduceMean", &[1, 11, 13, 18], Kind::Reductions, "mean over axes", |lowering, node| {
        lowering.lower_reduce(node, true)
    }),
    Operator::new("ReduceSum", &[1, 11, 13], Kind::Reductions, "sum over axes", |lowering, node| {
        lowering.lower_reduce(node, false)
    }),
    Operator::new("GlobalAveragePool", &[1, 22], Kind::Reductions, "mean of each channel", |lowering, node| {
        lowering.lower_global_average_pool(node)
    }),
];

impl Lowering<'_> {
    /// ReduceSum and ReduceMean.
    pub(super) fn lower_reduce(&mut self, node: &Node, mean: bool) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let rank = self.shape_of(&value).len();
        let axes = self.integers(node, "axes", 1)?.filter(|axes| !axes.is_empty());
        if axes.is_none() && node.integer("noop_with_empty_axes", 0) != 0 {
            return self.set(node, value);
        }
        let axes = axes.unwrap_or_else(|| (0..rank as i64).collect());
        let axes = normalize_axes(node, &axes, rank)?;
        let keep = node.integer("keepdims", 1) != 0;
        self.reduce(node, value, &axes, keep, mean)
    }

    /// GlobalAveragePool.
    pub(super) fn lower_global_average_pool(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let axes: Vec<usize> = (2..self.shape_of(&value).len()).collect();
        self.reduce(node, value, &axes, true, true)
    }

    fn reduce(
        &mut self,
        node: &Node,
        value: Value,
        axes: &[usize],
        keep: bool,
        mean: bool,
    ) -> Result<(), CompileError> {
        let (tensor, view) = self.read(&node.name, value)?;
        let shape = view.shape();
        let mut indices = vec![vec![]; shape.len()];
        let mut variables = Variables::default();
        for axis in (0..shape.len()).filter(|axis| !axes.contains(axis)) {
            indices[axis] = variables.add_all(&view.digits[axis]);
        }
        variables.close_axes();
        for &axis in axes {
            indices[axis] = variables.add_all(&view.digits[axis]);
        }
        let indices: Vec<AxisMap> = indices.concat();
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        let mut product = self.product(&variables, None, values);
        if mean {
            product.coefficient /= axes.iter().map(|&axis| shape[axis] as f64).product::<f64>();
        }
        let sum = self.add_sum(&node.name, variables.axes(), vec![product])?;
        let kept = (0..shape.len()).filter(|axis| keep || !axes.contains(axis));
        let digits = kept.map(|axis| if axes.contains(&axis) { vec![] } else { view.digits[axis].clone() });
        self.set(node, Value::Sum(sum, Function::Variable, View::packed(digits.collect())))
    }
}
