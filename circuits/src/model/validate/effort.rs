//! How much a verifier computes for a model beyond a few operations a term, and what a product's sum takes to prove.

use super::{ModelError, Place};
use crate::model::{
    Access, Architecture, AxisMap, Step, Term, bits_of,
    limits::{MAX_MAPPED_BITS, MAX_SPACE_BITS},
};

impl Architecture {
    /// Bounds the indices that the verifier goes through one by one: all that are not just a variable. Needs valid terms.
    pub(super) fn check_mapped(&self) -> Result<(), ModelError> {
        let mut indices = 0u64;
        for step in &self.steps {
            for term in &step.terms {
                for (access, axes) in self.accesses(term) {
                    indices = access.axes.iter().zip(axes).fold(indices, |indices, (map, &size)| {
                        indices.saturating_add(mapped_indices(step, term, map, size))
                    });
                }
            }
        }
        let found = bits_of(usize::try_from(indices).unwrap_or(usize::MAX));
        if found <= MAX_MAPPED_BITS { Ok(()) } else { Err(ModelError::Mapped { found, limit: MAX_MAPPED_BITS }) }
    }

    fn accesses<'m>(&'m self, term: &'m Term) -> impl Iterator<Item = (&'m Access, &'m [usize])> {
        let weights = term.weights.iter().map(|access| (access, self.weights[access.source].axes.as_slice()));
        let values = term.values.iter().map(|access| (access, self.tensor_axes(access.source)));
        weights.chain(values)
    }

    /// Bounds the sum of a product: its operands are as long.
    pub(super) fn check_sum(&self, place: Place, step: &Step, term: &Term) -> Result<(), ModelError> {
        let reads = |access: &Option<Access>, variable: usize| {
            let mut maps = access.iter().flat_map(|access| &access.axes);
            maps.any(|map| map.parts.iter().any(|part| part.variable == variable))
        };
        let shared = |variable: &usize| reads(&term.weights, *variable) && reads(&term.values, *variable);
        let sizes = step.variables(term);
        let found = (0..sizes.len()).filter(shared).map(|variable| bits_of(sizes[variable])).sum();
        if found <= MAX_SPACE_BITS { Ok(()) } else { Err(ModelError::Work { place, found, limit: MAX_SPACE_BITS }) }
    }
}

/// The assignments of a map's variables and the indices of its axis, or none where the index is one variable.
fn mapped_indices(step: &Step, term: &Term, map: &AxisMap, size: usize) -> u64 {
    let sizes = step.variables(term);
    if let [part] = map.parts.as_slice()
        && part.stride == 1
        && map.offset == 0
        && sizes[part.variable] == size
    {
        return 0;
    }
    let assignments = map.parts.iter().fold(1u64, |count, part| count.saturating_mul(sizes[part.variable] as u64));
    assignments.saturating_add(size as u64)
}
