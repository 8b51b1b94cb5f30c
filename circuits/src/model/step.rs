//! One step: accumulate, rescale, look up.

use serde::{Deserialize, Serialize};

use super::Access;

/// Makes one tensor. For each cell `o` of it, in exact integers:
///
/// ```text
/// acc(o) = constant + sum over terms of coefficient * sum over summed variables of the product of factors
/// z(o)   = floor((acc(o) + 2^(shift-1)) / 2^shift)         (z = acc where shift = 0)
/// y(o)   = table[z(o)]
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The name of the node it came from, for people.
    pub name: String,
    /// The sizes of the tensor's axes, outermost first. They are the first variables of every term.
    pub axes: Vec<usize>,
    /// Added to every cell.
    pub constant: i64,
    /// The terms, which are added up.
    pub terms: Vec<Term>,
    /// The sum is divided by `2^shift`.
    pub shift: u32,
    /// The table that the quotient is looked up in.
    pub table: usize,
}

/// A product of one to three factors, added up over the summed variables.
///
/// A summed variable that only one factor reads is summed within that factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// A public factor.
    pub coefficient: i64,
    /// The sizes of the summed variables, numbered after the step's axes.
    pub summed: Vec<usize>,
    /// The factors, at most [`MAX_FACTORS`](super::MAX_FACTORS).
    pub factors: Vec<Factor>,
}

/// Something that a term reads and multiplies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// The space of its source.
    pub space: Space,
    /// The index at which it is read.
    pub access: Access,
}

/// The space of a factor's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Space {
    /// The weights, which are private.
    Weights,
    /// The input, and the tensors that earlier steps made.
    Values,
}

impl Space {
    /// Both spaces, in the order in which claims on them are sent.
    pub const ALL: [Self; 2] = [Self::Weights, Self::Values];
}

impl Factor {
    /// A weight.
    #[must_use]
    pub const fn weights(access: Access) -> Self {
        Self { space: Space::Weights, access }
    }

    /// A value.
    #[must_use]
    pub const fn values(access: Access) -> Self {
        Self { space: Space::Values, access }
    }
}

impl Term {
    /// The first factor of a space, if there is one.
    #[must_use]
    pub fn factor(&self, space: Space) -> Option<&Access> {
        self.factors.iter().find(|factor| factor.space == space).map(|factor| &factor.access)
    }
}

impl Step {
    /// The sizes of a term's variables: the step's axes, then the term's summed variables.
    #[must_use]
    pub fn variables(&self, term: &Term) -> Vec<usize> {
        self.axes.iter().chain(&term.summed).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_s_factor_is_the_first_of_its_space() {
        let access = |source| Access { source, axes: vec![] };
        let factors = vec![Factor::values(access(3)), Factor::weights(access(4)), Factor::values(access(5))];
        let mut term = Term { coefficient: 1, summed: vec![], factors };
        assert_eq!(Space::ALL.map(|space| term.factor(space)), [Some(&access(4)), Some(&access(3))]);
        term.factors.remove(1);
        assert_eq!(term.factor(Space::Weights), None);
    }
}
