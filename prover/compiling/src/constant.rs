//! Constant tensors: read from ONNX, and what is computed from them while importing.

use half::{bf16, f16};
use ndarray::{ArrayD, IxDyn};
use tract_onnx::pb::{TensorProto, tensor_proto::DataType};

use super::error::{CompileError, check_size};
use super::limits::{MAX_RANK, MAX_TENSOR};

/// A constant tensor. Integers are exact up to `2^53`, far above any size that is accepted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Constant {
    /// The values.
    pub(super) data: ArrayD<f64>,
    /// Whether ONNX has it as integers: then division truncates.
    pub(super) integer: bool,
}

impl Constant {
    /// A tensor of reals.
    pub(super) fn real(data: ArrayD<f64>) -> Self {
        Self { data, integer: false }
    }

    /// A vector of integers.
    pub(super) fn integers(values: &[i64]) -> Self {
        let data = ArrayD::from_shape_fn(IxDyn(&[values.len()]), |index| values[index[0]] as f64);
        Self { data, integer: true }
    }

    /// The value of a tensor that holds one.
    pub(super) fn scalar(&self) -> Option<f64> {
        (self.data.len() == 1).then(|| self.data.iter().next().copied()).flatten()
    }

    /// The values as integers.
    pub(super) fn as_integers(&self) -> Vec<i64> {
        self.data.iter().map(|&value| value as i64).collect()
    }

    /// Broadcast to a shape; nothing where it does not fit.
    pub(super) fn broadcast(&self, shape: &[usize]) -> Option<ArrayD<f64>> {
        self.data.broadcast(IxDyn(shape)).map(|view| view.to_owned())
    }
}

/// The number of values of a shape, refused where it is too large.
pub(super) fn checked_count(name: &str, shape: &[usize]) -> Result<usize, CompileError> {
    check_size(format!("the number of axes of `{name}`"), shape.len() as u128, MAX_RANK as u128)?;
    let count = shape.iter().fold(1u128, |count, &size| count.saturating_mul(size as u128));
    check_size(format!("the number of values of `{name}`"), count, MAX_TENSOR as u128)?;
    Ok(count as usize)
}

/// The bits of one element of a type that is supported.
pub(super) fn element_bits(kind: DataType) -> Option<u64> {
    Some(match kind {
        DataType::Double | DataType::Int64 | DataType::Uint64 => 64,
        DataType::Float | DataType::Int32 | DataType::Uint32 => 32,
        DataType::Float16 | DataType::Bfloat16 | DataType::Int16 | DataType::Uint16 => 16,
        DataType::Int8 | DataType::Uint8 | DataType::Bool => 8,
        _ => return None,
    })
}

/// Whether a type holds reals.
pub(super) fn is_real(kind: DataType) -> bool {
    matches!(kind, DataType::Float | DataType::Double | DataType::Float16 | DataType::Bfloat16)
}

/// Reads a tensor that is stored in the model itself.
pub(super) fn read_tensor(tensor: &TensorProto, name: &str) -> Result<Constant, CompileError> {
    let fail = |reason: String| CompileError::Tensor { name: name.to_owned(), reason };
    if tensor.data_location.unwrap_or(0) != 0 || !tensor.external_data.is_empty() {
        return Err(fail("its data lie in another file in a way that is not supported".into()));
    }
    let dims = tensor.dims.iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>();
    let shape = dims.map_err(|_| fail("it has a negative size".into()))?;
    let count = checked_count(name, &shape)?;
    let kind = DataType::try_from(tensor.data_type).unwrap_or(DataType::Undefined);
    let values = read_values(tensor, kind).ok_or_else(|| {
        fail(format!(
            "its data type {} is not supported; floats of 16 to 64 bits, integers of 8 to 64 bits and booleans are",
            kind.as_str_name()
        ))
    })?;
    if values.len() != count {
        return Err(fail(format!("it holds {} values where its shape has {count}", values.len())));
    }
    if values.iter().any(|value| value.is_nan()) {
        return Err(fail("it holds a NaN".into()));
    }
    let data = ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|error| fail(error.to_string()))?;
    Ok(Constant { data, integer: !is_real(kind) })
}

/// The values of a tensor, from its bytes or from the field that its type has.
fn read_values(tensor: &TensorProto, kind: DataType) -> Option<Vec<f64>> {
    element_bits(kind)?;
    let raw = &tensor.raw_data;
    Some(match kind {
        _ if raw.is_empty() => read_fields(tensor, kind)?,
        DataType::Float => chunks(raw, |bytes| f64::from(f32::from_le_bytes(bytes))),
        DataType::Double => chunks(raw, f64::from_le_bytes),
        DataType::Float16 => chunks(raw, |bytes| f16::from_le_bytes(bytes).to_f64()),
        DataType::Bfloat16 => chunks(raw, |bytes| bf16::from_le_bytes(bytes).to_f64()),
        DataType::Int64 => chunks(raw, |bytes| i64::from_le_bytes(bytes) as f64),
        DataType::Uint64 => chunks(raw, |bytes| u64::from_le_bytes(bytes) as f64),
        DataType::Int32 => chunks(raw, |bytes| f64::from(i32::from_le_bytes(bytes))),
        DataType::Uint32 => chunks(raw, |bytes| f64::from(u32::from_le_bytes(bytes))),
        DataType::Int16 => chunks(raw, |bytes| f64::from(i16::from_le_bytes(bytes))),
        DataType::Uint16 => chunks(raw, |bytes| f64::from(u16::from_le_bytes(bytes))),
        DataType::Int8 => chunks(raw, |bytes| f64::from(i8::from_le_bytes(bytes))),
        _ => chunks(raw, |bytes: [u8; 1]| f64::from(bytes[0])),
    })
}

/// The values of a tensor without raw bytes. Floats of 16 bits stand as their bits among the integers.
fn read_fields(tensor: &TensorProto, kind: DataType) -> Option<Vec<f64>> {
    let integers = tensor.int32_data.iter();
    Some(match kind {
        DataType::Float => tensor.float_data.iter().map(|&x| f64::from(x)).collect(),
        DataType::Double => tensor.double_data.clone(),
        DataType::Int64 => tensor.int64_data.iter().map(|&x| x as f64).collect(),
        DataType::Uint64 | DataType::Uint32 => tensor.uint64_data.iter().map(|&x| x as f64).collect(),
        DataType::Float16 => integers.map(|&x| f16::from_bits(x as u16).to_f64()).collect(),
        DataType::Bfloat16 => integers.map(|&x| bf16::from_bits(x as u16).to_f64()).collect(),
        _ => integers.map(|&x| f64::from(x)).collect(),
    })
}

fn chunks<const N: usize>(raw: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (whole, rest) = raw.as_chunks::<N>();
    let mut values: Vec<f64> = whole.iter().map(|&bytes| read(bytes)).collect();
    // A torn last value makes the count wrong, which the caller reports.
    values.extend(rest.first().map(|_| 0.0));
    values
}
