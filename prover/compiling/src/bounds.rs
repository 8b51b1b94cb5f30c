//! Static bounds: the sums that a step can reach for any values of earlier tensors within their ranges.

use hallmark_circuits::model::{Architecture, Factor, MAX_ACCUMULATOR, Space, Step, WeightShape, Weights};
use hallmark_circuits::semantics::rescale;

use super::engine::{Contraction, Kernel, bound};

/// The products of a step, prepared.
pub(super) fn kernels(step: &Step, weights: &[WeightShape], axes: impl Fn(usize) -> Vec<usize>) -> Vec<Kernel> {
    let source_axes = |factor: &Factor| match factor.space {
        Space::Weights => weights[factor.access.source].axes.clone(),
        Space::Values => axes(factor.access.source),
    };
    step.terms.iter().map(|term| Kernel::new(&step.axes, &term.summed, &term.factors, source_axes)).collect()
}

/// The least and the greatest rescaled sum of a prepared step, counted in 128 bits as the executor's exact path does; nothing where
/// its accumulator could overflow. Of a term that is `chosen` one product counts at most.
pub(super) fn quotient_range(
    step: &Step,
    kernels: &[Kernel],
    weights: &[Vec<i64>],
    ranges: &[(i64, i64)],
    chosen: &[bool],
) -> Option<(i64, i64)> {
    let coefficients: Vec<i64> = step.terms.iter().map(|term| term.coefficient).collect();
    let contraction =
        Contraction { axes: &step.axes, constant: step.constant, kernels, coefficients: &coefficients, weights };
    let (least, greatest) = bound(&contraction, ranges, chosen);
    let fits = |sum: i128| i64::try_from(sum).ok().filter(|sum| sum.abs() < MAX_ACCUMULATOR - (1 << 21));
    Some((rescale(fits(least)?, step.shift).0, rescale(fits(greatest)?, step.shift).0))
}

/// The least and the greatest rescaled sum of a model's step, with the weights that it has; nothing where its accumulator could
/// overflow. `ranges` holds the input's range and that of each earlier step.
#[must_use]
pub fn step_range(model: &Architecture, weights: &Weights, index: usize, ranges: &[(i64, i64)]) -> Option<(i64, i64)> {
    let step = model.steps.get(index)?;
    let kernels = kernels(step, &model.weights, |tensor| model.tensor_axes(tensor).to_vec());
    quotient_range(step, &kernels, &weights.0, ranges, &vec![false; step.terms.len()])
}
