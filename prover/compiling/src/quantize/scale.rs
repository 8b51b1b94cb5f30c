//! Chooses the scales of a step.

use hallmark_circuits::model::bits_of;

use super::{Made, Quantizer, Scales};
use crate::error::CompileError;
use crate::float_model::{FloatStep, Product, Rule, Sum};
use crate::lookup::{MAX_TABLE_BITS, entries};

/// The greatest power of two that is not above a number.
fn power_of_two(number: f64) -> f64 {
    libm::exp2(libm::log2(number).floor())
}

/// Tables stay below this size where that costs no accuracy that shows.
const SOFT_TABLE_BITS: u32 = 13;
/// The bits that a factor of finely graded values has beyond an activation's.
const FINE_BITS: u32 = 2;
/// The output has this many bits where its table's size allows.
const OUTPUT_BITS: u32 = 14;

impl Quantizer<'_> {
    /// The scale of the sum where it adds and subtracts integers of one scale, and so needs no rescaling.
    pub(super) fn exact_scale(&self, sum: &Sum) -> Option<f64> {
        let source = |product: &Product| self.kept_scale(product);
        if let Some(scale) = self.whole_scale(sum) {
            return Some(scale);
        }
        let scale = source(sum.products.first()?)?;
        let whole = |product: &Product| {
            product.weights().is_none() && product.coefficient.abs() == 1.0 && source(product) == Some(scale)
        };
        (sum.constant == 0.0 && sum.products.iter().all(whole) && sum.products.len() <= 8).then_some(scale)
    }

    /// The scale of a tensor that a product leaves as it is, or leaves out: its other factors are zeros and ones.
    fn kept_scale(&self, product: &Product) -> Option<f64> {
        let is_mask = |tensor: usize| self.scales[tensor] == 1.0 && self.ranges[tensor] == (0, 1);
        let values = product.values().map(|access| access.source).filter(|&tensor| !is_mask(tensor));
        let mut rest = values.chain(product.floor);
        match (rest.next(), rest.next()) {
            (Some(tensor), None) => Some(self.scales[tensor]),
            (None, None) => product.values().next().map(|_| 1.0),
            _ => None,
        }
    }

    /// The scale 1 of a sum of whole numbers, which then are the integers themselves.
    fn whole_scale(&self, sum: &Sum) -> Option<f64> {
        let whole = |number: f64| number.fract() == 0.0;
        let exact = |product: &Product| {
            let constants = product.weights().is_none_or(|access| {
                self.lowered.weights[access.source].data.iter().all(|weight| whole(product.coefficient * weight))
            });
            let tensors = product.values().all(|access| self.scales[access.source] == 1.0);
            constants && tensors && (product.weights().is_some() || whole(product.coefficient))
        };
        let any = sum.products.iter().any(|product| product.values().next().is_some());
        (any && whole(sum.constant) && sum.products.iter().all(exact)).then_some(1.0)
    }

    /// The scale of a step's values that spends their bits on the range seen in calibration.
    pub(super) fn value_scale(&self, index: usize) -> f64 {
        let (low, high) = self.statistics.tensors[index + 1];
        let span = high.max(0.0) - low.min(0.0);
        let usual = self.widths.activation + if self.lowered.steps[index].fine { FINE_BITS } else { 0 };
        let bits = if self.is_output(index) { OUTPUT_BITS.max(usual) } else { usual };
        // Whole numbers stay as they are.
        let FloatStep { rule, function, .. } = &self.lowered.steps[index];
        let counted = matches!(rule, Rule::Whole(..) | Rule::OneHot(_));
        if counted || function.is_whole() && span < f64::from(1u32 << bits) {
            return 1.0;
        }
        let scale = (if span > 0.0 { span } else { 1.0 }) / ((1u64 << bits) - 1) as f64;
        if self.multiplied.contains(&(index + 1)) { power_of_two(scale) } else { scale }
    }

    /// The scales of a step that adds and subtracts integers of one scale. Where its table would be too large, it is rescaled
    /// like any other.
    pub(super) fn exact_scales(
        &mut self,
        index: usize,
        scale: f64,
    ) -> Result<(Made, Scales, (i64, i64)), CompileError> {
        let is_clamp = self.lowered.steps[index].function.clamp().is_some();
        let value = if is_clamp { scale } else { self.value_scale(index) };
        let found = self.try_scales(index, Scales { argument: scale, value }, 0)?;
        let (least, greatest) = found.2;
        let whole = self.whole_scale(&self.lowered.sums[self.lowered.steps[index].sum]).is_some();
        if is_clamp && !whole || bits_of(entries(least, greatest)) as u32 <= MAX_TABLE_BITS {
            return Ok(found);
        }
        // Rounding would decide what whole numbers decide.
        let FloatStep { rule, function, .. } = &self.lowered.steps[index];
        if whole && (function.is_whole() || matches!(rule, Rule::Whole(..) | Rule::OneHot(_))) {
            return Err(self.fail(
                index,
                &format!(
                    "it decides by whole numbers from {least} to {greatest}, and a table has at most 2^{MAX_TABLE_BITS} numbers: clip \
                     what it adds or compares to a smaller range"
                ),
            ));
        }
        self.search_scales(index)
    }

    pub(super) fn is_output(&self, index: usize) -> bool {
        self.lowered.is_output(index + 1)
    }

    /// Coarsens the scale of the argument until the table is small enough.
    pub(super) fn search_scales(&mut self, index: usize) -> Result<(Made, Scales, (i64, i64)), CompileError> {
        let value = self.value_scale(index);
        let function = &self.lowered.steps[index].function;
        let is_clamp = function.clamp().is_some();
        let slope = self.slope(index);
        let (mut argument, coarsest) = match (is_clamp, self.is_output(index)) {
            (true, false) => (value, value),
            (true, true) => (value, value * (1u64 << (OUTPUT_BITS.saturating_sub(self.widths.activation + 1))) as f64),
            (false, _) => (value / (2.0 * slope), value.max(self.coarse_value_scale(index)) / slope),
        };
        let sum = &self.lowered.sums[self.lowered.steps[index].sum];
        let multiplies = sum.products.iter().any(Product::is_of_values);
        for _ in 0..64 {
            let (argument_now, shift) =
                self.product_scale(index, argument).unwrap_or_else(|| (self.snap(index, argument), self.widths.shift));
            // The units of products may allow no coarser scale.
            let is_stuck = multiplies && argument_now == argument / 2.0;
            argument = argument_now;
            let scales = Scales { argument, value: if is_clamp { argument } else { value } };
            let found = self.try_scales(index, scales, shift);
            let size = match &found {
                Ok((_, _, (least, greatest))) => bits_of(entries(*least, *greatest)) as u32,
                Err(_) => MAX_TABLE_BITS + 1,
            };
            let limit = if argument < coarsest * 0.75 && !is_stuck { SOFT_TABLE_BITS } else { MAX_TABLE_BITS };
            if size <= limit {
                return found;
            }
            // A doubling takes one bit off the range. Those that cannot suffice are not tried.
            let surplus = if multiplies { 0 } else { size.saturating_sub(MAX_TABLE_BITS + 1) };
            argument *= (2u64 << surplus.min(40)) as f64;
        }
        Err(self.fail(index, "no scale keeps its sums within a table; its weights or inputs are too uneven"))
    }

    /// The scale that a value of the usual number of bits would have.
    pub(super) fn coarse_value_scale(&self, index: usize) -> f64 {
        let fine = if self.lowered.steps[index].fine { FINE_BITS } else { 0 };
        let bits = if self.is_output(index) { OUTPUT_BITS.saturating_sub(self.widths.activation + 1) } else { fine };
        self.value_scale(index) * (1u64 << bits) as f64
    }

    /// The greatest slope of a step's function over the arguments seen in calibration, and over those that they are rounded to.
    pub(super) fn slope(&self, index: usize) -> f64 {
        /// A unit of the arguments that is no more than such a part of their range takes none of them far out of it.
        const PARTS: f64 = 8.0;
        let (low, high) = self.statistics.sums[index];
        let slope = self.slope_between(index, low, high);
        let unit = self.value_scale(index) / (2.0 * slope);
        if unit <= (high - low) / PARTS || high <= low {
            return slope;
        }
        self.slope_between(index, low - unit / 2.0, high + unit / 2.0)
    }

    fn slope_between(&self, index: usize, low: f64, high: f64) -> f64 {
        const POINTS: usize = 2048;
        let function = &self.lowered.steps[index].function;
        let width = (high - low) / POINTS as f64;
        if width <= 0.0 {
            return 1.0;
        }
        let at = |point: usize| function.evaluate(low + width * point as f64);
        let steepest =
            (0..POINTS).map(|point| ((at(point + 1) - at(point)) / width).abs()).filter(|slope| slope.is_finite());
        let steepest = steepest.fold(0.0, f64::max);
        if steepest > 0.0 { steepest } else { 1.0 }
    }

    /// The nearest scale that makes the only public coefficient of a sum an exact integer.
    pub(super) fn snap(&self, index: usize, argument: f64) -> f64 {
        let sum = &self.lowered.sums[self.lowered.steps[index].sum];
        let public = |product: &&Product| product.weights().is_none();
        let size = |product: &Product| product.value().map(|_| self.size(product));
        let mut sizes = sum.products.iter().filter(public).filter_map(size);
        let Some(first) = sizes.next().filter(|first| *first > 0.0) else { return argument };
        if sizes.any(|size| size != first) || sum.products.iter().any(|product| product.weights().is_some()) {
            return argument;
        }
        let unit = first * (1u64 << self.widths.shift) as f64;
        unit / (unit / argument).round().max(1.0)
    }
}
