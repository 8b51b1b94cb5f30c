//! Multiples of wires that are added up.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;

use super::Wire;

/// From so many terms on, a wire's is found by a table. Before, looking at each is faster.
const MANY: usize = 16;

/// `sum of coefficient * wire`, in the order in which the wires came.
///
/// A model's sums may have very many terms, and each may be added by itself. So a term is added in constant time.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// No wire comes twice. One whose coefficient is zero counts as gone.
    entries: Vec<(Wire, Fr)>,
    /// How many are gone.
    gone: usize,
    /// Where each wire is that is not gone, if there are many.
    places: HashMap<Wire, usize>,
}

impl Terms {
    /// A single term.
    pub(super) fn one(wire: Wire, coefficient: Fr) -> Self {
        let mut terms = Self::default();
        terms.add(wire, coefficient);
        terms
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len() - self.gone
    }

    /// The wires and their coefficients, none of which is zero.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Wire, Fr)> {
        self.entries.iter().copied().filter(|term| term.1 != Fr::ZERO)
    }

    /// Adds a multiple of a wire.
    pub(super) fn add(&mut self, wire: Wire, coefficient: Fr) {
        if coefficient == Fr::ZERO {
            return;
        }
        match self.find(wire).and_then(|place| self.entries.get_mut(place)) {
            Some(term) => {
                term.1 += coefficient;
                if term.1 == Fr::ZERO {
                    self.gone += 1;
                    self.places.remove(&wire);
                }
            }
            None => self.push(wire, coefficient),
        }
    }

    fn find(&self, wire: Wire) -> Option<usize> {
        if self.entries.len() < MANY {
            return self.entries.iter().position(|term| term.0 == wire && term.1 != Fr::ZERO);
        }
        self.places.get(&wire).copied()
    }

    fn push(&mut self, wire: Wire, coefficient: Fr) {
        self.entries.push((wire, coefficient));
        let last = self.entries.len() - 1;
        if last + 1 == MANY {
            let entries = self.entries.iter().enumerate().filter(|(_, term)| term.1 != Fr::ZERO);
            self.places = entries.map(|(place, term)| (term.0, place)).collect();
        } else if last >= MANY {
            self.places.insert(wire, last);
        }
    }
}

impl PartialEq for Terms {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Terms {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// The clear version: all terms are looked at each time.
        #[test]
        fn terms_are_those_of_a_list(added in prop::collection::vec((0..40usize, -2..=2i64), 0..200)) {
            let (mut terms, mut list) = (Terms::default(), Vec::<(Wire, Fr)>::new());
            for (wire, coefficient) in added {
                let coefficient = Fr::from(coefficient);
                terms.add(wire, coefficient);
                match list.iter_mut().find(|term| term.0 == wire) {
                    Some(term) => term.1 += coefficient,
                    None => list.push((wire, coefficient)),
                }
                list.retain(|term| term.1 != Fr::ZERO);
                prop_assert_eq!(terms.len(), list.len());
                prop_assert_eq!(terms.iter().collect::<Vec<_>>(), list.clone());
            }
        }
    }
}
