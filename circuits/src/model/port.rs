//! Where numbers of the user's meet integers of the model's.

use std::ops::Range;

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
///
/// A user gets one array, or several that stand in the tensor beside one another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputPort {
    /// The shape that the user's array has; it holds as many values as the last tensor, in the same row-major order. If there are
    /// several arrays, it is the number of the tensor's values.
    pub shape: Vec<usize>,
    /// The user's arrays, if there are several: at least two, in the order of the ONNX model.
    pub parts: Vec<OutputPart>,
    /// What one unit is worth; 1 if there are several arrays, each of which has a scale of its own.
    pub scale: f32,
}

/// One of several arrays that a user gets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutputPart {
    /// The name of the ONNX model's output.
    pub name: String,
    /// The shape that the array has.
    pub shape: Vec<usize>,
    /// The place of its first value in the last tensor, row-major without padding.
    pub start: usize,
    /// The axes along which its other values lie, outermost first. They hold as many values as `shape`, in the same row-major order.
    pub axes: Vec<PartAxis>,
    /// What one unit is worth.
    pub scale: f32,
}

/// An axis of one of several outputs, as it lies in the last tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartAxis {
    /// The number of its indices.
    pub size: usize,
    /// How many places lie between an index and the next one.
    pub stride: usize,
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
    /// The user's values for the integers of the last tensor. Those of several arrays follow each other.
    #[must_use]
    pub fn dequantize(&self, integers: &[i64]) -> Vec<f32> {
        if self.parts.is_empty() {
            return integers.iter().map(|&value| dequantize(self.scale, value)).collect();
        }
        self.parts.iter().flat_map(|part| part.dequantize(integers)).collect()
    }

    /// The places in the user's values of each of several arrays.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> {
        let mut end = 0;
        self.parts.iter().map(move |part| {
            let start = end;
            end += part.len();
            start..end
        })
    }
}

impl OutputPart {
    /// The number of its values.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has no values, which a valid model's never is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The places of its values in the last tensor, in the order of its own.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        (0..self.len()).map(|index| {
            let step = |(place, index): (usize, usize), axis: &PartAxis| {
                (place + index % axis.size * axis.stride, index / axis.size)
            };
            self.axes.iter().rev().fold((self.start, index), step).0
        })
    }

    /// The user's values for the integers of the last tensor.
    #[must_use]
    pub fn dequantize(&self, integers: &[i64]) -> Vec<f32> {
        let value = |place| dequantize(self.scale, integers.get(place).copied().unwrap_or_default());
        self.places().map(value).collect()
    }
}

fn dequantize(scale: f32, value: i64) -> f32 {
    (value as f64 * f64::from(scale)) as f32
}

fn pick(values: &[f32], index: usize) -> f32 {
    if let [value] = values { *value } else { values.get(index).copied().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::{InputPort, OutputPart, OutputPort, PartAxis, ValueRange};

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
        let port = OutputPort { shape: vec![3], parts: vec![], scale: 0.25 };
        assert_eq!(port.dequantize(&[-6, 0, 1]), [-1.5, 0.0, 0.25]);
    }

    #[test]
    fn each_of_several_outputs_has_its_places_and_its_scale() {
        let axis = |size, stride| PartAxis { size, stride };
        let part = |name: &str, shape: &[usize], start, axes: &[PartAxis], scale| OutputPart {
            name: name.into(),
            shape: shape.to_vec(),
            start,
            axes: axes.to_vec(),
            scale,
        };
        // A tensor of 2 by 3 whose last column is another output.
        let parts = vec![
            part("matrix", &[1, 2, 2], 0, &[axis(2, 3), axis(2, 1)], 0.5),
            part("column", &[2], 2, &[axis(2, 3)], 100.0),
            part("corner", &[], 4, &[], 1.0),
        ];
        let port = OutputPort { shape: vec![6], parts, scale: 1.0 };
        let found = port.dequantize(&[1, 2, 3, 4, 5, 6]);
        assert_eq!(found, [0.5, 1.0, 2.0, 2.5, 300.0, 600.0, 5.0]);
        assert!(port.ranges().eq([0..4, 4..6, 6..7]));
        assert!(port.parts.iter().all(|part| !part.is_empty()));
        assert!(part("nothing", &[2, 0], 0, &[], 1.0).is_empty());
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
