//! Softmax over scores of which a mask leaves some out: by adding numbers far below all scores, or by `Where`.
//!
//! What is left out has no part in the scales: under a constant mask it takes the score of a place of its row that is kept, under a
//! computed one the least score of all, so that the greatest score is one of those kept. Its exponential is multiplied by zero.

use std::collections::HashMap;

use hallmark_circuits::model::{Factor, Space};
use ndarray::{ArrayD, Axis};

use super::logic::negation;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::float_model::{Product, Rule};
use crate::function::{Binary, Function, Unary};
use crate::node::Node;

/// Scores that fall this low are left out. Masks of exporters are -1e4, -1e9, the least float, or minus infinity.
const LEFT_OUT: f64 = -1e3;

/// Values of which a mask leaves some out, by the names of the tensors. Only a softmax reads them so.
pub(super) type Masks = HashMap<String, Masked>;

/// A value before a mask.
#[derive(Clone, Debug)]
pub(super) struct Masked {
    /// The value with all places.
    pub(super) value: Value,
    /// One where a place is kept, zero where it is left out: constant or computed.
    pub(super) keep: Value,
    /// Whether each place that is left out holds minus infinity.
    pub(super) infinite: bool,
}

impl Masked {
    /// A value under the part of a constant that leaves places out, and the rest of that constant, which is to be added.
    pub(super) fn split(value: Value, constant: &Constant) -> (Self, Constant) {
        let low = |number: f64| number <= LEFT_OUT;
        let keep = Constant::real(constant.data.mapv(|number| f64::from(u8::from(!low(number)))));
        let rest = Constant::real(constant.data.mapv(|number| if low(number) { 0.0 } else { number }));
        let infinite = constant.data.iter().all(|&number| !low(number) || number == f64::NEG_INFINITY);
        (Self { value, keep: Value::Constant(keep), infinite }, rest)
    }
}

