//! Normalization by statistics of the values themselves: `(x - mean) / sqrt(variance + epsilon)`.
//!
//! The variance is a sum of products, which takes no cells, and its inverse root one table. What is divided is multiplied by that
//! root, so that exactly one answer exists for any input: beyond the calibrated range the table saturates.

use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::node::Node;
use crate::operator::Kind;

/// What the standard deviation of `MeanVarianceNormalization` is raised by.
const TINY: f64 = 1e-9;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    normalization("LayerNormalization", &[17], "mean 0 and variance 1 over the last axes", |lowering, node| {
        lowering.lower_layer_normalization(node)
    }),
    normalization("RMSNormalization", &[23], "mean square 1 over the last axes", |lowering, node| {
        lowering.lower_root_mean_square(node)
    }),
    normalization("InstanceNormalization", &[6, 22], "mean 0 and variance 1 of each channel", |lowering, node| {
        lowering.lower_instance_normalization(node)
    }),
    normalization("GroupNormalization", &[21], "mean 0 and variance 1 of groups of channels", |lowering, node| {
        lowering.lower_group_normalization(node)
    }),
    normalization("MeanVarianceNormalization", &[9, 13], "mean 0 and variance 1 over axes", |lowering, node| {
        lowering.lower_mean_variance(node)
    }),
    normalization("LpNormalization", &[1, 22], "length 1 along an axis", |lowering, node| {
        lowering.lower_lp_normalization(node)
    }),
];

const fn normalization(
    name: &'static str,
    versions: &'static [u32],
    about: &'static str,
    lower: super::entry::Lower,
) -> Entry {
    Entry::new(name, versions, Kind::Normalization, about, lower)
}

