//! How much a verifier computes for a model beyond a few operations a term, and what a product's sum takes to prove.

use super::{ModelError, Place};
use crate::model::{
    Architecture, AxisMap, Step, Term, bits_of,
    limits::{MAX_MAPPED_BITS, MAX_SPACE_BITS},
};

impl Architecture {
    /// Bounds the indices that the verifier goes through one by one: all that are not just a variable. Needs valid terms.
    pub(super) fn check_mapped(&self) -> Result<(), ModelError> {
        let mut indices = 0u64;
        for step in &self.steps {
            for term in &step.terms {
                for factor in &term.factors {
                    let axes = self.source_axes(factor);
                    indices = factor.access.axes.iter().zip(axes).fold(indices, |indices, (map, &size)| {
                        indices.saturating_add(mapped_indices(step, term, map, size))
                    });
                }
            }
        }
        let found = bits_of(usize::try_from(indices).unwrap_or(usize::MAX));
        if found <= MAX_MAPPED_BITS { Ok(()) } else { Err(ModelError::Mapped { found, limit: MAX_MAPPED_BITS }) }
    }

    /// Bounds the sum of a product, over the variables that several factors read: its operands are as long.
    pub(super) fn check_sum(&self, place: Place, step: &Step, term: &Term) -> Result<(), ModelError> {
        let readers = |variable| term.factors.iter().filter(|factor| factor.access.reads(variable)).count();
        let sizes = step.variables(term).into_iter().enumerate();
        let found = sizes.filter(|(variable, _)| readers(*variable) > 1).map(|(_, size)| bits_of(size)).sum();
        if found <= MAX_SPACE_BITS { Ok(()) } else { Err(ModelError::Work { place, found, limit: MAX_SPACE_BITS }) }
    }
}

/// The assignments of a map's variables and the indices of its axis, or none where the index is one variable.
fn mapped_indices(step: &Step, term: &Term, map: &AxisMap, size: usize) -> u64 {
    let sizes = step.variables(term);
    if let [by] = map.strides.as_slice()
        && by.stride == 1
        && map.offset == 0
        && sizes.get(by.variable) == Some(&size)
    {
        return 0;
    }
    let sizes = map.strides.iter().filter_map(|by| sizes.get(by.variable));
    let assignments = sizes.fold(1u64, |count, &size| count.saturating_mul(size as u64));
    assignments.saturating_add(size as u64)
}
