//! Rounds a step's real numbers to integers.

use hallmark_circuits::model::{Factor, MAX_INTEGER, Space, Step, Term, WeightShape};

use super::{Made, Quantizer};
use crate::error::CompileError;

/// The greatest magnitude of a weight.
const MAX_WEIGHT: f64 = MAX_INTEGER as f64;

impl Quantizer<'_> {
    /// A step with integers; its weights are numbered on their own.
    pub(super) fn make(&self, index: usize, argument: f64, shift: u32) -> Result<Made, CompileError> {
        let sum = &self.lowered.sums[self.lowered.steps[index].sum];
        let unit = (1u64 << shift) as f64 / argument;
        let floor = sum.floor.map_or(0, |(tensor, sign)| (sign * self.ranges[tensor].0) << shift);
        let constant = self.integer(index, sum.constant * unit)? + floor;
        let step = Step {
            name: self.lowered.steps[index].name.clone(),
            axes: sum.axes.clone(),
            constant,
            terms: vec![],
            shift,
            table: 0,
        };
        let mut made = Made { step, shift, shapes: vec![], weights: vec![] };
        for product in &sum.products {
            let bound = product.floor.map_or(1, |tensor| self.ranges[tensor].0);
            let factor = self.signed_size(product) * unit * bound as f64;
            let mut factors = product.factors.clone();
            let weights = factors.iter_mut().find(|factor| factor.space == Space::Weights);
            let coefficient = match weights {
                None => self.integer(index, factor)?,
                Some(Factor { access, .. }) => {
                    let source = &self.lowered.weights[access.source];
                    access.source = made.weights.len();
                    made.shapes.push(WeightShape { name: source.name.clone(), axes: source.axes.clone() });
                    made.weights.push(self.integers(index, &source.data, factor)?);
                    1
                }
            };
            // A public factor that rounds to zero adds nothing.
            if coefficient == 0 {
                continue;
            }
            made.step.terms.push(Term { coefficient, summed: product.summed.clone(), factors });
        }
        Ok(made)
    }

    pub(super) fn integer(&self, index: usize, value: f64) -> Result<i64, CompileError> {
        let fits = value.is_finite() && value.abs() < MAX_INTEGER as f64;
        if fits { Ok(value.round() as i64) } else { Err(self.fail(index, "a coefficient is too large")) }
    }

    pub(super) fn integers(&self, index: usize, data: &[f64], factor: f64) -> Result<Vec<i64>, CompileError> {
        let integers = data.iter().map(|weight| (weight * factor).round());
        let fits = |value: f64| if value.abs() < MAX_WEIGHT { Some(value as i64) } else { None };
        integers.map(fits).collect::<Option<_>>().ok_or_else(|| self.fail(index, "a weight is too large"))
    }
}
