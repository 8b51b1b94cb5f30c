//! The types of tensors' elements: what a cast to the type of another tensor has to know.

use tract_onnx::pb::tensor_proto::DataType;

use super::{Lowering, Value};
use crate::constant::{element_bits, is_real};
use crate::node::Node;

/// What the elements of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Floats of any width.
    Real,
    /// Whole numbers of any width.
    Whole,
    /// True or false, as 1 and 0.
    Truth,
}

impl Element {
    /// The elements of a type of ONNX, nothing where they are no numbers.
    pub(super) fn of_onnx(kind: i64) -> Option<Self> {
        let kind = i32::try_from(kind).ok().and_then(|kind| DataType::try_from(kind).ok())?;
        Self::of(kind)
    }

    /// The elements of a type, nothing where they are no numbers.
    pub(super) fn of(kind: DataType) -> Option<Self> {
        match kind {
            DataType::Bool => Some(Self::Truth),
            kind if is_real(kind) => Some(Self::Real),
            kind => element_bits(kind).map(|_| Self::Whole),
        }
    }
}

impl Lowering<'_> {
    /// Notes what the elements of a node's outputs are.
    pub(super) fn note_elements(&mut self, node: &Node) {
        for output in &node.outputs {
            if let Some(element) = self.element_of(node, output) {
                self.elements.insert(output.clone(), element);
            }
        }
    }

    fn element_of(&self, node: &Node, output: &str) -> Option<Element> {
        let input = |index: usize| node.input(index).and_then(|name| self.elements.get(name).copied());
        match node.operator.name {
            "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal" => Some(Element::Truth),
            "Not" | "And" | "Or" | "Xor" => Some(Element::Truth),
            "Shape" | "Size" | "NonZero" | "ArgMax" | "ArgMin" | "QuantizeLinear" => Some(Element::Whole),
            "QLinearMatMul" | "MatMulInteger" => Some(Element::Whole),
            "DynamicQuantizeLinear" if node.outputs.get(1).is_some_and(|scale| scale == output) => Some(Element::Real),
            "DynamicQuantizeLinear" => Some(Element::Whole),
            "TopK" if node.outputs.get(1).is_some_and(|numbers| numbers == output) => Some(Element::Whole),
            "DequantizeLinear" => Some(Element::Real),
            "Cast" => Element::of_onnx(node.integer("to", 0)),
            "CastLike" | "Where" => input(1),
            "If" | "Loop" | "Scan" => self.elements.get(output).copied(),
            "OneHot" => input(2),
            "Constant" | "ConstantOfShape" => match self.values.get(output) {
                Some(Value::Constant(constant)) if !constant.integer => Some(Element::Real),
                // Truths are whole numbers here too: their type is not kept.
                Some(Value::Constant(constant)) if constant.data.iter().any(|&value| value != 0.0 && value != 1.0) => {
                    Some(Element::Whole)
                }
                _ => None,
            },
            _ => input(0),
        }
    }
}
