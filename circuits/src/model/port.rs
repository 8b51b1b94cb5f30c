//! Where numbers of the user's meet integers of the model's.

use serde::{Deserialize, Serialize};

use super::ValueRange;

/// The model's input: `q = clamp(round((x - offset) / scale))`, one tensor of signed integers of 8 or 16 bits.
///
/// A user gives one array, or several that stand in the tensor one after another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InputPort {
    /// The shape that the user's array has. If there are several, it is the number of their values.
    pub shape: Vec<usize>,
    /// The user's arrays, if there are several: at least two, in their order in the tensor.
    pub parts: Vec<InputPart>,
    /// The axes of the tensor; they hold as many values as `shape`, in the same row-major order.
    pub axes: Vec<usize>,
    /// 8 or 16.
    pub bits: u32,
    /// One scale, or one for each value.
    pub scales: Vec<f32>,
    /// One offset, or one for each value.
    pub offsets: Vec<f32>,
    /// What the values may be, from the first to the last, where some may not be all that the bits allow; otherwise none.
    pub ranges: Vec<ValueRange>,
    /// How whoever checks a proof is told of the input.
    pub binding: Binding,
}

/// One of several arrays that a user gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPart {
    /// The name by which the user gives it: that of the ONNX model's input.
    pub name: String,
    /// The shape that it has.
    pub shape: Vec<usize>,
}

/// How whoever checks a proof is told of an input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Binding {
    /// By its values. They are part of what a contract reads.
    #[default]
    Values,
    /// By Poseidon digests, one for each sample, of which there are so many. A contract reads 32 bytes a sample, however large
    /// it is.
    Digests(usize),
}

impl Binding {
    /// The number of digests: none where the values are told.
    #[must_use]
    pub const fn digests(self) -> usize {
        match self {
            Self::Values => 0,
            Self::Digests(samples) => samples,
        }
    }

    /// The binding of a batch of so many samples.
    #[must_use]
    pub const fn batched(self, samples: usize) -> Self {
        match self {
            Self::Values => Self::Values,
            Self::Digests(_) => Self::Digests(samples),
        }
    }
}

/// The model's output: `x = scale * q` over the last step's tensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputPort {
    /// The shape that the user's array has; it holds as many values as the last tensor, in the same row-major order.
    pub shape: Vec<usize>,
    /// What one unit is worth.
    pub scale: f32,
}

impl InputPort {
    /// A port whose values are the model's integers themselves, and are told as they are.
    #[must_use]
    pub fn of_integers(axes: Vec<usize>, bits: u32) -> Self {
        let (scales, offsets) = (vec![1.0], vec![0.0]);
        Self {
            shape: axes.clone(),
            parts: vec![],
            axes,
            bits,
            scales,
            offsets,
            ranges: vec![],
            binding: Binding::Values,
        }
    }

    /// Whether the value at position `index` is a whole number, such as the index of a token, which the model takes as it is. The
    /// compiler gives no other value a scale of just 1.
    #[must_use]
    pub fn is_whole(&self, index: usize) -> bool {
        pick(&self.scales, index) == 1.0 && pick(&self.offsets, index) == 0.0
    }

    /// The least and the greatest integer that the value at position `index` may be.
    #[must_use]
    pub fn range_at(&self, index: usize) -> (i64, i64) {
        ValueRange::at(&self.ranges, index).map_or_else(|| self.range(), |range| (range.least, range.greatest))
    }

    /// The least and the greatest integer that the bits allow.
    #[must_use]
    pub fn range(&self) -> (i64, i64) {
        let half = 1i64 << (self.bits - 1);
        (-half, half - 1)
    }

    /// The integer for the user's value at position `index`. A NaN becomes zero, everything else saturates.
    #[must_use]
    pub fn quantize(&self, index: usize, value: f32) -> i64 {
        let scale = f64::from(pick(&self.scales, index));
        let offset = f64::from(pick(&self.offsets, index));
        let (least, greatest) = self.range_at(index);
        // A valid range is not empty. Files are validated before, but this is a public type.
        (((f64::from(value) - offset) / scale).round() as i64).min(greatest).max(least)
    }

