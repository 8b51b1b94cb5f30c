//! Gather at computed indices: a one-hot vector for each index, times what is gathered.
//!
//! An index `t` below `n` is compared with all numbers below `n`, which gives the vector; its product with the table is row `t`. For
//! large tables `t = b h + l` is split into two digits, whose vectors are short: the row is the sum over `h` and `l` of two entries of
//! vectors and one of the table. An index below zero counts from the end. One out of range has no row: it gives zeros.

use hallmark_circuits::model::{Access, AxisMap, Factor};

use super::element::Element;
use super::variables::Variables;
use super::{Lowering, Value};
use crate::constant::{Constant, checked_count};
use crate::error::CompileError;
use crate::float_model::{Product, Rule};
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::view::View;

/// The most rows of a table whose indices have one vector and not two.
const MOST_ROWS: usize = 512;
/// The most rows of all: an index has at most 16 bits with its sign.
const MOST_INDICES: usize = 1 << 15;
/// The most indices times rows, which the sumcheck of the product runs over.
const MOST_PAIRS: usize = 1 << 22;

impl Lowering<'_> {
    /// Rows of an axis at computed indices, whose axes take the place of that axis.
    pub(super) fn gathered(
        &mut self,
        node: &Node,
        table: Value,
        axis: usize,
        indices: Value,
    ) -> Result<Value, CompileError> {
        let (shape, places) = (self.shape_of(&table), self.shape_of(&indices));
        let (rows, count) = (shape[axis], places.iter().product::<usize>());
        let indices = self.as_indices(node, indices, rows)?;
        if rows == 0 {
            return Err(node.fail("its table has no rows"));
        }
        if rows > MOST_INDICES || rows.saturating_mul(count) > MOST_PAIRS {
            return Err(node.fail(format!(
                "it looks {count} indices up in a table of {rows} rows; at most {MOST_INDICES} rows, and at most {MOST_PAIRS} rows \
                 times indices, are supported: shorten the sequence, or compile from the embeddings on"
            )));
        }
        let target = [&shape[..axis], &places, &shape[axis + 1..]].concat();
        checked_count(&node.name, &target)?;
        // The rows come first, then what a row holds.
        let order: Vec<usize> = [axis].into_iter().chain((0..shape.len()).filter(|&other| other != axis)).collect();
        let table = self.permuted(table, &order)?;
        let width: usize = shape.iter().product::<usize>() / rows;
        let table = self.reshaped(node, table, &[rows, width])?;
        let indices = self.reshaped(node, indices, &[count])?;
        let value = match table {
            Value::Constant(table) if rows > MOST_ROWS => self.row_by_digits(node, &table, indices)?,
            table => {
                let vectors = self.one_hot(node, indices, rows)?;
                match table {
                    Value::Constant(table) => self.chosen_row(node, vectors, &table)?,
                    table => self.matrix_product(node, vectors, table)?,
                }
            }
        };
        let wide = [places.as_slice(), &shape[..axis], &shape[axis + 1..]].concat();
        let value = self.reshaped(node, value, &wide)?;
        let (first, last) = (places.len(), places.len() + axis);
        let order: Vec<usize> = (first..last).chain(0..first).chain(last..wide.len()).collect();
        self.permuted(value, &order)
    }

    /// The second input of a node as indices of an axis. Those below zero count from the end.
    pub(super) fn as_indices(&mut self, node: &Node, indices: Value, size: usize) -> Result<Value, CompileError> {
        let wrapped = |x: &Function| {
            let is_negative = x.then(Unary::Negate).then(Unary::IsPositive);
            x.combine(Binary::Add, &Function::Constant(size as f64).combine(Binary::Multiply, &is_negative))
        };
        if self.is_whole(&indices) {
            return self.map(node, indices, wrapped);
        }
        match node.input(1).and_then(|name| self.elements.get(name).copied()) {
            // Such as places of greatest values, which are sums of constants and so rounded a little.
            Some(Element::Whole) => self.map(node, indices, |x| wrapped(&x.then(Unary::Round))),
            _ => {
                Err(node
                    .fail("its indices are computed reals; cast them to integers, or give them as an integer input"))
            }
        }
    }

    /// A vector for each index: one where the index is, and zeros. An index out of range has only zeros.
    pub(super) fn one_hot(&mut self, node: &Node, indices: Value, size: usize) -> Result<Value, CompileError> {
        let count = self.shape_of(&indices)[0];
        // Calibration need not have seen what is out of range.
        let (sum, function, view) = self.as_sum(&node.name, indices)?;
        let inside = function.then(Unary::Clip(-1.0, size as f64));
        let tensor = self.emit(sum, &inside, Rule::Whole(-1, size as i64))?;
        let column = self.reshaped(node, Value::Tensor(tensor, view), &[count, 1])?;
        let difference = self.differences(node, column, size)?;
        let Value::Sum(sum, function, view) = difference else { return Err(node.fail("it has no indices")) };
        let axis = self.lowered.sums[sum].axes.len() - 1;
        let rule = if size > 1 { Rule::OneHot(axis) } else { Rule::Calibrated };
        let tensor = self.emit(sum, &function.then(Unary::IsZero), rule)?;
        Ok(Value::Tensor(tensor, view))
    }

    /// Values that have a last axis of size 1, less each number below a size: these lie along that axis.
    pub(super) fn differences(&mut self, node: &Node, value: Value, size: usize) -> Result<Value, CompileError> {
        let mut shape = self.shape_of(&value);
        if let Some(last) = shape.last_mut() {
            *last = size;
        }
        let wide = self.expanded(node, value, &shape)?;
        let numbers = Constant::integers(&(0..size as i64).collect::<Vec<_>>());
        self.binary(node, Binary::Subtract, wide, Value::Constant(numbers))
    }

    /// The product of vectors and a constant table.
    fn chosen_row(&mut self, node: &Node, vectors: Value, table: &Constant) -> Result<Value, CompileError> {
        let data = table.data.clone().into_dimensionality().map_err(|error| node.fail(error.to_string()))?;
        self.dense(node, vectors, 1, &data, None)
    }

    /// The sum over both digits of an index of the product of their vectors and the table.
    fn row_by_digits(&mut self, node: &Node, table: &Constant, indices: Value) -> Result<Value, CompileError> {
        let (rows, width) = (table.data.shape()[0], table.data.shape()[1]);
        let low = 1usize << (usize::BITS - (rows - 1).leading_zeros()).div_ceil(2);
        let high = rows.div_ceil(low);
        let base = Function::Constant(low as f64);
        // An index out of range has a high digit out of range, or a row of zeros after the last.
        let quotients = self.map(node, indices.clone(), |x| x.combine(Binary::Divide, &base).then(Unary::Floor))?;
        let remainders = self.map(node, indices, |x| x.combine(Binary::Modulo, &base).then(Unary::Round))?;
        let high_vectors = self.one_hot(node, quotients, high)?;
        let low_vectors = self.one_hot(node, remainders, low)?;
        self.charge(&node.name, checked_count(&node.name, &[high, low, width])?)?;
        let mut data: Vec<f64> = table.data.iter().copied().collect();
        data.resize(high * low * width, 0.0);
        let source = self.add_weights(node.input(0).unwrap_or(&node.name), vec![high, low, width], data);
        let mut variables = Variables::default();
        let place = variables.add(self.shape_of(&high_vectors)[0]);
        let column = variables.add(width);
        variables.close_axes();
        let digits = [variables.add(high), variables.add(low)];
        let weights = Access { source, axes: vec![digits[0].clone(), digits[1].clone(), column] };
        let mut factors = vec![Factor::weights(weights)];
        for (vectors, digit) in [high_vectors, low_vectors].into_iter().zip(digits) {
            let (tensor, view) = self.read(&node.name, vectors)?;
            let indices: Vec<AxisMap> =
                [&place, &digit].into_iter().filter(|map| !map.strides.is_empty()).cloned().collect();
            factors.push(Factor::values(Access { source: tensor, axes: view.substitute(&indices) }));
        }
        let product = Product { coefficient: 1.0, summed: variables.summed(), factors, floor: None };
        let sum = self.add_sum(&node.name, variables.axes(), vec![product])?;
        let digit = |map: usize| if map == 1 { vec![] } else { vec![map] };
        let places = self.lowered.sums[sum].axes.iter().product::<usize>() / width;
        Ok(Value::Sum(sum, Function::Variable, View::packed(vec![digit(places), digit(width)])))
    }
}
