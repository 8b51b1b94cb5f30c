//! QuantizeLinear and DequantizeLinear: rounding to a lattice and back, as functions of one value.

use tract_onnx::pb::tensor_proto::DataType;

use super::entry::Entry;
use super::shape::normalize_axes;
use super::{Lowering, Value};
use crate::constant::Constant;
use crate::error::CompileError;
use crate::function::{Binary, Unary};
use crate::node::Node;
use crate::operator::Kind;

/// The operators of this file.
pub(super) const OPERATORS: &[Entry] = &[
    Entry::new(
        "QuantizeLinear",
        &[10, 13, 19, 21, 23, 24, 25, 28],
        Kind::Arithmetic,
        "rounded to integers of a scale",
        |lowering, node| lowering.lower_quantize(node),
    )
    .folding()
    .limited("constant scale and zero point, to integers of 8 or 16 bits, not in blocks"),
    Entry::new(
        "DequantizeLinear",
        &[10, 13, 19, 21, 23, 24, 25, 28],
        Kind::Arithmetic,
        "integers of a scale as reals",
        |lowering, node| lowering.lower_dequantize(node),
    )
    .folding()
    .limited("constant scale and zero point, not in blocks"),
];

impl Lowering<'_> {
    /// `clamp(round(x / scale) + zero)`.
    fn lower_quantize(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let (scale, zero) = self.lattice(node, &value)?;
        let (least, greatest) = self.integer_range(node)?;
        let value = self.binary(node, Binary::Divide, value, Value::Constant(scale))?;
        let value = self.map(node, value, |x| x.then(Unary::Round))?;
        let value = self.binary(node, Binary::Add, value, Value::Constant(zero))?;
        let value = self.map(node, value, |x| x.then(Unary::Clip(least, greatest)))?;
        self.set(node, value)
    }

    /// `(q - zero) * scale`.
    fn lower_dequantize(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let (scale, zero) = self.lattice(node, &value)?;
        let value = self.binary(node, Binary::Subtract, value, Value::Constant(zero))?;
        let value = self.binary(node, Binary::Multiply, value, Value::Constant(scale))?;
        let value = match value {
            Value::Constant(constant) => Value::Constant(Constant::real(constant.data)),
            value => value,
        };
        self.set(node, value)
    }

    /// The scale and the zero point, laid along the axis that they belong to.
    fn lattice(&self, node: &Node, value: &Value) -> Result<(Constant, Constant), CompileError> {
        if node.integer("block_size", 0) != 0 {
            return Err(node.fail("it has a scale for each block; export with one for each tensor or channel"));
        }
        let scale = self.input_constant(node, 1)?;
        let zero = self.constant(node, 2)?;
        let zero = zero.unwrap_or_else(|| Constant::real(ndarray::ArrayD::zeros(scale.data.shape())));
        if scale.data.shape() != zero.data.shape() {
            return Err(node.fail("its scale and zero point have different shapes"));
        }
        let rank = self.shape_of(value).len();
        if scale.data.len() == 1 {
            return Ok((single(&scale), single(&zero)));
        }
        let axis = normalize_axes(node, &[node.integer("axis", 1)], rank)?[0];
        let mut shape = vec![1; rank];
        shape[axis] = scale.data.len();
        let along = |constant: &Constant| -> Result<Constant, CompileError> {
            let data = constant.data.to_shape(shape.as_slice()).map_err(|error| node.fail(error.to_string()))?;
            Ok(Constant::real(data.to_owned()))
        };
        Ok((along(&scale)?, along(&zero)?))
    }

    /// The least and the greatest integer of the type that the zero point or an attribute gives.
    fn integer_range(&self, node: &Node) -> Result<(f64, f64), CompileError> {
        let graph = self.graph.proto.graph.as_ref();
        let zero = node
            .input(2)
            .and_then(|name| graph.and_then(|graph| graph.initializer.iter().find(|tensor| tensor.name == name)));
        let kind = match (zero, node.input(2), node.integer("output_dtype", 0)) {
            (Some(tensor), _, _) => tensor.data_type,
            (None, None, 0) => DataType::Uint8 as i32,
            (None, None, kind) => i32::try_from(kind).unwrap_or(0),
            (None, Some(_), _) => return Err(node.fail("its zero point must be an initializer")),
        };
        match DataType::try_from(kind) {
            Ok(DataType::Uint8) => Ok((0.0, 255.0)),
            Ok(DataType::Int8) => Ok((-128.0, 127.0)),
            Ok(DataType::Uint16) => Ok((0.0, 65535.0)),
            Ok(DataType::Int16) => Ok((-32768.0, 32767.0)),
            _ => Err(node.fail("it quantizes to a type that is not supported; integers of 8 and 16 bits are")),
        }
    }
}

/// The only value of a constant, as a real.
fn single(constant: &Constant) -> Constant {
    Constant::real(ndarray::arr0(constant.scalar().unwrap_or(0.0)).into_dyn())
}
