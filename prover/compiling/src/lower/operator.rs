//! Which operator is lowered how.

use super::{Lowering, Value};
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::onnx::Node;

/// The operators that are supported.
pub(crate) const SUPPORTED: &[&str] = &[
    "Abs",
    "Add",
    "AveragePool",
    "BatchNormalization",
    "Cast",
    "Celu",
    "Clip",
    "Concat",
    "Constant",
    "ConstantOfShape",
    "Conv",
    "Div",
    "Dropout",
    "Elu",
    "Erf",
    "Exp",
    "Flatten",
    "Gather",
    "Gelu",
    "Gemm",
    "GlobalAveragePool",
    "GlobalMaxPool",
    "HardSigmoid",
    "HardSwish",
    "Identity",
    "LeakyRelu",
    "Log",
    "MatMul",
    "Max",
    "MaxPool",
    "Min",
    "Mish",
    "Mul",
    "Neg",
    "PRelu",
    "Pad",
    "Pow",
    "Reciprocal",
    "ReduceMax",
    "ReduceMean",
    "ReduceSum",
    "Relu",
    "Reshape",
    "Selu",
    "Shape",
    "Sigmoid",
    "Slice",
    "Softplus",
    "Split",
    "Sqrt",
    "Squeeze",
    "Sub",
    "Tanh",
    "Transpose",
    "Unsqueeze",
];

impl Lowering<'_> {
    /// Lowers one node.
    pub(super) fn lower_node(&mut self, node: &Node) -> Result<(), CompileError> {
        if let Some(binary) = binary(&node.operator) {
            return if self.is_constant(node) {
                self.fold_binary(node, binary)
            } else {
                self.lower_binary(node, binary)
            };
        }
        if let Some(unary) = unary(node) {
            return if self.is_constant(node) { self.fold_unary(node, unary) } else { self.lower_unary(node, unary) };
        }
        match node.operator.as_str() {
            "Constant" => self.lower_constant(node),
            "Shape" => self.lower_shape(node),
            "Cast" => self.lower_cast(node),
            "Identity" | "Dropout" => self.lower_identity(node),
            "Reshape" => self.lower_reshape(node),
            "Flatten" => self.lower_flatten(node),
            "Squeeze" => self.lower_squeeze(node),
            "Unsqueeze" => self.lower_unsqueeze(node),
            "Transpose" => self.lower_transpose(node),
            "Slice" => self.lower_slice(node),
            "Split" => self.lower_split(node),
            _ if self.is_constant(node) => self.fold_node(node),
            _ => self.lower_values(node),
        }
    }

    fn fold_node(&mut self, node: &Node) -> Result<(), CompileError> {
        match node.operator.as_str() {
            "ConstantOfShape" => self.fold_constant_of_shape(node),
            "Gather" => self.fold_gather(node),
            "Concat" => self.fold_concat(node),
            "Pad" => self.lower_pad(node),
            operator if SUPPORTED.contains(&operator) => Err(node.fail("it is not supported on constants alone")),
            _ => Err(unsupported(node)),
        }
    }

    fn lower_values(&mut self, node: &Node) -> Result<(), CompileError> {
        match node.operator.as_str() {
            "AveragePool" => self.lower_average_pool(node),
            "BatchNormalization" => self.lower_batch_normalization(node),
            "Clip" => self.lower_clip(node),
            "Concat" => self.lower_concat(node),
            "Conv" => self.lower_conv(node),
            "Gather" => self.lower_gather(node),
            "Gelu" => self.lower_gelu(node),
            "Gemm" => self.lower_gemm(node),
            "GlobalAveragePool" => self.lower_global_average_pool(node),
            "GlobalMaxPool" => self.lower_global_max_pool(node),
            "HardSwish" => self.lower_hard_swish(node),
            "MatMul" => self.lower_matmul(node),
            "Max" => self.lower_extremum(node, 1.0),
            "Min" => self.lower_extremum(node, -1.0),
            "MaxPool" => self.lower_max_pool(node),
            "Mish" => self.lower_mish(node),
            "PRelu" => self.lower_prelu(node),
            "Pad" => self.lower_pad(node),
            "ReduceMax" => self.lower_reduce_max(node),
            "ReduceMean" => self.lower_reduce(node, true),
            "ReduceSum" => self.lower_reduce(node, false),
            _ => Err(unsupported(node)),
        }
    }

    fn lower_identity(&mut self, node: &Node) -> Result<(), CompileError> {
        if node.operator == "Dropout" && self.constant(node, 2)?.is_some_and(|training| training.scalar() != Some(0.0))
        {
            return Err(node.fail("training mode is not supported"));
        }
        let value: Value = self.value(node, 0)?;
        self.set(node, value)
    }
}

fn unsupported(node: &Node) -> CompileError {
    CompileError::Operator { node: node.name.clone(), operator: node.operator.clone() }
}

fn binary(operator: &str) -> Option<Binary> {
    Some(match operator {
        "Add" => Binary::Add,
        "Sub" => Binary::Subtract,
        "Mul" => Binary::Multiply,
        "Div" => Binary::Divide,
        "Pow" => Binary::Power,
        _ => return None,
    })
}

fn unary(node: &Node) -> Option<Unary> {
    Some(match node.operator.as_str() {
        "Abs" => Unary::Abs,
        "Celu" => Unary::Celu(node.real("alpha", 1.0)),
        "Elu" => Unary::Elu(node.real("alpha", 1.0)),
        "Erf" => Unary::Erf,
        "Exp" => Unary::Exp,
        "HardSigmoid" => Unary::HardSigmoid(node.real("alpha", 0.2), node.real("beta", 0.5)),
        "LeakyRelu" => Unary::LeakyRelu(node.real("alpha", 0.01)),
        "Log" => Unary::Log,
        "Neg" => Unary::Negate,
        "Reciprocal" => Unary::Reciprocal,
        "Relu" => Unary::RELU,
        "Selu" => Unary::Selu(node.real("alpha", 1.673_263_2), node.real("gamma", 1.050_701)),
        "Sigmoid" => Unary::Sigmoid,
        "Softplus" => Unary::Softplus,
        "Sqrt" => Unary::Sqrt,
        "Tanh" => Unary::Tanh,
        _ => return None,
    })
}
