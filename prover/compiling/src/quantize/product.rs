//! Scales of products of several values.
//!
//! A product of values of scales `s` and `t` counts in units of `s t`, which are so small that a coefficient has few bits left. The
//! tensors that are multiplied have powers of two for scales, so that the coefficients of sums of products are whole, and a step
//! of products divides by as much more as its units are smaller.

use super::Quantizer;
use crate::float_model::{Product, Sum};

/// The shifts that are tried where a step of products needs a greater one than the others have: few, since each takes a table.
const SHIFTS: [u32; 3] = [16, 18, 20];
/// The bits that the least coefficient of a sum of products of different units gets.
const UNEVEN_BITS: i32 = 9;
/// Where weights have to be rounded, the greatest one keeps so many bits.
const ROUNDED_BITS: i32 = 8;
/// Weights are whole multiples of the least one where the greatest has so many bits more at most.
const WHOLE_BITS: u32 = 10;

impl Quantizer<'_> {
    /// What one unit of a product is worth.
    pub(super) fn size(&self, product: &Product) -> f64 {
        self.signed_size(product).abs()
    }

    /// What one unit of a product is worth, with its coefficient's sign.
    pub(super) fn signed_size(&self, product: &Product) -> f64 {
        let tensors = product.values().map(|access| access.source).chain(product.floor);
        tensors.map(|tensor| self.scales[tensor]).fold(product.coefficient, |size, scale| size * scale)
    }

    /// Whether all products of a sum count in the same unit.
    pub(super) fn has_one_unit(&self, sum: &Sum) -> bool {
        let mut sizes = sum.products.iter().map(|product| self.size(product));
        let first = sizes.next();
        sum.constant == 0.0 && sizes.all(|size| Some(size) == first)
    }

    /// What one unit of a product has to be a whole multiple of: its own size, or that of a share of its greatest weight.
    fn grain(&self, product: &Product) -> f64 {
        let size = self.size(product);
        let Some(access) = product.weights() else { return size };
        let data = &self.lowered.weights[access.source].data;
        let magnitudes = || data.iter().map(|weight| weight.abs()).filter(|weight| *weight > 0.0);
        let (least, greatest) = (magnitudes().fold(f64::INFINITY, f64::min), magnitudes().fold(0.0, f64::max));
        if greatest == 0.0 {
            return 0.0;
        }
        // Zeros and ones, as in a mask, and few powers of two, as of scales of channels, are whole in units of the least.
        let few = greatest <= least * f64::from(1 << WHOLE_BITS);
        if few && magnitudes().all(|weight| (weight / least).fract() == 0.0) {
            return size * least;
        }
        size * greatest / f64::from(1 << UNEVEN_BITS)
    }

    /// What one unit of a product's values is worth at its greatest weight.
    fn most(&self, product: &Product) -> f64 {
        let data = product.weights().map_or(&[][..], |access| &self.lowered.weights[access.source].data);
        self.size(product) * data.iter().fold(0.0, |greatest, weight| weight.abs().max(greatest))
    }

    /// The least grain of a sum in which several values are multiplied, and by how many bits it has to be cut finer.
    fn least_grain(&self, sum: &Sum) -> Option<(f64, i32)> {
        if !sum.products.iter().any(Product::is_of_values) {
            return None;
        }
        let grains = || sum.products.iter().filter(|product| product.values().next().is_some()).map(|p| self.grain(p));
        let least = grains().filter(|grain| *grain > 0.0).fold(f64::INFINITY, f64::min);
        let whole = |grain: f64| (grain / least - (grain / least).round()).abs() <= grain / least / 1024.0;
        least.is_finite().then_some((least, if grains().all(whole) { 0 } else { UNEVEN_BITS }))
    }

    /// The nearest scale of the argument at which the least product of a sum of products has a whole coefficient, and the shift that
    /// it takes; nothing for other sums.
    pub(super) fn product_scale(&self, index: usize, argument: f64) -> Option<(f64, u32)> {
        let sum = &self.lowered.sums[self.lowered.steps[index].sum];
        let (least, finer) = self.least_grain(sum)?;
        let grain = least / f64::from(1 << finer);
        let fits = |shift: &u32| grain * f64::from(1 << shift) >= argument * 0.999;
        let base = self.widths.shift;
        let shift = [base].into_iter().chain(SHIFTS.into_iter().filter(|&shift| shift > base)).find(fits);
        let shift = shift.unwrap_or(base.max(SHIFTS[SHIFTS.len() - 1]));
        let unit = least * f64::from(1u32 << shift);
        // Weights may be rounded where that leaves the greatest one enough bits.
        let enough = f64::from(1 << ROUNDED_BITS) * argument;
        let rounds =
            |product: &Product| product.weights().is_some() && self.most(product) * f64::from(1u32 << shift) >= enough;
        if argument > unit && sum.products.iter().all(rounds) {
            return Some((argument, shift));
        }
        // Rounded up, so that a small coefficient never costs precision.
        let coefficient = (unit / argument - 1e-3).ceil().max(1.0);
        Some((unit / coefficient, shift))
    }
}
