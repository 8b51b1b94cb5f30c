//! Functions of one value, and arithmetic with scalars.

use super::entry::Entry;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Function, Unary};
use crate::limits::MAX_FUNCTION;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new("Clip", &[6, 11, 12, 13], Kind::Functions, "clamp between bounds", |lowering, node| {
        lowering.lower_clip(node)
    })
    .folding(),
    Entry::new("Gelu", &[20], Kind::Functions, "Gaussian error linear unit", |lowering, node| {
        lowering.lower_gelu(node)
    })
    .folding(),
    Entry::new("HardSwish", &[14, 22], Kind::Functions, "x times a sigmoid of three lines", |lowering, node| {
        lowering.lower_hard_swish(node)
    })
    .folding(),
    Entry::new("Mish", &[18, 22], Kind::Functions, "x tanh(softplus(x))", |lowering, node| lowering.lower_mish(node))
        .folding(),
    Entry::new("Swish", &[24], Kind::Functions, "x times its sigmoid", |lowering, node| {
        let value = lowering.value(node, 0)?;
        let value = lowering.map(node, value, |x| swish(x, node.real("alpha", 1.0)))?;
        lowering.set(node, value)
    })
    .folding(),
    Entry::new("SwiGLU", &[28], Kind::Functions, "a value times x times its sigmoid", |lowering, node| {
        lowering.lower_swiglu(node)
    }),
    Entry::new("PRelu", &[6, 7, 9, 16], Kind::Functions, "rectifier with constant slopes", |lowering, node| {
        lowering.lower_prelu(node)
    })
    .limited("constant slopes"),
];

impl Lowering<'_> {
    /// Changes the function of a value.
    pub(super) fn map(
        &mut self,
        node: &Node,
        value: Value,
        change: impl FnOnce(&Function) -> Function,
    ) -> Result<Value, CompileError> {
        if let Value::Constant(constant) = value {
            let function = change(&Function::Variable);
            return Ok(Value::Constant(Constant { data: constant.data.mapv(|x| function.evaluate(x)), ..constant }));
        }
        let (sum, function, view) = self.as_sum(&node.name, value)?;
        let function = change(&function);
        if function.size() > MAX_FUNCTION {
            return Err(node.fail("it fuses too many pointwise operators into one function"));
        }
        Ok(Value::Sum(sum, function, view))
    }

    /// Clip: bounds are attributes in old operator sets and inputs in new ones.
    pub(super) fn lower_clip(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut value = self.value(node, 0)?;
        for (index, attribute, sign) in [(1, "min", 1.0), (2, "max", -1.0)] {
            let bound = match node.input(index) {
                Some(_) => self.value(node, index)?,
                None => match node.real(attribute, f64::NAN) {
                    bound if bound.is_nan() => continue,
                    bound => Value::Constant(Constant::real(ndarray::arr0(bound).into_dyn())),
                },
            };
            if self.shape_of(&bound).iter().any(|&size| size != 1) {
                return Err(node.fail("its bounds must be scalars"));
            }
            let bound = self.reshaped(node, bound, &[])?;
            value = self.extremum(node, value, bound, sign)?;
        }
        self.set(node, value)
    }

    /// `x * HardSigmoid(x)` with slope 1/6.
    pub(super) fn lower_hard_swish(&mut self, node: &Node) -> Result<(), CompileError> {
        self.lower_gated(node, |x| x.then(Unary::HardSigmoid(1.0 / 6.0, 0.5)))
    }

    /// `x * gate(x)`.
    fn lower_gated(&mut self, node: &Node, gate: impl FnOnce(&Function) -> Function) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let value = self.map(node, value, |x| x.combine(Binary::Multiply, &gate(x)))?;
        self.set(node, value)
    }

    /// `a sigmoid(alpha a) b`.
    fn lower_swiglu(&mut self, node: &Node) -> Result<(), CompileError> {
        let gate = self.value(node, 0)?;
        let gate = self.map(node, gate, |x| swish(x, node.real("alpha", 1.0)))?;
        let linear = self.value(node, 1)?;
        let value = self.binary(node, Binary::Multiply, gate, linear)?;
        self.set(node, value)
    }

    /// `x tanh(softplus(x))`.
    pub(super) fn lower_mish(&mut self, node: &Node) -> Result<(), CompileError> {
        self.lower_gated(node, |x| x.then(Unary::Softplus).then(Unary::Tanh))
    }

    /// `x / 2 (1 + erf(x / sqrt 2))`, or its approximation by a hyperbolic tangent.
    pub(super) fn lower_gelu(&mut self, node: &Node) -> Result<(), CompileError> {
        let constant = Function::Constant;
        let approximate = node.text("approximate", "none") == "tanh";
        self.lower_gated(node, |x| {
            let curve = if approximate {
                let cube = x.combine(Binary::Power, &constant(3.0)).combine(Binary::Multiply, &constant(0.044715));
                let scale = constant((2.0 / std::f64::consts::PI).sqrt());
                x.combine(Binary::Add, &cube).combine(Binary::Multiply, &scale).then(Unary::Tanh)
            } else {
                x.combine(Binary::Multiply, &constant(std::f64::consts::FRAC_1_SQRT_2)).then(Unary::Erf)
            };
            curve.combine(Binary::Add, &constant(1.0)).combine(Binary::Multiply, &constant(0.5))
        })
    }

    /// A value combined with a scalar, which becomes a public part of the function.
    pub(super) fn combine_scalar(
        &mut self,
        node: &Node,
        binary: Binary,
        value: Value,
        scalar: f64,
        scalar_first: bool,
    ) -> Result<Value, CompileError> {
        let scalar = Function::Constant(scalar);
        self.map(node, value, |x| if scalar_first { scalar.combine(binary, x) } else { x.combine(binary, &scalar) })
    }

    /// PRelu: a leaky rectifier whose slope is a scalar or an array of weights.
    pub(super) fn lower_prelu(&mut self, node: &Node) -> Result<(), CompileError> {
        let slope = self.constant(node, 1)?.ok_or_else(|| node.fail("its slope is missing"))?;
        if let Some(slope) = slope.scalar() {
            return self.lower_unary(node, Unary::LeakyRelu(slope));
        }
        let value = self.value(node, 0)?;
        // Before broadcasting, several slopes were those of the channels.
        let slope = if node.version < 7 { of_channels(node, slope, self.shape_of(&value).len())? } else { slope };
        let negative_slope = Constant::real(-slope.data);
        let positive = self.map(node, value.clone(), |x| x.then(Unary::RELU))?;
        let negative = self.map(node, value, |x| x.then(Unary::Negate).then(Unary::RELU))?;
        let negative = self.combine_array(node, Binary::Multiply, negative, &negative_slope)?;
        let value = self.add_values(node, positive, negative, 1.0, [false, true])?;
        self.set(node, value)
    }
}

/// `x sigmoid(slope x)`.
pub(super) fn swish(x: &Function, slope: f64) -> Function {
    let gate = x.combine(Binary::Multiply, &Function::Constant(slope)).then(Unary::Sigmoid);
    x.combine(Binary::Multiply, &gate)
}

/// One number a channel, as an array that broadcasts over a value of so many axes.
fn of_channels(node: &Node, numbers: Constant, rank: usize) -> Result<Constant, CompileError> {
    let count = numbers.data.len();
    let mut shape = vec![1; rank.max(2)];
    shape[1] = count;
    let data = numbers.data.to_shape(shape).map_err(|error| node.fail(error.to_string()))?.to_owned();
    Ok(Constant { data, ..numbers })
}
