//! Matrix products with weights.

use hallmark_circuits::model::{Access, AxisMap};
use ndarray::{Array2, ArrayD, Axis, Ix2, IxDyn};

use super::entry::Entry;
use super::variables::{Variables, best_groups, merge};
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::float_model::Product;
use crate::function::{Binary, Function};
use crate::node::Node;
use crate::operator::Kind;
use crate::view::View;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new(
        "Gemm",
        &[6, 7, 9, 11, 13],
        Kind::Dense,
        "matrix product with scales, transposes and a bias",
        |lowering, node| lowering.lower_gemm(node),
    ),
    Entry::new("MatMul", &[1, 9, 13], Kind::Dense, "matrix product", |lowering, node| lowering.lower_matmul(node)),
];

/// A value that is a tensor times one array plus another, cell by cell.
struct Diagonal {
    tensor: usize,
    view: View,
    factors: Vec<f64>,
    offsets: Vec<f64>,
}

impl Lowering<'_> {
    /// Gemm with constant weights on either side.
    pub(super) fn lower_gemm(&mut self, node: &Node) -> Result<(), CompileError> {
        let (alpha, beta) = (node.real("alpha", 1.0), node.real("beta", 1.0));
        let flags = [node.integer("transA", 0) != 0, node.integer("transB", 0) != 0];
        let operands = (self.value(node, 0)?, self.value(node, 1)?);
        if let (Value::Tensor(..) | Value::Sum(..), Value::Tensor(..) | Value::Sum(..)) = operands {
            return self.lower_gemm_of_values(node, operands, flags, [alpha, beta]);
        }
        let computed = node.input(2).map(|_| self.value(node, 2)).transpose()?;
        let computed = computed.filter(|bias| !matches!(bias, Value::Constant(_)));
        let bias = match computed {
            Some(_) => None,
            None => self.constant_or_zero(node, 2)?.map(|bias| bias * beta),
        };
        let value = match operands {
            (value, Value::Constant(weights)) => {
                let value = self.transposed(node, value, flags[0])?;
                let weights = matrix(node, &weights.data, flags[1])? * alpha;
                let row = bias.as_ref().filter(|bias| bias.ndim() < 2 || bias.shape()[0] == 1);
                let row = row.map(|bias| spread(bias, weights.ncols())).transpose().map_err(|()| node.fail(BIAS))?;
                let made = self.dense(node, value, 1, &weights, row.clone())?;
                self.add_bias(node, made, bias.filter(|_| row.is_none()))?
            }
            (Value::Constant(weights), value) => {
                let value = self.transposed(node, value, flags[1])?;
                let weights = matrix(node, &weights.data, !flags[0])? * alpha;
                let made = self.dense(node, value, 0, &weights, None)?;
                self.add_bias(node, made, bias)?
            }
            _ => return Err(node.fail("its operands must be matrices")),
        };
        let value = self.with_computed_bias(node, value, computed, beta)?;
        self.set(node, value)
    }

    /// A product and `beta` times a bias that depends on the input, if there is one.
    fn with_computed_bias(
        &mut self,
        node: &Node,
        product: Value,
        bias: Option<Value>,
        beta: f64,
    ) -> Result<Value, CompileError> {
        let Some(bias) = bias else { return Ok(product) };
        let bias = self.combine_scalar(node, Binary::Multiply, bias, beta, false)?;
        self.binary(node, Binary::Add, product, bias)
    }

    /// Gemm of two values, and a bias that may be one too.
    fn lower_gemm_of_values(
        &mut self,
        node: &Node,
        (left, right): (Value, Value),
        flags: [bool; 2],
        [alpha, beta]: [f64; 2],
    ) -> Result<(), CompileError> {
        let left = self.transposed(node, left, flags[0])?;
        let right = self.transposed(node, right, flags[1])?;
        let product = self.matrix_product(node, left, right)?;
        let value = self.combine_scalar(node, Binary::Multiply, product, alpha, false)?;
        let bias = node.input(2).map(|_| self.value(node, 2)).transpose()?;
        let value = self.with_computed_bias(node, value, bias, beta)?;
        self.set(node, value)
    }

    fn lower_matmul(&mut self, node: &Node) -> Result<(), CompileError> {
        let (left, right) = (self.value(node, 0)?, self.value(node, 1)?);
        let value = self.matmul(node, left, right)?;
        self.set(node, value)
    }

    /// A matrix product, or a batch of them, of values and constants.
    pub(super) fn matmul(&mut self, node: &Node, left: Value, right: Value) -> Result<Value, CompileError> {
        let value = match (left, right) {
            (Value::Constant(left), Value::Constant(right)) => {
                let product = self.product_of_constants(node, &left, &right)?;
                Value::Constant(product)
            }
            (value, Value::Constant(weights)) if is_matrix(&weights.data) => {
                let vector = weights.data.ndim() == 1;
                let weights = matrix(node, &columns(node, &weights.data)?, false)?;
                let axis =
                    self.shape_of(&value).len().checked_sub(1).ok_or_else(|| node.fail("it multiplies a scalar"))?;
                let made = self.dense(node, value, axis, &weights, None)?;
                if vector { self.drop_axis(node, made, axis)? } else { made }
            }
            (Value::Constant(weights), value) if is_matrix(&weights.data) => {
                let rank = self.shape_of(&value).len();
                let axis = rank.saturating_sub(2);
                let vector = weights.data.ndim() == 1;
                let rows = if vector { weights.data.insert_axis(Axis(0)) } else { squeeze(node, &weights.data)? };
                let made = self.dense(node, value, axis, &matrix(node, &rows, true)?, None)?;
                if vector { self.drop_axis(node, made, axis)? } else { made }
            }
            (left, right) => self.matrix_product(node, left, right)?,
        };
        Ok(value)
    }

    /// The matrix product of constants, or a batch of them: `sum_k a[.., i, k, 1] b[.., 1, k, j]`.
    fn product_of_constants(
        &mut self,
        node: &Node,
        left: &Constant,
        right: &Constant,
    ) -> Result<Constant, CompileError> {
        let (rows, columns) = (left.data.ndim(), right.data.ndim());
        if rows < 2 || columns < 2 || left.data.shape()[rows - 1] != right.data.shape()[columns - 2] {
            return Err(node.fail("its operands have shapes that do not fit"));
        }
        let left = Constant { data: left.data.clone().insert_axis(Axis(rows)), ..*left };
        let right = Constant { data: right.data.clone().insert_axis(Axis(columns - 2)), ..*right };
        let products = super::fold::zipped(node, &left, &right, |a, b| a * b)?;
        self.charge(&node.name, products.len())?;
        let common = Axis(products.ndim() - 2);
        Ok(Constant { data: products.sum_axis(common), integer: left.integer && right.integer })
    }

    fn constant_or_zero(&self, node: &Node, index: usize) -> Result<Option<ArrayD<f64>>, CompileError> {
        Ok(self.constant(node, index)?.map(|constant| constant.data))
    }

    fn add_bias(&mut self, node: &Node, value: Value, bias: Option<ArrayD<f64>>) -> Result<Value, CompileError> {
        match bias {
            Some(bias) => {
                let bias = Constant::real(bias);
                self.combine_array(node, Binary::Add, value, &bias)
            }
            None => Ok(value),
        }
    }

    fn transposed(&mut self, node: &Node, value: Value, transpose: bool) -> Result<Value, CompileError> {
        if self.shape_of(&value).len() != 2 {
            return Err(node.fail("its operands must be matrices"));
        }
        if transpose { self.permuted(value, &[1, 0]) } else { Ok(value) }
    }

    /// Contracts a logical axis of size `K` with weights `K x N`; the axis becomes one of size `N`.
    pub(super) fn dense(
        &mut self,
        node: &Node,
        value: Value,
        axis: usize,
        weights: &Array2<f64>,
        bias: Option<Vec<f64>>,
    ) -> Result<Value, CompileError> {
        let size = self.shape_of(&value).get(axis).copied();
        if size != Some(weights.nrows()) {
            return Err(node.fail("its operands have shapes that do not fit"));
        }
        let diagonal = self.diagonal(&value, weights.nrows()).or_else(|| self.diagonal_along(&value, axis));
        if let Some(diagonal) = diagonal {
            let (scaled, shift) = diagonal.fold(weights);
            let bias: Vec<f64> = match bias {
                Some(bias) => bias.iter().zip(&shift).map(|(a, b)| a + b).collect(),
                None => shift,
            };
            return self.contract(node, diagonal.tensor, &diagonal.view, axis, &scaled, Some(bias));
        }
        let (tensor, view) = self.read(&node.name, value)?;
        self.contract(node, tensor, &view, axis, weights, bias)
    }

    fn contract(
        &mut self,
        node: &Node,
        tensor: usize,
        view: &View,
        axis: usize,
        weights: &Array2<f64>,
        bias: Option<Vec<f64>>,
    ) -> Result<Value, CompileError> {
        let width = weights.ncols();
        let (before, inner) = (view.first_digit(axis), &view.digits[axis]);
        let flat = view.flat();
        let mut variables = Variables::default();
        let mut indices = variables.add_all(&flat[..before]);
        let column = variables.add(width);
        let after = variables.add_all(&flat[before + inner.len()..]);
        variables.close_axes();
        let contracted = variables.add_all(inner);
        indices.extend(contracted.iter().cloned());
        indices.extend(after);
        let values = Access { source: tensor, axes: view.substitute(&indices) };
        let weights = self.dense_weights(node, weights, &column, &contracted, inner);
        let mut products = vec![self.product(&variables, Some(weights), values)];
        products.extend(bias.map(|bias| self.bias(&node.name, column, bias)));
        let sum = self.add_sum(&node.name, variables.axes(), products)?;
        let mut digits = view.digits.clone();
        digits[axis] = if width == 1 { vec![] } else { vec![width] };
        Ok(Value::Sum(sum, Function::Variable, View::packed(digits)))
    }

    /// Weights laid out as `N` and the digits of `K`, some of them merged.
    fn dense_weights(
        &mut self,
        node: &Node,
        weights: &Array2<f64>,
        column: &AxisMap,
        contracted: &[AxisMap],
        inner: &[usize],
    ) -> Access {
        let mut axes = vec![weights.ncols()];
        let mut maps = vec![column.clone()];
        for group in best_groups(inner) {
            axes.push(inner[group.clone()].iter().product());
            maps.push(merge(&contracted[group.clone()], &inner[group]));
        }
        let data = weights.t().iter().copied().collect();
        Access { source: self.add_weights(weights_name(node, self), axes, data), axes: maps }
    }

    /// The value as a tensor times factors plus offsets, where it has `size` cells in all and its sum is of that form.
    fn diagonal(&self, value: &Value, size: usize) -> Option<Diagonal> {
        let Value::Sum(sum, function, view) = value else { return None };
        let (slope, intercept) = function.affine()?;
        let sum = &self.lowered.sums[*sum];
        let flat = view.flat();
        if flat.iter().product::<usize>() != size
            || sum.has_floor()
            || sum.products.iter().any(|p| !p.summed.is_empty())
        {
            return None;
        }
        let mut readers = sum.products.iter().flat_map(Product::values);
        let (Some(access), None) = (readers.next(), readers.next()) else { return None };
        let source = View { digits: sum.axes.iter().map(|&size| vec![size]).collect(), maps: access.axes.clone() };
        if !source.is_bijective(self.lowered.tensor_axes(access.source)) {
            return None;
        }
        let cells = hallmark_circuits::semantics::assignments(&flat)
            .map(|digits| -> Vec<usize> { view.maps.iter().map(|map| map.index(&digits) as usize).collect() });
        let part = |product: &Product, cell: &[usize]| product.coefficient * self.weight_at(product, cell);
        let total = |cell: &[usize], reads: bool| -> f64 {
            sum.products
                .iter()
                .filter(|product| product.value().is_some() == reads)
                .map(|product| part(product, cell))
                .sum()
        };
        let (factors, offsets) = cells
            .map(|cell| (slope * total(&cell, true), slope * (total(&cell, false) + sum.constant) + intercept))
            .unzip();
        let maps = view.maps.clone();
        let composed = access.axes.iter().map(|map| crate::view::substitute(map, &maps)).collect();
        let view = View { digits: view.digits.clone(), maps: composed };
        Some(Diagonal { tensor: access.source, view, factors, offsets })
    }

    /// The value as a tensor times factors plus offsets, where those depend on the contracted axis alone: a norm's scale and offset
    /// become part of the weights after it.
    fn diagonal_along(&self, value: &Value, axis: usize) -> Option<Diagonal> {
        let Value::Sum(sum, function, view) = value else { return None };
        let (slope, intercept) = function.affine()?;
        let sum = &self.lowered.sums[*sum];
        let first = view.first_digit(axis);
        let contracted = first..first + view.digits[axis].len();
        let along = |product: &Product| {
            let maps = product.weights().into_iter().flat_map(|access| &access.axes);
            let strides = maps.flat_map(|map| crate::view::substitute(map, &view.maps).strides);
            strides.into_iter().all(|by| contracted.contains(&by.variable))
        };
        let mut readers = sum.products.iter().filter(|product| product.values().next().is_some());
        let (Some(reader), None) = (readers.next(), readers.next()) else { return None };
        let access = reader.value()?;
        if sum.has_floor() || !sum.products.iter().all(|product| product.summed.is_empty() && along(product)) {
            return None;
        }
        let cells = hallmark_circuits::semantics::assignments(&view.digits[axis]).map(|inner| -> Vec<usize> {
            let mut digits = vec![0; view.flat().len()];
            digits[contracted.clone()].copy_from_slice(&inner);
            view.maps.iter().map(|map| map.index(&digits) as usize).collect()
        });
        let part = |product: &Product, cell: &[usize]| product.coefficient * self.weight_at(product, cell);
        let (factors, offsets) = cells
            .map(|cell| {
                let added = sum.products.iter().filter(|product| product.values().next().is_none());
                let offset: f64 = added.map(|product| part(product, &cell)).sum();
                (slope * part(reader, &cell), slope * (offset + sum.constant) + intercept)
            })
            .unzip();
        let maps = access.axes.iter().map(|map| crate::view::substitute(map, &view.maps)).collect();
        let view = View { digits: view.digits.clone(), maps };
        Some(Diagonal { tensor: access.source, view, factors, offsets })
    }

    fn weight_at(&self, product: &Product, cell: &[usize]) -> f64 {
        let Some(access) = product.weights() else { return 1.0 };
        let weights = &self.lowered.weights[access.source];
        let position = access.axes.iter().zip(&weights.axes).try_fold(0, |position, (map, &size)| {
            let index = usize::try_from(map.index(cell)).ok().filter(|&index| index < size)?;
            Some(position * size + index)
        });
        position.map_or(0.0, |position| weights.data[position])
    }
}

