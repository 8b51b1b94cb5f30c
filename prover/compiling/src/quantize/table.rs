//! Fills the table of a step.

use super::{ClampBounds, Quantizer, Scales};
use crate::float_model::Rule;
use crate::function::Function;
use crate::lookup::{Lookup, Map, entries};

/// Values beyond what calibration saw are kept up to this factor; beyond it they saturate.
const MARGIN: f64 = 1.25;

impl Quantizer<'_> {
    pub(super) fn lookup(&self, index: usize, scales: Scales, (first, last): (i64, i64), exact: bool) -> Lookup {
        let step = &self.lowered.steps[index];
        let (low, high) = self.value_limits(index, scales.value, exact);
        if let Some((least, greatest)) = step.function.clamp() {
            let bound = |bound: f64| (bound / scales.argument).round().clamp(-1e15, 1e15) as i64;
            let (low, high) = (low.max(bound(least)).min(high), high.min(bound(greatest)).max(low));
            // A clamp that no argument reaches is the identity: equal maps share their table.
            return Lookup { first, last, map: Map::Clamp(low, high.max(low)) };
        }
        let sums = self.statistics.sums[index];
        let value = |offset: usize| {
            let argument = (first + offset as i64) as f64 * scales.argument;
            let at = finite(&step.function, argument, sums);
            (at / scales.value).round().clamp(low as f64, high as f64) as i32
        };
        Lookup { first, last, map: Map::Sampled((0..entries(first, last)).map(value).collect()) }
    }

    /// A tensor's range and zero, which is what is read beside the tensor.
    fn range_with_zero(&self, tensor: usize) -> (i64, i64) {
        let (low, high) = self.ranges[tensor];
        (low.min(0), high.max(0))
    }

    /// A number of a tensor's units in units of another scale.
    fn units(&self, tensor: usize, number: i64, scale: f64) -> i64 {
        let ratio = self.scales[tensor] / scale;
        if ratio == 1.0 { number } else { (number as f64 * ratio).round().clamp(-1e9, 1e9) as i64 }
    }

    /// The integers beyond which a step's values saturate.
    pub(super) fn value_limits(&self, index: usize, scale: f64, exact: bool) -> (i64, i64) {
        const WIDEST: i64 = 1 << 30;
        let step = &self.lowered.steps[index];
        // A comparison may come out otherwise than for every sample.
        let span = step.function.whole_span().filter(|_| scale == 1.0 && step.rule == Rule::Calibrated);
        if let Some((least, greatest)) = span {
            return (least as i64, greatest as i64);
        }
        match step.rule {
            Rule::Within(tensor) => {
                let (low, high) = self.range_with_zero(tensor);
                (self.units(tensor, low, scale), self.units(tensor, high, scale))
            }
            Rule::Span(tensor) => {
                let (low, high) = self.range_with_zero(tensor);
                (0, self.units(tensor, high - low, scale))
            }
            Rule::OneHot(_) if scale == 1.0 => (0, 1),
            Rule::Whole(least, greatest) if scale == 1.0 => (least, greatest),
            Rule::Calibrated if self.is_output(index) || (exact && step.function.clamp().is_some()) => {
                (-WIDEST, WIDEST)
            }
            Rule::Calibrated | Rule::OneHot(_) | Rule::Whole(..) | Rule::Joined => {
                let (low, high) = self.statistics.tensors[index + 1];
                let (low, high) = (low.min(0.0) * MARGIN / scale, high.max(0.0) * MARGIN / scale);
                if self.bounds == ClampBounds::Shared && step.function.clamp().is_some() {
                    let reach = shared_bound(high.max(-low));
                    return (-reach, reach);
                }
                // Rounded outwards to sixteenths of the range, so that layers share their tables.
                let grain = ((1i64 << self.widths.activation) / 16) as f64;
                (((low / grain).floor() * grain) as i64, ((high / grain - 1e-9).ceil() * grain) as i64)
            }
        }
    }
}

/// The least of 4, 5, 6 and 7 times a power of two that is no less than a number.
fn shared_bound(number: f64) -> i64 {
    let unit = libm::exp2(libm::log2(number.max(4.0)).floor() - 2.0);
    ((number / unit).ceil() * unit) as i64
}

/// The function's value; outside its domain that of the nearest argument seen in calibration.
fn finite(function: &Function, argument: f64, (low, high): (f64, f64)) -> f64 {
    let value = function.evaluate(argument);
    if !value.is_nan() {
        return value;
    }
    let inside = function.evaluate(argument.clamp(low, high));
    if inside.is_nan() { 0.0 } else { inside }
}

#[cfg(test)]
mod tests {
    use super::shared_bound;

    #[test]
    fn few_bounds_are_shared() {
        for (number, bound) in [(0.0, 0), (4.0, 4), (4.1, 5), (640.0, 640), (641.0, 768), (896.0, 896), (897.0, 1024)] {
            assert_eq!(shared_bound(number), bound, "{number}");
        }
    }
}
