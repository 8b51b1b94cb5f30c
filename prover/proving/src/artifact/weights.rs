//! Weights as bytes: for each tensor the width of its integers, then the integers in two's complement, little-endian.
//!
//! The architecture fixes how many there are, and the width is the least that holds them all, so that weights have one
//! encoding and take no more memory than the architecture allows.

use hallmark_circuits::{
    codec::{CodecError, Reader},
    model::{Architecture, Weights},
};

const PART: &str = "the weights";

/// Writes weights.
pub(super) fn write(bytes: &mut Vec<u8>, weights: &Weights) {
    weights.0.iter().for_each(|tensor| write_tensor(bytes, tensor));
}

/// Writes the integers of a tensor.
pub(super) fn write_tensor(bytes: &mut Vec<u8>, tensor: &[i64]) {
    let width = width_of(tensor);
    bytes.push(width as u8);
    bytes.extend(tensor.iter().flat_map(|value| value.to_le_bytes().into_iter().take(width)));
}

/// Reads weights of an architecture, and validates them.
pub(super) fn read(reader: &mut Reader<'_>, architecture: &Architecture) -> Result<Weights, CodecError> {
    let mut tensors = Vec::with_capacity(architecture.weights.len());
    for shape in &architecture.weights {
        tensors.push(read_tensor(reader, shape.axes.iter().product())?);
    }
    let weights = Weights(tensors);
    weights.validate(architecture)?;
    Ok(weights)
}

/// Reads so many integers of a tensor.
pub(super) fn read_tensor(reader: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, CodecError> {
    let [width] = reader.array(PART)?;
    let width = usize::from(width);
    if !(1..=size_of::<i64>()).contains(&width) {
        return Err(CodecError::NotCanonical { part: PART });
    }
    let length = count.checked_mul(width).ok_or(CodecError::Truncated { part: PART })?;
    let tensor: Vec<i64> = reader.slice(PART, length)?.chunks_exact(width).map(extend).collect();
    if width_of(&tensor) == width { Ok(tensor) } else { Err(CodecError::NotCanonical { part: PART }) }
}

/// The integer with these low bytes, whose last bit is its sign.
fn extend(bytes: &[u8]) -> i64 {
    let value = bytes.iter().rev().fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
    let unused = 64 - 8 * bytes.len() as u32;
    ((value << unused) as i64) >> unused
}

/// The least number of bytes that holds each of the values.
fn width_of(values: &[i64]) -> usize {
    let bits = |value: &i64| 65 - (value ^ (value >> 63)).leading_zeros();
    values.iter().map(bits).max().unwrap_or(1).div_ceil(8) as usize
}

#[cfg(test)]
mod tests {
    use super::{extend, width_of};

    #[test]
    fn the_width_is_the_least_that_keeps_the_value() {
        let ends = [0, 1, -1, 127, -128, 128, -129, 32767, -32768, 1 << 38, -(1 << 38), i64::MAX, i64::MIN];
        for value in ends {
            let width = width_of(&[value]);
            assert_eq!(extend(&i64::to_le_bytes(value)[..width]), value);
            assert!(width == 1 || extend(&i64::to_le_bytes(value)[..width - 1]) != value, "{value}");
        }
        assert_eq!([127, -128, 128].map(|value| width_of(&[value])), [1, 1, 2]);
    }
}
