//! Which norms need two tables: those whose squares spread further than one table tells apart.
//!
//! A norm divides values by the root of their mean square. The table of inverse roots reaches from zero to the greatest mean square of
//! *any* input, so that small ones share few entries. Where calibration sees such, the norm is taken twice: values are divided by a
//! coarse root, which brings their mean square near 1, and what that leaves to divide by is told by a second table.

use std::collections::HashSet;

use super::calibrate::Statistics;
use super::equalize::mean_square_reach;
use super::float_model::{FloatModel, Product};
use super::function::Function;

/// The greatest mean square of any input over the least one seen, beyond which one table errs by more than half a percent.
const SPREAD: f64 = 1024.0;
/// How far a function may be from an inverse root, as a share: by a small number that is added under the root.
const LIKE: f64 = 0.004;
/// Values reach this much further than calibration saw, before they saturate.
const MARGIN: f64 = 1.25;

/// The names of the sums of squares whose inverse roots are taken twice.
pub(super) fn wide_roots(lowered: &FloatModel, statistics: &Statistics) -> HashSet<String> {
    let steps = lowered.steps.iter().enumerate();
    let wide = steps.filter(|(index, step)| {
        let [product] = &lowered.sums[step.sum].products[..] else { return false };
        let Some(tensor) = squared(product) else { return false };
        let (low, high) = statistics.sums[*index];
        let (least, greatest) = statistics.tensors[tensor];
        let reach = MARGIN * least.abs().max(greatest.abs());
        let terms = product.summed.iter().map(|&size| size as f64).product::<f64>();
        let reach = mean_square_reach(statistics, tensor).map_or(reach * reach, |mean| MARGIN * MARGIN * mean);
        let most = product.coefficient.abs() * terms * reach;
        low > 0.0 && most > SPREAD * low && inverse_root(&step.function, low, high).is_some()
    });
    wide.map(|(_, step)| lowered.sums[step.sum].name.clone()).collect()
}

/// The tensor that a product is the square of.
pub(super) fn squared(product: &Product) -> Option<usize> {
    let [left, right] = &product.factors[..] else { return None };
    (left == right && product.is_of_values()).then_some(left.access.source)
}

/// The number `k` where a function is much like `k / sqrt(x)` between two arguments.
fn inverse_root(function: &Function, low: f64, high: f64) -> Option<f64> {
    let factor = |x: f64| function.evaluate(x) * libm::sqrt(x);
    let at = factor(high);
    let close = [low, libm::sqrt(low * high)].map(factor).iter().all(|other| (other - at).abs() <= LIKE * at.abs());
    (at != 0.0 && at.is_finite() && close).then_some(at)
}

/// The number `k` that a function is like `k / sqrt(x)` with for large arguments.
pub(super) fn factor_of_root(function: &Function) -> f64 {
    const LARGE: f64 = 1e12;
    function.evaluate(LARGE) * libm::sqrt(LARGE)
}
