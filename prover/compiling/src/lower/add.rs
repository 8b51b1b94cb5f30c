//! Sums and differences of two values, and functions of the same value.

use hallmark_circuits::model::{Access, AxisMap};

use super::{Lowering, Value};
use crate::constant::checked_count;
use crate::error::CompileError;
use crate::float_model::Product;
use crate::function::{Binary, Function};
use crate::node::Node;
use crate::view::{View, common_digits};

use super::combine::{UNALIGNED, expand_digits};
use super::shape::broadcast_shape;

impl Lowering<'_> {
    pub(super) fn combine_values(
        &mut self,
        node: &Node,
        binary: Binary,
        left: Value,
        right: Value,
    ) -> Result<Value, CompileError> {
        if self.shape_of(&left) == self.shape_of(&right) {
            let a = self.as_sum(&node.name, left.clone())?;
            let b = self.as_sum(&node.name, right.clone())?;
            if a.0 == b.0 && a.2 == b.2 {
                return self.map(node, left, |_| a.1.combine(binary, &b.1));
            }
        }
        let sign = match binary {
            Binary::Add => 1.0,
            Binary::Subtract => -1.0,
            Binary::Multiply => return self.multiplied(node, left, right),
            Binary::Divide => return self.divided(node, left, right),
            Binary::Power | Binary::Modulo | Binary::Remainder => {
                return Err(node.fail(
                    "both operands depend on the input in different ways; make the exponent or the divisor a constant, or compile \
                     up to a tensor before it with --output-name",
                ));
            }
        };
        let once = |index| node.input(index).is_some_and(|name| self.graph.uses.get(name) == Some(&1));
        let once = [once(0), once(1)];
        self.add_values(node, left, right, sign, once)
    }

    /// `left + sign * right`; an operand that nothing else reads stays a sum.
    pub(super) fn add_values(
        &mut self,
        node: &Node,
        left: Value,
        right: Value,
        sign: f64,
        once: [bool; 2],
    ) -> Result<Value, CompileError> {
        let shape = broadcast_shape(&self.shape_of(&left), &self.shape_of(&right))
            .ok_or_else(|| node.fail("its operands have shapes that do not fit"))?;
        checked_count(&node.name, &shape)?;
        let digits = self.shared_digits(&left, &right, &shape).ok_or_else(|| node.fail(UNALIGNED))?;
        let axes = View::packed(digits.clone()).packed_axes();
        let mut sum = self.add_operand(node, left, 1.0, once[0], &digits)?;
        let other = self.add_operand(node, right, sign, once[1], &digits)?;
        sum.0.extend(other.0);
        let made = self.add_sum(&node.name, axes, sum.0)?;
        self.lowered.sums[made].constant = sum.1 + other.1;
        Ok(Value::Sum(made, Function::Variable, View::packed(digits)))
    }

    pub(super) fn shared_digits(&self, left: &Value, right: &Value, shape: &[usize]) -> Option<Vec<Vec<usize>>> {
        let wide = |value: &Value| match value {
            Value::Tensor(_, view) | Value::Sum(_, _, view) => Some(expand_digits(view, shape)),
            Value::Constant(_) => None,
        };
        wide(left)?.iter().zip(&wide(right)?).map(|(a, b)| common_digits(a, b)).collect()
    }

    /// Whether a sum is one tensor, scaled and moved: it takes no more to add it up again than to read it.
    fn is_diagonal(&self, sum: usize) -> bool {
        let products = &self.lowered.sums[sum].products;
        products.iter().all(|product| product.summed.is_empty())
            && products.iter().filter(|product| product.values().next().is_some()).count() == 1
    }

    /// The products and the constant of one operand of a sum over these digits.
    fn add_operand(
        &mut self,
        node: &Node,
        value: Value,
        sign: f64,
        once: bool,
        digits: &[Vec<usize>],
    ) -> Result<(Vec<Product>, f64), CompileError> {
        if let Value::Sum(sum, function, view) = &value
            && (once || self.is_diagonal(*sum))
            && view.digits == digits
            && let (sum, Function::Variable) = self.absorb_affine(*sum, function.clone())?
            && view.is_packed(&self.lowered.sums[sum].axes)
            && !self.lowered.sums[sum].has_floor()
            // Their units are too small for sums with other products.
            && !self.lowered.sums[sum].products.iter().any(Product::is_of_values)
        {
            let mut products = self.lowered.sums[sum].products.clone();
            products.iter_mut().for_each(|product| product.coefficient *= sign);
            return Ok((products, sign * self.lowered.sums[sum].constant));
        }
        let (tensor, view) = self.read(&node.name, value)?;
        let product = self.read_broadcast(tensor, &view, digits, sign).ok_or_else(|| node.fail(UNALIGNED))?;
        Ok((vec![product], 0.0))
    }

    /// A tensor read over the digits of a shape that it is broadcast to.
    pub(super) fn read_broadcast(
        &self,
        tensor: usize,
        view: &View,
        digits: &[Vec<usize>],
        coefficient: f64,
    ) -> Option<Product> {
        let missing = digits.len() - view.digits.len();
        let own: Vec<Vec<usize>> = view
            .digits
            .iter()
            .zip(&digits[missing..])
            .map(|(own, wide)| if own.is_empty() { vec![] } else { wide.clone() })
            .collect();
        let view = view.refine(own.clone())?;
        let mut expressions = vec![];
        let mut next = digits[..missing].iter().map(Vec::len).sum::<usize>();
        for (own, wide) in own.iter().zip(&digits[missing..]) {
            expressions.extend((0..own.len()).map(|index| AxisMap::variable(next + index)));
            next += wide.len();
        }
        let values = Access { source: tensor, axes: view.substitute(&expressions) };
        Some(Product { coefficient, ..Product::new(vec![], None, Some(values)) })
    }
}