impl Diagonal {
    /// `weights` behind the diagonal: `W^T (f x + o) = (f W)^T x + W^T o`.
    fn fold(&self, weights: &Array2<f64>) -> (Array2<f64>, Vec<f64>) {
        let mut scaled = weights.clone();
        let mut shift = vec![0.0; weights.ncols()];
        for (row, mut weights) in scaled.rows_mut().into_iter().enumerate() {
            for (shift, weight) in shift.iter_mut().zip(weights.iter_mut()) {
                *shift += self.offsets[row] * *weight;
                *weight *= self.factors[row];
            }
        }
        (scaled, shift)
    }
}

/// Whether constants are one matrix or a vector, and no batch of them.
fn is_matrix(data: &ArrayD<f64>) -> bool {
    let rank = data.ndim();
    (1..=2).contains(&rank) || rank > 2 && data.shape()[..rank - 2].iter().all(|&size| size == 1)
}

const BIAS: &str = "its bias has a shape that does not fit";

fn weights_name<'a>(node: &'a Node, lowering: &Lowering<'_>) -> &'a str {
    let constant = |index: usize| node.input(index).filter(|name| lowering.graph.constants.contains_key(*name));
    constant(1).or_else(|| constant(0)).unwrap_or(&node.name)
}

fn matrix(node: &Node, data: &ArrayD<f64>, transpose: bool) -> Result<Array2<f64>, CompileError> {
    let matrix = data.clone().into_dimensionality::<Ix2>().map_err(|_| node.fail("its weights must be a matrix"))?;
    let matrix = if transpose { matrix.reversed_axes() } else { matrix };
    Ok(matrix.as_standard_layout().into_owned())
}

fn columns(node: &Node, data: &ArrayD<f64>) -> Result<ArrayD<f64>, CompileError> {
    if data.ndim() == 1 { Ok(data.clone().insert_axis(Axis(1))) } else { squeeze(node, data) }
}

/// Weights without leading axes of size 1.
fn squeeze(node: &Node, data: &ArrayD<f64>) -> Result<ArrayD<f64>, CompileError> {
    let rank = data.ndim();
    if rank < 2 || data.shape()[..rank - 2].iter().any(|&size| size != 1) {
        return Err(node.fail("its weights must be one matrix, not a batch"));
    }
    data.to_shape(IxDyn(&data.shape()[rank - 2..]))
        .map(|view| view.to_owned())
        .map_err(|error| node.fail(error.to_string()))
}

fn spread(bias: &ArrayD<f64>, width: usize) -> Result<Vec<f64>, ()> {
    match bias.len() {
        length if length == width => Ok(bias.iter().copied().collect()),
        1 => Ok(vec![*bias.iter().next().ok_or(())?; width]),
        _ => Err(()),
    }
}
