//! Reductions over axes: sums and extrema, and functions of them.

use hallmark_circuits::model::{Access, AxisMap};
use ndarray::Axis;

use super::entry::Entry;
use super::shape::normalize_axes;
use super::variables::Variables;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// What is computed over axes.
#[derive(Clone, Copy, PartialEq)]
enum Reduction {
    Greatest,
    Least,
    Sum,
    Mean,
    Product,
    /// The sum of absolute values.
    Length,
    SumOfSquares,
    /// The root of the sum of squares.
    Norm,
    LogOfSum,
    LogOfSumOfExponentials,
}

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("ReduceMax", &[1, 11, 12, 13, 18, 20], Kind::Reductions, "greatest over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::Greatest)
    })
    .folding(),
    Entry::new("ReduceMin", &[1, 11, 12, 13, 18, 20], Kind::Reductions, "least over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::Least)
    })
    .folding(),
    Entry::new("ReduceSum", &[1, 11, 13], Kind::Reductions, "sum over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::Sum)
    }),
    Entry::new("ReduceMean", &[1, 11, 13, 18], Kind::Reductions, "mean over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::Mean)
    }),
    Entry::new("ReduceProd", &[1, 11, 13, 18], Kind::Reductions, "product over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::Product)
    }),
    Entry::new("ReduceL1", &[1, 11, 13, 18], Kind::Reductions, "sum of absolute values over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::Length)
    }),
    Entry::new("ReduceL2", &[1, 11, 13, 18], Kind::Reductions, "Euclidean norm over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::Norm)
    }),
    Entry::new("ReduceSumSquare", &[1, 11, 13, 18], Kind::Reductions, "sum of squares over axes", |lowering, node| {
        lowering.lower_reduction(node, Reduction::SumOfSquares)
    }),
    Entry::new(
        "ReduceLogSum",
        &[1, 11, 13, 18, 28],
        Kind::Reductions,
        "logarithm of the sum over axes",
        |lowering, node| lowering.lower_reduction(node, Reduction::LogOfSum),
    ),
    Entry::new(
        "ReduceLogSumExp",
        &[1, 11, 13, 18, 28],
        Kind::Reductions,
        "logarithm of the sum of exponentials over axes",
        |lowering, node| lowering.lower_reduction(node, Reduction::LogOfSumOfExponentials),
    ),
    Entry::new("GlobalAveragePool", &[1, 22], Kind::Reductions, "mean of each channel", |lowering, node| {
        lowering.lower_global_average_pool(node)
    }),
];

