//! Constant tensors: read from ONNX, and what is computed from them while importing.

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

/// Reads a tensor that is stored in the model itself.
pub(super) fn read_tensor(tensor: &TensorProto, name: &str) -> Result<Constant, CompileError> {
    let fail = |reason: &str| CompileError::Tensor { name: name.to_owned(), reason: reason.to_owned() };
    if tensor.data_location.unwrap_or(0) != 0 || !tensor.external_data.is_empty() {
        return Err(fail("its data lie in another file; export the model with its data inside"));
    }
    let dims = tensor.dims.iter().map(|&dim| usize::try_from(dim)).collect::<Result<Vec<_>, _>>();
    let shape = dims.map_err(|_| fail("it has a negative size"))?;
    let count = checked_count(name, &shape)?;
    let (values, integer) = read_values(tensor).ok_or_else(|| fail("its data type is not supported"))?;
    if values.len() != count {
        return Err(fail(&format!("it holds {} values where its shape has {count}", values.len())));
    }
    if values.iter().any(|value| value.is_nan()) {
        return Err(fail("it holds a NaN"));
    }
    let data = ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|error| fail(&error.to_string()))?;
    Ok(Constant { data, integer })
}

fn read_values(tensor: &TensorProto) -> Option<(Vec<f64>, bool)> {
    let kind = DataType::try_from(tensor.data_type).ok()?;
    let raw = &tensor.raw_data;
    let values = match kind {
        DataType::Float if raw.is_empty() => tensor.float_data.iter().map(|&x| f64::from(x)).collect(),
        DataType::Float => chunks(raw, |bytes| f64::from(f32::from_le_bytes(bytes))),
        DataType::Double if raw.is_empty() => tensor.double_data.clone(),
        DataType::Double => chunks(raw, f64::from_le_bytes),
        DataType::Int64 if raw.is_empty() => tensor.int64_data.iter().map(|&x| x as f64).collect(),
        DataType::Int64 => chunks(raw, |bytes| i64::from_le_bytes(bytes) as f64),
        DataType::Int32 | DataType::Int8 | DataType::Uint8 | DataType::Bool if raw.is_empty() => {
            tensor.int32_data.iter().map(|&x| f64::from(x)).collect()
        }
        DataType::Int32 => chunks(raw, |bytes| f64::from(i32::from_le_bytes(bytes))),
        DataType::Int8 => chunks(raw, |bytes| f64::from(i8::from_le_bytes(bytes))),
        DataType::Uint8 | DataType::Bool => chunks(raw, |bytes: [u8; 1]| f64::from(bytes[0])),
        _ => return None,
    };
    Some((values, !matches!(kind, DataType::Float | DataType::Double)))
}

fn chunks<const N: usize>(raw: &[u8], read: impl Fn([u8; N]) -> f64) -> Vec<f64> {
    let (whole, rest) = raw.as_chunks::<N>();
    let mut values: Vec<f64> = whole.iter().map(|&bytes| read(bytes)).collect();
    // A torn last value makes the count wrong, which the caller reports.
    values.extend(rest.first().map(|_| 0.0));
    values
}
