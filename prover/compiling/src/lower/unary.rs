//! Elementary functions of one value.

use super::Lowering;
use super::entry::{Entry, Lower};
use crate::error::CompileError;
use crate::function::Unary;
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    function("Abs", &[6, 13], "absolute value", |lowering, node| lowering.lower_unary(node, Unary::Abs)),
    function("Acos", &[7, 22], "arc cosine", |lowering, node| lowering.lower_unary(node, Unary::Acos)),
    function("Acosh", &[9, 22], "inverse hyperbolic cosine", |lowering, node| lowering.lower_unary(node, Unary::Acosh)),
    function("Asin", &[7, 22], "arc sine", |lowering, node| lowering.lower_unary(node, Unary::Asin)),
    function("Asinh", &[9, 22], "inverse hyperbolic sine", |lowering, node| lowering.lower_unary(node, Unary::Asinh)),
    function("Atan", &[7, 22], "arc tangent", |lowering, node| lowering.lower_unary(node, Unary::Atan)),
    function("Atanh", &[9, 22], "inverse hyperbolic tangent", |lowering, node| {
        lowering.lower_unary(node, Unary::Atanh)
    }),
    function("Ceil", &[6, 13], "next whole number above", |lowering, node| lowering.lower_unary(node, Unary::Ceil)),
    function("Celu", &[12, 28], "continuous ELU", |lowering, node| {
        lowering.lower_unary(node, Unary::Celu(node.real("alpha", 1.0)))
    }),
    function("Cos", &[7, 22], "cosine", |lowering, node| lowering.lower_unary(node, Unary::Cos)),
    function("Cosh", &[9, 22], "hyperbolic cosine", |lowering, node| lowering.lower_unary(node, Unary::Cosh)),
    function("Elu", &[6, 22], "exponential linear unit", |lowering, node| {
        lowering.lower_unary(node, Unary::Elu(node.real("alpha", 1.0)))
    }),
    function("Erf", &[9, 13], "error function", |lowering, node| lowering.lower_unary(node, Unary::Erf)),
    function("Exp", &[6, 13], "exponential", |lowering, node| lowering.lower_unary(node, Unary::Exp)),
    function("Floor", &[6, 13], "next whole number below", |lowering, node| lowering.lower_unary(node, Unary::Floor)),
    function("HardSigmoid", &[6, 22], "sigmoid of three lines", |lowering, node| {
        lowering.lower_unary(node, Unary::HardSigmoid(node.real("alpha", 0.2), node.real("beta", 0.5)))
    }),
    function("LeakyRelu", &[6, 16], "rectifier with a slope", |lowering, node| {
        lowering.lower_unary(node, Unary::LeakyRelu(node.real("alpha", 0.01)))
    }),
    function("Log", &[6, 13], "natural logarithm", |lowering, node| lowering.lower_unary(node, Unary::Log)),
    function("Neg", &[6, 13], "negation", |lowering, node| lowering.lower_unary(node, Unary::Negate)),
    function("Reciprocal", &[6, 13], "reciprocal", |lowering, node| lowering.lower_unary(node, Unary::Reciprocal)),
    function("Relu", &[6, 13, 14], "rectifier", |lowering, node| lowering.lower_unary(node, Unary::RELU)),
    function("Round", &[11, 22], "nearest whole number, halves to even", |lowering, node| {
        lowering.lower_unary(node, Unary::Round)
    }),
    function("Selu", &[6, 22], "scaled ELU", |lowering, node| {
        lowering.lower_unary(node, Unary::Selu(node.real("alpha", 1.673_263_2), node.real("gamma", 1.050_701)))
    }),
    function("Shrink", &[9], "zero near zero, nearer to zero elsewhere", |lowering, node| {
        lowering.lower_unary(node, Unary::Shrink(node.real("lambd", 0.5), node.real("bias", 0.0)))
    }),
    function("Sigmoid", &[6, 13], "logistic function", |lowering, node| lowering.lower_unary(node, Unary::Sigmoid)),
    function("Sign", &[9, 13], "sign", |lowering, node| lowering.lower_unary(node, Unary::Sign)),
    function("Sin", &[7, 22], "sine", |lowering, node| lowering.lower_unary(node, Unary::Sin)),
    function("Sinh", &[9, 22], "hyperbolic sine", |lowering, node| lowering.lower_unary(node, Unary::Sinh)),
    function("Softplus", &[1, 22], "smooth rectifier", |lowering, node| lowering.lower_unary(node, Unary::Softplus)),
    function("Softsign", &[1, 22], "x / (1 + abs(x))", |lowering, node| lowering.lower_unary(node, Unary::Softsign)),
    function("Sqrt", &[6, 13], "square root", |lowering, node| lowering.lower_unary(node, Unary::Sqrt)),
    function("Tan", &[7, 22], "tangent", |lowering, node| lowering.lower_unary(node, Unary::Tan)),
    function("Tanh", &[6, 13], "hyperbolic tangent", |lowering, node| lowering.lower_unary(node, Unary::Tanh)),
    function("ThresholdedRelu", &[10, 22], "zero up to a bound", |lowering, node| {
        lowering.lower_unary(node, Unary::Threshold(node.real("alpha", 1.0)))
    }),
];

const fn function(name: &'static str, versions: &'static [u32], about: &'static str, lower: Lower) -> Entry {
    Entry::new(name, versions, Kind::Functions, about, lower).folding()
}

impl Lowering<'_> {
    /// Applies a function to the first input.
    pub(super) fn lower_unary(&mut self, node: &Node, unary: Unary) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let value = self.map(node, value, |function| function.then(unary))?;
        self.set(node, value)
    }
}