impl Lowering<'_> {
    fn lower_reduction(&mut self, node: &Node, reduction: Reduction) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let rank = self.shape_of(&value).len();
        let axes = self.integers(node, "axes", 1)?.filter(|axes| !axes.is_empty());
        let axes = match axes {
            None if node.flag("noop_with_empty_axes") => vec![],
            None => (0..rank).collect(),
            Some(axes) => normalize_axes(node, &axes, rank)?,
        };
        let keep = node.integer("keepdims", 1) != 0;
        let value = self.reduction(node, value, &axes, keep, reduction)?;
        self.set(node, value)
    }

    fn reduction(
        &mut self,
        node: &Node,
        value: Value,
        axes: &[usize],
        keep: bool,
        reduction: Reduction,
    ) -> Result<Value, CompileError> {
        let two = Function::Constant(2.0);
        if let (Value::Constant(constant), Reduction::Greatest | Reduction::Least) = (&value, reduction) {
            return extremum(node, constant, axes, keep, reduction == Reduction::Greatest).map(Value::Constant);
        }
        match reduction {
            Reduction::Greatest => self.greatest(node, value, axes, keep),
            Reduction::Least => {
                let negated = self.map(node, value, |x| x.then(Unary::Negate))?;
                let greatest = self.greatest(node, negated, axes, keep)?;
                self.map(node, greatest, |x| x.then(Unary::Negate))
            }
            Reduction::Sum => self.reduce(node, value, axes, keep, false),
            Reduction::Mean => self.reduce(node, value, axes, keep, true),
            Reduction::Product => self.product_over(node, value, axes, keep),
            Reduction::Length => {
                let lengths = self.map(node, value, |x| x.then(Unary::Abs))?;
                self.reduce(node, lengths, axes, keep, false)
            }
            Reduction::SumOfSquares => {
                let squares = self.map(node, value, |x| x.combine(Binary::Power, &two))?;
                self.reduce(node, squares, axes, keep, false)
            }
            Reduction::Norm => {
                let sum = self.reduction(node, value, axes, keep, Reduction::SumOfSquares)?;
                self.map(node, sum, |x| x.then(Unary::Sqrt))
            }
            Reduction::LogOfSum => {
                let sum = self.reduce(node, value, axes, keep, false)?;
                self.map(node, sum, |x| x.then(Unary::Log))
            }
            Reduction::LogOfSumOfExponentials => self.log_sum_exp(node, value, axes, keep),
        }
    }

    /// The product over axes, by halving: each half is multiplied with the other, and what is left of an odd number with the rest.
    fn product_over(&mut self, node: &Node, value: Value, axes: &[usize], keep: bool) -> Result<Value, CompileError> {
        let shape = self.shape_of(&value);
        let order: Vec<usize> =
            (0..shape.len()).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect();
        let kept: Vec<usize> = order[..shape.len() - axes.len()].iter().map(|&axis| shape[axis]).collect();
        let mut size: usize = axes.iter().map(|&axis| shape[axis]).product();
        let moved = self.permuted(value, &order)?;
        let mut value = self.reshaped(node, moved, &[&kept[..], &[size]].concat())?;
        let mut rest: Option<Value> = None;
        while size > 1 {
            let part = |this: &mut Self, from: usize, to: usize| {
                this.picked(node, value.clone(), kept.len(), &(from..to).collect::<Vec<_>>())
            };
            let half = size / 2;
            let (first, second) = (part(self, 0, half)?, part(self, half, 2 * half)?);
            if size % 2 == 1 {
                let odd = part(self, size - 1, size)?;
                rest = Some(match rest {
                    Some(rest) => self.multiplied(node, rest, odd)?,
                    None => odd,
                });
            }
            value = self.multiplied(node, first, second)?;
            value = self.tensor_value(node, value)?;
            size = half;
        }
        if let Some(rest) = rest {
            value = self.multiplied(node, value, rest)?;
        }
        let left = (0..shape.len()).filter(|axis| keep || !axes.contains(axis));
        let target: Vec<usize> = left.map(|axis| if axes.contains(&axis) { 1 } else { shape[axis] }).collect();
        self.reshaped(node, value, &target)
    }

    /// `m + log(sum exp(x - m))` with the greatest value `m`, so that no exponential exceeds 1.
    pub(super) fn log_sum_exp(
        &mut self,
        node: &Node,
        value: Value,
        axes: &[usize],
        keep: bool,
    ) -> Result<Value, CompileError> {
        let greatest = self.greatest(node, value.clone(), axes, true)?;
        let below = self.binary(node, Binary::Subtract, value, greatest.clone())?;
        let exponentials = self.map(node, below, |x| x.then(Unary::Exp))?;
        let sum = self.reduce(node, exponentials, axes, true, false)?;
        let logarithm = self.map(node, sum, |x| x.then(Unary::Log))?;
        let whole = self.binary(node, Binary::Add, logarithm, greatest)?;
        if keep {
            return Ok(whole);
        }
        let shape = self.shape_of(&whole);
        let left: Vec<usize> = (0..shape.len()).filter(|axis| !axes.contains(axis)).map(|axis| shape[axis]).collect();
        self.reshaped(node, whole, &left)
    }

    /// GlobalAveragePool.
    pub(super) fn lower_global_average_pool(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let axes: Vec<usize> = (2..self.shape_of(&value).len()).collect();
        let value = self.reduce(node, value, &axes, true, true)?;
        self.set(node, value)
    }

    /// The sums or means over axes.
    pub(super) fn reduce(
        &mut self,
        node: &Node,
        value: Value,
        axes: &[usize],
        keep: bool,
        mean: bool,
    ) -> Result<Value, CompileError> {
        if let Some(sum) = self.reduced_product(node, &value, axes, keep)? {
            let count = axes.iter().map(|&axis| self.shape_of(&value)[axis] as f64).product::<f64>();
            return if mean { self.combine_scalar(node, Binary::Multiply, sum, count.recip(), false) } else { Ok(sum) };
        }
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
        Ok(Value::Sum(sum, Function::Variable, View::packed(digits.collect())))
    }
}

/// The greatest or the least values of a constant over axes. Among them may be infinities.
fn extremum(
    node: &Node,
    constant: &Constant,
    axes: &[usize],
    keep: bool,
    greatest: bool,
) -> Result<Constant, CompileError> {
    let mut data = constant.data.clone();
    let mut axes = axes.to_vec();
    axes.sort_unstable();
    // The last axis first, so that the others keep their numbers.
    for &axis in axes.iter().rev() {
        if data.shape()[axis] == 0 {
            return Err(node.fail("it reduces an axis without values"));
        }
        let (start, better): (f64, fn(f64, f64) -> f64) =
            if greatest { (f64::NEG_INFINITY, f64::max) } else { (f64::INFINITY, f64::min) };
        data = data.fold_axis(Axis(axis), start, |&a, &b| better(a, b));
        if keep {
            data = data.insert_axis(Axis(axis));
        }
    }
    Ok(Constant { data, integer: constant.integer })
}
