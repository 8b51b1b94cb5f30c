//! How inputs of whole numbers are read.
//!
//! A table has at most 2^16 entries. Two numbers of 16 bits have a sum of 17 bits, which no table holds. So numbers that meet others
//! are clamped first, to a range whose sums tables hold, and the port tells that range. An index is none of a table's rows where it
//! exceeds them.

use std::ops::Range;

use tract_onnx::pb::tensor_proto::DataType;

use super::calibrate::Samples;
use super::constant::is_real;
use super::error::CompileError;
use super::float_model::PartKind;
use super::interface::Input;
use super::onnx::Graph;
use super::uses::Uses;

/// The most bits of an input.
pub(super) const WIDE: u32 = 16;
/// The most bits of numbers whose sums and differences tables hold.
const SUMMABLE: u32 = 15;
/// The bits that any whole number has.
const NARROW: u32 = 8;

/// How an input of whole numbers is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Whole {
    /// Its bits.
    pub(super) bits: u32,
    /// Whether it is clamped, and what it may be.
    pub(super) kind: PartKind,
    /// Whether it says which rows of tables are read.
    is_index: bool,
}

impl Whole {
    /// How an input is read, if it is one of whole numbers whose values lie in these ranges.
    pub(super) fn of(graph: &Graph, input: &Input, ranges: &[(f64, f64)]) -> Option<Self> {
        if is_real(input.kind) {
            return None;
        }
        if input.kind == DataType::Bool {
            return Some(Self { bits: NARROW, kind: PartKind::Clamped(0, 1), is_index: false });
        }
        let Uses { is_index, rows, is_combined } = Uses::of(graph, &input.name);
        let few = input.kind == DataType::Int8 || rows.is_some_and(|rows| rows <= 1 << (NARROW - 1)) && !is_combined;
        let bits = if few { NARROW } else { WIDE };
        let half = 1i64 << (bits - 1);
        let known = rows.map(|rows| (0, i64::try_from(rows).map_or(half, |rows| rows.min(half)) - 1));
        let summable = known.or_else(|| summable(ranges)).filter(|_| is_combined && bits == WIDE);
        let kind = summable.map_or(PartKind::Whole(known), |(least, greatest)| PartKind::Clamped(least, greatest));
        Some(Self { bits, kind, is_index })
    }

    /// A mask, where the samples at these places hold zeros and ones alone, and no table is read at them.
    pub(super) fn or_mask(self, samples: &Samples, places: &Range<usize>) -> Self {
        let mut values = samples.rows.iter().flat_map(|row| &row[places.clone()]);
        if self.is_index || !values.all(|value| [0.0, 1.0].contains(value)) {
            return self;
        }
        Self { bits: NARROW, kind: PartKind::Clamped(0, 1), ..self }
    }

    /// Refuses samples whose values in this range of places are not whole or do not fit.
    pub(super) fn check(self, input: &Input, samples: &Samples, places: &Range<usize>) -> Result<(), CompileError> {
        let half = 1i64 << (self.bits - 1);
        let (least, greatest) = self.kind.range().unwrap_or((-half, half - 1));
        let fits = |value: f32| value.fract() == 0.0 && (least as f64..=greatest as f64).contains(&f64::from(value));
        for (sample, row) in samples.rows.iter().enumerate() {
            if let Some(index) = row[places.clone()].iter().position(|value| !fits(*value)) {
                return Err(CompileError::Calibration(format!(
                    "value {index} of sample {sample} of the input `{}` is {}, and the model takes whole numbers from {least} to \
                     {greatest}: give indices as they are",
                    input.name,
                    row[places.start + index],
                )));
            }
        }
        Ok(())
    }
}

/// A range around zero that has room for twice the values of samples, and whose sums tables hold.
fn summable(ranges: &[(f64, f64)]) -> Option<(i64, i64)> {
    let reach = ranges.iter().fold(0.0f64, |reach, (low, high)| reach.max(low.abs()).max(high.abs()));
    let (least, most) = (1i64 << (NARROW - 1), 1i64 << (SUMMABLE - 1));
    let half = i64::try_from((reach as u64).saturating_add(1).checked_next_power_of_two()?)
        .ok()?
        .saturating_mul(2)
        .clamp(least, most);
    (reach < half as f64).then_some((-half, half - 1))
}
