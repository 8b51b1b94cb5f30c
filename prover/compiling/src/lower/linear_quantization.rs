//! Linear quantization: rounding to a lattice and back, and products of what was rounded.

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
    .limited("to integers of 8 or 16 bits"),
    Entry::new(
        "DequantizeLinear",
        &[10, 13, 19, 21, 23, 24, 25, 28],
        Kind::Arithmetic,
        "integers of a scale as reals",
        |lowering, node| lowering.lower_dequantize(node),
    )
    .folding(),
    Entry::new(
        "DynamicQuantizeLinear",
        &[11],
        Kind::Arithmetic,
        "rounded to 8 bits of the values' own range",
        |lowering, node| lowering.lower_dynamic_quantize(node),
    )
    .limited("values that are not all near zero"),
    Entry::new(
        "QLinearMatMul",
        &[10, 21],
        Kind::Dense,
        "matrix product of integers, rounded to a scale",
        |lowering, node| lowering.lower_quantized_matmul(node),
    )
    .limited("to integers of 8 or 16 bits"),
    Entry::new("MatMulInteger", &[10], Kind::Dense, "matrix product of integers", |lowering, node| {
        lowering.lower_integer_matmul(node)
    }),
];

/// The integers of a lattice: a number is `scale (integer - zero)`.
struct Lattice {
    scale: Value,
    zero: Option<Value>,
}