    /// The user's value for the integer at position `index`.
    #[must_use]
    pub fn dequantize(&self, index: usize, value: i64) -> f32 {
        (value as f64 * f64::from(pick(&self.scales, index)) + f64::from(pick(&self.offsets, index))) as f32
    }
}

impl OutputPort {
    /// The user's value for an integer of the last tensor.
    #[must_use]
    pub fn dequantize(&self, value: i64) -> f32 {
        (value as f64 * f64::from(self.scale)) as f32
    }
}

fn pick(values: &[f32], index: usize) -> f32 {
    if let [value] = values { *value } else { values.get(index).copied().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::{InputPort, OutputPort, ValueRange};

    fn port(bits: u32, scales: Vec<f32>, offsets: Vec<f32>) -> InputPort {
        InputPort { scales, offsets, ..InputPort::of_integers(vec![2], bits) }
    }

    #[test]
    fn a_nan_is_zero_and_everything_else_saturates() {
        for (bits, least, greatest) in [(8, -128, 127), (16, -32768, 32767)] {
            let port = port(bits, vec![0.5], vec![1.0]);
            assert_eq!(port.range(), (least, greatest));
            assert_eq!(port.quantize(0, f32::NAN), 0);
            for (value, expected) in [(f32::INFINITY, greatest), (f32::NEG_INFINITY, least)] {
                assert_eq!(port.quantize(0, value), expected);
            }
            assert_eq!(port.quantize(1, f32::MAX), greatest);
            assert_eq!(port.quantize(1, f32::MIN), least);
        }
    }

    #[test]
    fn extreme_scales_and_offsets_do_not_wrap() {
        let port = port(8, vec![f32::from_bits(1), f32::MAX], vec![f32::MIN, f32::MAX]);
        assert_eq!(port.quantize(0, f32::MAX), 127);
        assert_eq!(port.quantize(0, f32::MIN), 0);
        assert_eq!(port.quantize(1, f32::MIN), -2);
        assert_eq!(port.quantize(1, f32::MAX), 0);
    }

    #[test]
    fn integers_stand_for_the_user_s_values() {
        let port = port(8, vec![0.5, 0.25], vec![3.0, -2.0]);
        assert_eq!([port.dequantize(0, 4), port.dequantize(1, -4)], [5.0, -3.0]);
        let port = OutputPort { shape: vec![1], scale: 0.25 };
        assert_eq!([-6, 0, 1].map(|value| port.dequantize(value)), [-1.5, 0.0, 0.25]);
    }

    #[test]
    fn whole_numbers_are_those_that_stand_for_themselves() {
        let port = port(8, vec![1.0, 0.5], vec![0.0]);
        assert_eq!([0, 1].map(|index| port.is_whole(index)), [true, false]);
        assert!(!InputPort { offsets: vec![0.0, 1.0], scales: vec![1.0], ..port }.is_whole(1));
    }

    #[test]
    fn values_saturate_at_their_own_ranges() {
        let range = |count, least, greatest| ValueRange { count, least, greatest };
        let port = InputPort { ranges: vec![range(2, 0, 1), range(1, -128, 127)], ..port(8, vec![1.0], vec![0.0]) };
        assert_eq!([0, 1, 2].map(|index| port.quantize(index, 5.0)), [1, 1, 5]);
        assert_eq!([0, 1, 2].map(|index| port.quantize(index, -500.0)), [0, 0, -128]);
        assert_eq!([1, 2, 3].map(|index| port.range_at(index)), [(0, 1), (-128, 127), port.range()]);
    }

    #[test]
    fn halves_round_away_from_zero_and_each_value_has_its_scale() {
        let port = port(8, vec![1.0, 0.25], vec![0.0]);
        assert_eq!([0.5, -0.5, 1.5, -1.5].map(|value| port.quantize(0, value)), [1, -1, 2, -2]);
        assert_eq!(port.quantize(1, 1.0), 4);
        for value in -128..=127 {
            assert_eq!(port.quantize(1, port.dequantize(1, value)), value);
        }
    }
}
