//! The checks of a term and of how it reads its operands.

use super::{ModelError, Place, check_magnitude, check_sizes};
use crate::model::limits::{MAX_AXES, MAX_FACTORS, MAX_INTEGER, MAX_TERM_BITS};
use crate::model::{Access, Architecture, AxisMap, Space, Step, Term, block_bits};

/// The term under check and the sizes of its variables.
struct Scope<'a> {
    place: Place,
    variables: &'a [usize],
}

impl Architecture {
    /// Checks a term of a step, whose number is `index`.
    pub(super) fn check_term(
        &self,
        (index, step): (usize, &Step),
        place: Place,
        term: &Term,
    ) -> Result<(), ModelError> {
        check_coefficient(place, term.coefficient)?;
        let rank = step.axes.len() + term.summed.len();
        if rank > MAX_AXES {
            return Err(ModelError::Rank { place, found: rank, limit: MAX_AXES });
        }
        check_sizes(place, step.axes.len(), &term.summed)?;
        let variables = step.variables(term);
        check_work(place, &variables)?;
        self.check_operands(index, term, &Scope { place, variables: &variables })?;
        self.check_sum(place, step, term)
    }

    fn check_operands(&self, step: usize, term: &Term, scope: &Scope<'_>) -> Result<(), ModelError> {
        if term.factors.is_empty() {
            return Err(ModelError::EmptyTerm { place: scope.place });
        }
        if term.factors.len() > MAX_FACTORS {
            return Err(ModelError::Factors { place: scope.place, found: term.factors.len(), limit: MAX_FACTORS });
        }
        for factor in &term.factors {
            let (what, count) = match factor.space {
                Space::Weights => ("weights", self.weights.len()),
                // Tensors are made in order.
                Space::Values => ("values", step + 1),
            };
            scope.check_source(what, &factor.access, count)?;
            scope.check_access(what, &factor.access, self.source_axes(factor))?;
        }
        scope.check_summed(term)
    }
}

impl Scope<'_> {
    fn check_source(&self, what: &'static str, access: &Access, count: usize) -> Result<(), ModelError> {
        if access.source < count {
            return Ok(());
        }
        Err(ModelError::Source { place: self.place, what, found: access.source, count })
    }

    fn check_access(&self, what: &'static str, access: &Access, axes: &[usize]) -> Result<(), ModelError> {
        let (found, expected) = (access.axes.len(), axes.len());
        if found != expected {
            return Err(ModelError::AccessRank { place: self.place, what, found, expected });
        }
        let mut used = [false; MAX_AXES];
        access.axes.iter().try_for_each(|map| self.check_map(map, &mut used))
    }

    fn check_map(&self, map: &AxisMap, used: &mut [bool; MAX_AXES]) -> Result<(), ModelError> {
        check_magnitude(self.place, "an offset", map.offset)?;
        let mut reach = map.offset.abs();
        for by in &map.strides {
            let size = self.check_variable(by.variable, used)?;
            check_factor(self.place, "a stride", by.stride)?;
            // At most 2^40 * 2^24 for each of at most 16 variables: `saturating` only guards the comparison below.
            reach = reach.saturating_add(by.stride.abs().saturating_mul(size as i64 - 1));
        }
        if reach <= MAX_INTEGER {
            return Ok(());
        }
        let what = "the farthest index";
        Err(ModelError::Magnitude { place: self.place, what, found: reach, limit: MAX_INTEGER })
    }

    /// The size of a variable that is read for the first time.
    fn check_variable(&self, variable: usize, used: &mut [bool; MAX_AXES]) -> Result<usize, ModelError> {
        let count = self.variables.len();
        let (size, used) = self.variables.get(variable).zip(used.get_mut(variable)).ok_or(ModelError::Variable {
            place: self.place,
            found: variable,
            count,
        })?;
        if std::mem::replace(used, true) {
            return Err(ModelError::VariableReused { place: self.place, variable });
        }
        Ok(*size)
    }

    /// Every summed variable is read by a factor.
    fn check_summed(&self, term: &Term) -> Result<(), ModelError> {
        let mut summed = self.variables.len() - term.summed.len()..self.variables.len();
        match summed.find(|&variable| !term.factors.iter().any(|factor| factor.access.reads(variable))) {
            Some(variable) => Err(ModelError::VariableUnread { place: self.place, variable }),
            None => Ok(()),
        }
    }
}

fn check_coefficient(place: Place, coefficient: i64) -> Result<(), ModelError> {
    check_factor(place, "the coefficient", coefficient)
}

fn check_factor(place: Place, what: &'static str, factor: i64) -> Result<(), ModelError> {
    if factor == 0 { Err(ModelError::Zero { place, what }) } else { check_magnitude(place, what, factor) }
}

fn check_work(place: Place, variables: &[usize]) -> Result<(), ModelError> {
    let found = block_bits(variables);
    if found <= MAX_TERM_BITS { Ok(()) } else { Err(ModelError::Work { place, found, limit: MAX_TERM_BITS }) }
}
