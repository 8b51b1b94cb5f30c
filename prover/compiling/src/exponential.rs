//! Exponentials that are added up for a logarithm without the greatest value being subtracted first.
//!
//! `log(sum exp x)` is about the greatest `x`. The integers of the exponentials have one unit for all inputs, so that for most inputs
//! all exponentials are below it. `m + log(sum exp(x - m))` with the greatest value `m` has no such fault.

use super::calibrate::Statistics;
use super::float_model::{FloatModel, Product};
use super::function::{Function, Unary};

/// Exponentials whose arguments spread further than this are below any unit that the greatest leaves: `exp(10)` is 2^14.
const SPREAD: f64 = 10.0;

/// What to say of the first such logarithm.
pub(super) fn lost(lowered: &FloatModel, statistics: &Statistics) -> Option<String> {
    let is_lost = |tensor: usize| {
        let step = tensor.checked_sub(1)?;
        let (low, high) = statistics.sums[step];
        let Function::Unary(Unary::Exp, inner) = &lowered.steps[step].function else { return None };
        let (low, high) = (inner.evaluate(low), inner.evaluate(high));
        (high > 0.0 && (high - low).abs() > SPREAD).then_some(step)
    };
    let logarithms = lowered.steps.iter().filter(|step| step.function.takes(Unary::Log));
    let sources = logarithms.flat_map(|step| &lowered.sums[step.sum].products).flat_map(Product::values);
    let step = sources.map(|access| access.source).find_map(is_lost)?;
    let (low, high) = statistics.sums[step];
    Some(format!(
        "`{}` takes exponentials of {low:.0} to {high:.0}, of which integers keep the greatest alone, before a logarithm of their sum. \
         Subtract the greatest value first, as LogSoftmax and ReduceLogSumExp do",
        lowered.steps[step].name
    ))
}