impl Lowering<'_> {
    /// Remembers a sum of a value and a constant that leaves places out. Returns whether anything but a softmax may read the sum.
    pub(super) fn remember_sum(&mut self, node: &Node, left: &Value, right: &Value) -> Result<bool, CompileError> {
        let (value, constant) = match (left, right) {
            (Value::Constant(_), Value::Constant(_)) => return Ok(true),
            (value, Value::Constant(constant)) | (Value::Constant(constant), value) => (value, constant),
            (left, right) => return self.remember_computed(node, left, right),
        };
        if !constant.data.iter().any(|&number| number <= LEFT_OUT) {
            return Ok(true);
        }
        let (mut masked, rest) = Masked::split(value.clone(), constant);
        if rest.data.iter().any(|&number| number != 0.0) {
            masked.value = self.binary(node, Binary::Add, masked.value, Value::Constant(rest))?;
        }
        let finite = constant.data.iter().all(|number| number.is_finite());
        self.masks.insert(node.output()?.to_owned(), masked);
        Ok(finite)
    }

    /// Passes a value on that its reader gets as it is, with the mask that leaves some of it out. Returns whether there is nothing
    /// else to be made of it.
    pub(super) fn pass_mask(&mut self, node: &Node) -> Result<bool, CompileError> {
        let Some(name) = node.input(0) else { return Ok(false) };
        if let Some(blind) = self.blind.get(name).cloned() {
            self.blind.insert(node.output()?.to_owned(), blind);
            return Ok(true);
        }
        let Some(masked) = self.masks.get(name).cloned() else { return Ok(false) };
        let is_all = !self.values.contains_key(name);
        self.masks.insert(node.output()?.to_owned(), masked);
        Ok(is_all)
    }

    /// Remembers a sum of which one operand is zero or far below all scores, by a comparison.
    fn remember_computed(&mut self, node: &Node, left: &Value, right: &Value) -> Result<bool, CompileError> {
        for (value, mask) in [(left, right), (right, left)] {
            let (sum, function) = match mask {
                Value::Sum(sum, function, _) => (*sum, function.clone()),
                // What was expanded is a tensor: its step says the same.
                Value::Tensor(tensor, _) => match tensor.checked_sub(1).map(|step| &self.lowered.steps[step]) {
                    Some(step) => (step.sum, step.function.clone()),
                    None => continue,
                },
                Value::Constant(_) => continue,
            };
            let Some((a, b)) = function.truths() else { continue };
            if a.max(b) == 0.0 && a.min(b) <= LEFT_OUT {
                let bound = Function::Constant(LEFT_OUT);
                let kept = function.combine(Binary::Subtract, &bound).then(Unary::IsPositive);
                let keep = match mask {
                    // The zeros beside a tensor that was padded leave nothing out.
                    Value::Tensor(tensor, view) if !view.shows_cells_only(self.lowered.tensor_axes(*tensor)) => {
                        let left_out = self.emit(sum, &negation(&kept), Rule::Calibrated)?;
                        self.map(node, Value::Tensor(left_out, view.clone()), negation)?
                    }
                    Value::Tensor(_, view) => Value::Tensor(self.emit(sum, &kept, Rule::Calibrated)?, view.clone()),
                    mask => self.map(node, mask.clone(), |_| kept)?,
                };
                let keep = self.tensor_value(node, keep)?;
                self.masks.insert(node.output()?.to_owned(), Masked { value: value.clone(), keep, infinite: false });
                break;
            }
        }
        Ok(true)
    }

    /// Remembers a choice by a comparison between a value and a number far below all scores.
    pub(super) fn remember_computed_choice(
        &mut self,
        node: &Node,
        condition: &Value,
        yes: &Value,
        no: &Value,
    ) -> Result<(), CompileError> {
        let (value, fill, truth) = match (yes, no) {
            (Value::Constant(fill), value @ (Value::Tensor(..) | Value::Sum(..))) => (value, fill, false),
            (value @ (Value::Tensor(..) | Value::Sum(..)), Value::Constant(fill)) => (value, fill, true),
            _ => return Ok(()),
        };
        let finite = fill.data.iter().all(|number| number.is_finite());
        if !finite || fill.data.iter().any(|&number| number > LEFT_OUT) {
            return Ok(());
        }
        let keep = self.map(node, condition.clone(), |x| if truth { x.clone() } else { negation(x) })?;
        let keep = self.tensor_value(node, keep)?;
        self.masks.insert(node.output()?.to_owned(), Masked { value: value.clone(), keep, infinite: false });
        Ok(())
    }

    /// Remembers a choice by a constant between a value and a number far below all scores. Returns whether anything but a softmax
    /// may read it.
    pub(super) fn remember_choice(
        &mut self,
        node: &Node,
        condition: &Constant,
        yes: &Value,
        no: &Value,
    ) -> Result<bool, CompileError> {
        let (value, fill, truth) = match (yes, no) {
            (Value::Constant(fill), value @ (Value::Tensor(..) | Value::Sum(..))) => (value, fill, false),
            (value @ (Value::Tensor(..) | Value::Sum(..)), Value::Constant(fill)) => (value, fill, true),
            _ => return Ok(true),
        };
        if !fill.data.iter().all(|&number| number <= LEFT_OUT) {
            return Ok(true);
        }
        let keep = Constant::real(condition.data.mapv(|number| f64::from(u8::from((number != 0.0) == truth))));
        let keep = Value::Constant(keep);
        let infinite = fill.data.iter().all(|&number| number == f64::NEG_INFINITY);
        self.masks.insert(node.output()?.to_owned(), Masked { value: value.clone(), keep, infinite });
        Ok(fill.data.iter().all(|number| number.is_finite()))
    }

    /// Softmax along an axis of what a mask keeps: a product that has no cells yet.
    pub(super) fn masked_softmax(&mut self, node: &Node, masked: Masked, axis: usize) -> Result<Value, CompileError> {
        let Masked { value, keep, .. } = masked;
        let shape = super::shape::broadcast_shape(&self.shape_of(&value), &self.shape_of(&keep))
            .ok_or_else(|| node.fail("its mask has a shape that does not fit"))?;
        let value = self.fine_tensor(node, value)?;
        let value = self.expanded(node, value, &shape)?;
        let Value::Constant(keep) = keep else { return self.softmax_of_kept(node, value, keep, axis) };
        if keep.data.iter().all(|&kept| kept == 1.0) {
            return self.softmax_over(node, value, axis);
        }
        let scores = self.filled(node, &value, &keep, axis)?;
        let scores = self.fine_tensor(node, scores)?;
        let exponentials = self.exponentials(node, scores, axis)?;
        let kept = self.binary(node, Binary::Multiply, exponentials.clone(), Value::Constant(keep.clone()))?;
        let inverse = self.inverse_of_sum(node, kept, axis)?;
        let product = self.multiplied(node, exponentials, inverse)?;
        self.with_mask(node, product, &keep)
    }

    /// Softmax along an axis of what a computed mask of zeros and ones keeps.
    fn softmax_of_kept(&mut self, node: &Node, value: Value, keep: Value, axis: usize) -> Result<Value, CompileError> {
        let (tensor, view) = self.read(&node.name, value)?;
        let kept = self.multiplied(node, keep.clone(), Value::Tensor(tensor, view))?;
        let (sum, _, view) = self.as_sum(&node.name, kept)?;
        self.lower_by_floor(sum, tensor);
        let scores = self.emit(sum, &Function::Variable, Rule::Span(tensor))?;
        let scores = self.fine_tensor(node, Value::Tensor(scores, view))?;
        let exponentials = self.exponentials(node, scores, axis)?;
        let kept = self.multiplied(node, keep.clone(), exponentials.clone())?;
        let inverse = self.inverse_of_sum(node, kept, axis)?;
        let product = self.multiplied(node, exponentials, inverse)?;
        self.with_factor(node, product, keep)
    }

    /// Takes a lower bound of a tensor's values from that tensor in every product of a sum that reads it. So a factor of zeros and
    /// ones leaves zeros below all that it keeps.
    fn lower_by_floor(&mut self, sum: usize, tensor: usize) {
        let products = &mut self.lowered.sums[sum].products;
        let is_read = |factor: &Factor| factor.space == Space::Values && factor.access.source == tensor;
        let bounds: Vec<Product> = products
            .iter()
            .filter(|product| product.factors.iter().any(is_read))
            .map(|product| {
                let factors = product.factors.iter().filter(|factor| !is_read(factor)).cloned().collect();
                Product { coefficient: -product.coefficient, floor: Some(tensor), factors, ..product.clone() }
            })
            .collect();
        products.extend(bounds);
    }

    /// A value as a tensor of more bits: an exponential magnifies the error of its argument.
    pub(super) fn fine_tensor(&mut self, node: &Node, value: Value) -> Result<Value, CompileError> {
        let (tensor, view) = self.read(&node.name, value)?;
        if let Some(step) = tensor.checked_sub(1) {
            self.lowered.steps[step].fine = true;
        }
        Ok(Value::Tensor(tensor, view))
    }

    /// The value where it is kept, and elsewhere the first value along the axis that is.
    fn filled(&mut self, node: &Node, value: &Value, keep: &Constant, axis: usize) -> Result<Value, CompileError> {
        let missing = self.shape_of(value).len() - keep.data.ndim();
        let size = self.shape_of(value)[axis];
        let along = axis.checked_sub(missing).filter(|&axis| keep.data.shape()[axis] > 1);
        let Some(along) = along else { return Err(node.fail("its mask leaves out everything somewhere")) };
        let first = keep.data.map_axis(Axis(along), |row| row.iter().position(|&kept| kept == 1.0));
        let first: Option<Vec<usize>> = first.iter().copied().collect();
        let first = first.ok_or_else(|| node.fail("its mask leaves out everything somewhere"))?;
        let other = if first.iter().all(|&place| place == first[0]) && first[0] < size {
            self.picked(node, value.clone(), axis, &[first[0]])?
        } else {
            let chosen = Constant::real(first_kept(&keep.data, along));
            let chosen = self.binary(node, Binary::Multiply, value.clone(), Value::Constant(chosen))?;
            self.reduce(node, chosen, &[axis], true, false)?
        };
        let left_out = Constant::real(keep.data.mapv(|kept| 1.0 - kept));
        let kept = self.binary(node, Binary::Multiply, value.clone(), Value::Constant(keep.clone()))?;
        let rest = self.binary(node, Binary::Multiply, other, Value::Constant(left_out))?;
        self.add_values(node, kept, rest, 1.0, [true, true])
    }
}

/// One at the first place of each row that is kept, and zeros.
fn first_kept(keep: &ArrayD<f64>, axis: usize) -> ArrayD<f64> {
    let mut chosen = ArrayD::zeros(keep.raw_dim());
    for (mut chosen, kept) in chosen.lanes_mut(Axis(axis)).into_iter().zip(keep.lanes(Axis(axis))) {
        if let Some(place) = kept.iter().position(|&kept| kept == 1.0) {
            chosen[place] = 1.0;
        }
    }
    chosen
}