impl Lowering<'_> {
    fn lower_quantize(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let lattice = self.lattice(node, [1, 2], |this, scale| this.laid(node, scale, &shape))?;
        let range = self.integer_range(node, 2)?;
        let value = self.quantized(node, value, lattice, range)?;
        self.set(node, value)
    }

    fn lower_dequantize(&mut self, node: &Node) -> Result<(), CompileError> {
        let value = self.value(node, 0)?;
        let shape = self.shape_of(&value);
        let lattice = self.lattice(node, [1, 2], |this, scale| this.laid(node, scale, &shape))?;
        let value = self.dequantized(node, value, lattice)?;
        self.set(node, value)
    }

    /// With the least value and zero's lesser `a`, and the greatest and zero's greater `b`, the scale is `(b - a) / 255`, and the
    /// zero point `round(-a / scale)`.
    fn lower_dynamic_quantize(&mut self, node: &Node) -> Result<(), CompileError> {
        const STEPS: f64 = 255.0;
        let value = self.value(node, 0)?;
        let value = self.tensor_value(node, value)?;
        let axes: Vec<usize> = (0..self.shape_of(&value).len()).collect();
        let mut reach = |sign: f64| -> Result<Value, CompileError> {
            let signed = self.combine_scalar(node, Binary::Multiply, value.clone(), sign, false)?;
            let greatest = self.greatest(node, signed, &axes, false)?;
            let positive = self.map(node, greatest, |x| x.then(Unary::RELU))?;
            self.tensor_value(node, positive)
        };
        let (below, above) = (reach(-1.0)?, reach(1.0)?);
        let range = self.binary(node, Binary::Add, above, below.clone())?;
        let scale = self.combine_scalar(node, Binary::Divide, range, STEPS, false)?;
        let scale = self.tensor_value(node, scale)?;
        let zero = self.binary(node, Binary::Divide, below, scale.clone())?;
        let zero = self.map(node, zero, |x| x.then(Unary::Round).then(Unary::Clip(0.0, STEPS)))?;
        let zero = self.tensor_value(node, zero)?;
        for (name, value) in node.outputs.iter().skip(1).zip([&scale, &zero]) {
            self.values.insert(name.clone(), value.clone());
        }
        let value = self.quantized(node, value, Lattice { scale, zero: Some(zero) }, (0.0, STEPS))?;
        self.set(node, value)
    }

    fn lower_quantized_matmul(&mut self, node: &Node) -> Result<(), CompileError> {
        let (left, right) = (self.value(node, 0)?, self.value(node, 3)?);
        let rows = self.lattice(node, [1, 2], |this, scale| this.laid_by_row(node, scale))?;
        let columns = self.lattice(node, [4, 5], |this, scale| this.laid_by_column(node, scale))?;
        let answers = self.lattice(node, [6, 7], |this, scale| this.laid_by_column(node, scale))?;
        let range = self.integer_range(node, 7)?;
        let left = self.dequantized(node, left, rows)?;
        let right = self.dequantized(node, right, columns)?;
        let product = self.matmul(node, left, right)?;
        let value = self.quantized(node, product, answers, range)?;
        self.set(node, value)
    }

    fn lower_integer_matmul(&mut self, node: &Node) -> Result<(), CompileError> {
        let mut sides = vec![];
        for (input, by_row) in [(0, true), (1, false)] {
            let value = self.value(node, input)?;
            let value = match node.input(2 + input).map(|_| self.value(node, 2 + input)).transpose()? {
                None => value,
                Some(zero) => {
                    let zero = if by_row { self.laid_by_row(node, zero)? } else { self.laid_by_column(node, zero)? };
                    self.binary(node, Binary::Subtract, value, zero)?
                }
            };
            sides.push(value);
        }
        let [left, right] = <[Value; 2]>::try_from(sides).map_err(|_| node.fail("it has no two operands"))?;
        let value = self.matmul(node, left, right)?;
        self.set(node, value)
    }

    /// `clamp(round(x / scale) + zero)`.
    fn quantized(
        &mut self,
        node: &Node,
        value: Value,
        lattice: Lattice,
        (least, greatest): (f64, f64),
    ) -> Result<Value, CompileError> {
        let value = self.binary(node, Binary::Divide, value, lattice.scale)?;
        let mut value = self.map(node, value, |x| x.then(Unary::Round))?;
        if let Some(zero) = lattice.zero {
            value = self.binary(node, Binary::Add, value, zero)?;
        }
        self.map(node, value, |x| x.then(Unary::Clip(least, greatest)))
    }

    /// `(q - zero) * scale`.
    fn dequantized(&mut self, node: &Node, value: Value, lattice: Lattice) -> Result<Value, CompileError> {
        let value = match lattice.zero {
            Some(zero) => self.binary(node, Binary::Subtract, value, zero)?,
            None => value,
        };
        self.binary(node, Binary::Multiply, value, lattice.scale).map(real)
    }

    /// A scale and a zero point of these inputs, each laid along the axes that it belongs to.
    fn lattice(
        &mut self,
        node: &Node,
        [scale, zero]: [usize; 2],
        mut lay: impl FnMut(&mut Self, Value) -> Result<Value, CompileError>,
    ) -> Result<Lattice, CompileError> {
        let scale = self.value(node, scale)?;
        let zero = node.input(zero).map(|_| self.value(node, zero)).transpose()?;
        if zero.as_ref().is_some_and(|zero| self.shape_of(zero) != self.shape_of(&scale)) {
            return Err(node.fail("its scale and zero point have different shapes"));
        }
        let zero = zero.map(|zero| lay(self, zero)).transpose()?;
        Ok(Lattice { scale: lay(self, scale)?, zero })
    }

    /// One scale, or one for each index of an axis or for each block of it, for a value of this shape.
    fn laid(&mut self, node: &Node, scale: Value, shape: &[usize]) -> Result<Value, CompileError> {
        let own = self.shape_of(&scale);
        let block =
            usize::try_from(node.integer("block_size", 0)).map_err(|_| node.fail("its block_size is negative"))?;
        if block == 0 && own.iter().product::<usize>() == 1 {
            return self.reshaped(node, scale, &[]).map(real);
        }
        let axis = normalize_axes(node, &[node.integer("axis", 1)], shape.len())?[0];
        let unfit = || node.fail("its scale has a shape that does not fit");
        if block == 0 {
            if own != [shape[axis]] {
                return Err(unfit());
            }
            let mut along = vec![1; shape.len()];
            along[axis] = shape[axis];
            return self.reshaped(node, scale, &along).map(real);
        }
        let fits = |(other, &size): (usize, &usize)| {
            size == if other == axis { shape[other].div_ceil(block) } else { shape[other] }
        };
        if own.len() != shape.len() || !own.iter().enumerate().all(fits) {
            return Err(unfit());
        }
        let blocks: Vec<usize> = (0..shape[axis]).map(|index| index / block).collect();
        self.picked(node, scale, axis, &blocks).map(real)
    }

    /// One scale or zero point, or one for each row of a matrix.
    fn laid_by_row(&mut self, node: &Node, value: Value) -> Result<Value, CompileError> {
        match self.shape_of(&value)[..] {
            [rows] if rows > 1 => self.reshaped(node, value, &[rows, 1]).map(real),
            _ => self.laid_by_column(node, value),
        }
    }

    /// One scale or zero point, or one for each column of a matrix.
    fn laid_by_column(&mut self, node: &Node, value: Value) -> Result<Value, CompileError> {
        if self.shape_of(&value).iter().product::<usize>() == 1 {
            return self.reshaped(node, value, &[]).map(real);
        }
        Ok(real(value))
    }

    /// The least and the greatest integer of the type that the zero point or an attribute gives.
    fn integer_range(&self, node: &Node, zero: usize) -> Result<(f64, f64), CompileError> {
        let kind = match (node.input(zero), node.integer("output_dtype", 0)) {
            (Some(name), _) => self.kind_of(name).ok_or_else(|| {
                node.fail("the type of its zero point is not known; make it an initializer, or cast it to the type")
            })?,
            (None, 0) => DataType::Uint8 as i32,
            (None, kind) => i32::try_from(kind).unwrap_or(0),
        };
        match DataType::try_from(kind) {
            Ok(DataType::Uint8) => Ok((0.0, 255.0)),
            Ok(DataType::Int8) => Ok((-128.0, 127.0)),
            Ok(DataType::Uint16) => Ok((0.0, 65535.0)),
            Ok(DataType::Int16) => Ok((-32768.0, 32767.0)),
            _ => Err(node.fail("it quantizes to a type that is not supported; integers of 8 and 16 bits are")),
        }
    }

    /// The type of an initializer, or of what a cast, a constant or a quantization makes.
    fn kind_of(&self, name: &str) -> Option<i32> {
        let initializers = self.graph.proto.graph.iter().flat_map(|graph| &graph.initializer);
        if let Some(tensor) = initializers.into_iter().find(|tensor| tensor.name == name) {
            return Some(tensor.data_type);
        }
        let maker = self.graph.nodes.iter().find(|node| node.outputs.iter().any(|output| output == name))?;
        match maker.operator.name {
            "Cast" => i32::try_from(maker.integer("to", 0)).ok(),
            "Constant" => maker.tensor("value").map(|tensor| tensor.data_type),
            "DynamicQuantizeLinear" => Some(DataType::Uint8 as i32),
            _ => None,
        }
    }
}

/// A constant as reals: whole numbers are divided otherwise.
fn real(value: Value) -> Value {
    match value {
        Value::Constant(constant) => Value::Constant(Constant::real(constant.data)),
        value => value,
    }
}