impl Lowering<'_> {
    fn lower_layer_normalization(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let axes = self.last_axes(node, &value)?;
        let epsilon = node.real("epsilon", 1e-5);
        let centred = self.centred(node, value, &axes)?;
        let value = self.divided_by_root(node, centred, &axes, |x| raised(x, epsilon))?;
        let value = self.scaled_and_moved(node, value, [1, 2], None)?;
        self.set(node, value)
    }

    fn lower_root_mean_square(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let axes = self.last_axes(node, &value)?;
        let epsilon = node.real("epsilon", 1e-5);
        let value = self.divided_by_root(node, value, &axes, |x| raised(x, epsilon))?;
        let value = self.scaled_and_moved(node, value, [1, 2], None)?;
        self.set(node, value)
    }

    fn lower_instance_normalization(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        if shape.len() < 3 {
            return Err(node.fail("its input must have 3 axes or more"));
        }
        let axes: Vec<usize> = (2..shape.len()).collect();
        let epsilon = node.real("epsilon", 1e-5);
        let centred = self.centred(node, value, &axes)?;
        let value = self.divided_by_root(node, centred, &axes, |x| raised(x, epsilon))?;
        let value = self.scaled_and_moved(node, value, [1, 2], Some(&shape))?;
        self.set(node, value)
    }

    fn lower_group_normalization(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let groups = usize::try_from(node.integer("num_groups", 0)).ok().filter(|&groups| groups > 0);
        let groups = groups.filter(|&groups| shape.len() >= 2 && shape[1].is_multiple_of(groups));
        let groups = groups.ok_or_else(|| node.fail("its num_groups does not divide its channels"))?;
        let inner = shape[1..].iter().product::<usize>() / groups;
        let grouped = self.reshaped(node, value, &[shape[0], groups, inner])?;
        let epsilon = node.real("epsilon", 1e-5);
        let centred = self.centred(node, grouped, &[2])?;
        let value = self.divided_by_root(node, centred, &[2], |x| raised(x, epsilon))?;
        let value = self.reshaped(node, value, &shape)?;
        let value = self.scaled_and_moved(node, value, [1, 2], Some(&shape))?;
        self.set(node, value)
    }

    fn lower_mean_variance(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let axes = node.integers("axes").unwrap_or_else(|| vec![0, 2, 3]);
        let axes = normalize_axes(node, &axes, self.shape_of(&value).len())?;
        let centred = self.centred(node, value, &axes)?;
        let value = self.divided_by_root(node, centred, &axes, |x| {
            x.then(Unary::Sqrt).combine(Binary::Add, &Function::Constant(TINY))
        })?;
        self.set(node, value)
    }

    fn lower_lp_normalization(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let axes = normalize_axes(node, &[node.integer("axis", -1)], self.shape_of(&value).len())?;
        let value = self.of_length_one(node, value, &axes, node.integer("p", 2))?;
        self.set(node, value)
    }

    /// A value divided by its length along axes: the sum of absolute values, or the root of the sum of squares.
    pub(super) fn of_length_one(
        &mut self,
        node: &Node,
        value: Value,
        axes: &[usize],
        p: i64,
    ) -> Result<Value, CompileError> {
        let value = self.tensor_value(node, value)?;
        let length = match p {
            1 => {
                let lengths = self.map(node, value.clone(), |x| x.then(Unary::Abs))?;
                self.reduce(node, lengths, axes, true, false)?
            }
            2 => {
                let squares = self.map(node, value.clone(), square)?;
                let sum = self.reduce(node, squares, axes, true, false)?;
                self.map(node, sum, |x| x.then(Unary::Sqrt))?
            }
            p => return Err(node.fail(format!("its p is {p}; 1 and 2 are supported"))),
        };
        self.divided(node, value, length)
    }

    /// The axes from the node's `axis` on.
    fn last_axes(&self, node: &Node, value: &Value) -> Result<Vec<usize>, CompileError> {
        let rank = self.shape_of(value).len();
        let first = normalize_axes(node, &[node.integer("axis", -1)], rank)?[0];
        Ok((first..rank).collect())
    }

    /// A value as a tensor, so that several sums read the same cells.
    pub(super) fn tensor_value(&mut self, node: &Node, value: Value) -> Result<Value, CompileError> {
        let (tensor, view) = self.read(&node.name, value)?;
        Ok(Value::Tensor(tensor, view))
    }

    /// A constant as it is, and a value as a tensor.
    pub(super) fn made(&mut self, node: &Node, value: Value) -> Result<Value, CompileError> {
        if let Value::Constant(_) = value { Ok(value) } else { self.tensor_value(node, value) }
    }

    /// A value without its mean over axes.
    fn centred(&mut self, node: &Node, value: Value, axes: &[usize]) -> Result<Value, CompileError> {
        let value = self.tensor_value(node, value)?;
        let mean = self.reduce(node, value.clone(), axes, true, true)?;
        self.binary(node, Binary::Subtract, value, mean)
    }

    /// A value divided by a function of its mean square over axes.
    fn divided_by_root(
        &mut self,
        node: &Node,
        value: Value,
        axes: &[usize],
        root: impl FnOnce(&Function) -> Function,
    ) -> Result<Value, CompileError> {
        let value = self.tensor_value(node, value)?;
        let squares = self.map(node, value.clone(), square)?;
        let mean = self.reduce(node, squares, axes, true, true)?;
        let root = self.map(node, mean, root)?;
        self.divided(node, value, root)
    }

    /// A value times one input plus another, where they are there; of channels, these are as long as the second axis.
    fn scaled_and_moved(
        &mut self,
        node: &Node,
        value: Value,
        [scale, offset]: [usize; 2],
        channels: Option<&[usize]>,
    ) -> Result<Value, CompileError> {
        let mut value = value;
        for (index, binary) in [(scale, Binary::Multiply), (offset, Binary::Add)] {
            if node.input(index).is_none() {
                continue;
            }
            let parameter = self.value(node, index)?;
            let parameter = match channels {
                Some(shape) => {
                    let mut wide = vec![1; shape.len()];
                    wide[1] = self.shape_of(&parameter).iter().product();
                    self.reshaped(node, parameter, &wide)?
                }
                None => parameter,
            };
            let neutral = if binary == Binary::Multiply { 1.0 } else { 0.0 };
            if !is_all(&parameter, neutral) {
                value = self.binary(node, binary, value, parameter)?;
            }
        }
        Ok(value)
    }
}

/// `x^2`.
fn square(x: &Function) -> Function {
    x.combine(Binary::Power, &Function::Constant(2.0))
}

/// `sqrt(x + epsilon)`.
fn raised(x: &Function, epsilon: f64) -> Function {
    x.combine(Binary::Add, &Function::Constant(epsilon)).then(Unary::Sqrt)
}

/// Whether a value is constant and has one value everywhere.
fn is_all(value: &Value, number: f64) -> bool {
    let Value::Constant(Constant { data, .. }) = value else { return false };
    data.iter().all(|&value| value == number)
}
