//! The committed polynomials. Each is declared once, in [`COLUMNS`]. Code that treats all of them iterates over that table.
//!
//! The order of the table is that of the points in a proof, and of the evaluations at the end of the main sumcheck.

use std::ops::{Index, IndexMut};

use crate::{layout::Layout, message::Sealed};

/// A committed polynomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Column {
    /// The quotients of all rescalings.
    Quotients,
    /// The remainders.
    Remainders,
    /// The outputs.
    Outputs,
    /// How often each entry is looked up.
    Multiplicities,
    /// The helpers of the cells.
    Helpers,
    /// The helpers of the entries.
    EntryHelpers,
    /// The tables' outputs.
    EntryOutputs,
    /// The weights.
    Weights,
}

/// The number of columns.
pub const COUNT: usize = 8;

/// The index space of a polynomial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IndexSpace {
    /// The cells of all tensors.
    Cells,
    /// The entries of all tables.
    Entries,
    /// The weights.
    Weights,
}

/// The place of a column's commitments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// In the proof, under one of its digests.
    Proof(Sealed),
    /// In the key.
    Key,
}

/// The values at the end of the merging sumcheck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// The batch of the cells' columns that are evaluated alone.
    Cells,
    /// The outputs. There are other claims on them too.
    Outputs,
    /// The batch of the entries' columns.
    Entries,
    /// The weights.
    Weights,
}

impl Group {
    /// The place of the group among the opened values, and the power of `omega` that batches it.
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            Self::Cells => 0,
            Self::Outputs => 1,
            Self::Entries => 2,
            Self::Weights => 3,
        }
    }
}

/// The properties of a column.
#[derive(Clone, Copy, Debug)]
pub struct Declaration {
    /// The column.
    pub column: Column,
    /// Its name, for people.
    pub name: &'static str,
    /// Its index space.
    pub space: IndexSpace,
    /// The place of its commitments.
    pub origin: Origin,
    /// Whether each row has a blinding coefficient. Anyone can compute the commitments to a column without.
    pub blinded: bool,
    /// The power of `mu` for the claim on its evaluation. `None` if the main sumcheck does not evaluate it.
    pub evaluation: Option<usize>,
    /// The opened value that contains it.
    pub group: Group,
    /// The power of `mu` that it has in that value.
    pub power: usize,
}

/// The table of columns.
pub const COLUMNS: [Declaration; COUNT] = [
    Declaration {
        column: Column::Quotients,
        name: "quotients",
        space: IndexSpace::Cells,
        origin: Origin::Proof(Sealed::Commitments),
        blinded: true,
        evaluation: Some(0),
        group: Group::Cells,
        power: 0,
    },
    Declaration {
        column: Column::Remainders,
        name: "remainders",
        space: IndexSpace::Cells,
        origin: Origin::Proof(Sealed::Commitments),
        blinded: true,
        evaluation: Some(1),
        group: Group::Cells,
        power: 1,
    },
    Declaration {
        column: Column::Outputs,
        name: "outputs",
        space: IndexSpace::Cells,
        origin: Origin::Proof(Sealed::Commitments),
        blinded: true,
        evaluation: Some(3),
        group: Group::Outputs,
        power: 0,
    },
    Declaration {
        column: Column::Multiplicities,
        name: "multiplicities",
        space: IndexSpace::Entries,
        origin: Origin::Proof(Sealed::Commitments),
        blinded: true,
        evaluation: Some(4),
        group: Group::Entries,
        power: 4,
    },
    Declaration {
        column: Column::Helpers,
        name: "helpers",
        space: IndexSpace::Cells,
        origin: Origin::Proof(Sealed::Helpers),
        blinded: true,
        evaluation: Some(2),
        group: Group::Cells,
        power: 2,
    },
    Declaration {
        column: Column::EntryHelpers,
        name: "entry helpers",
        space: IndexSpace::Entries,
        origin: Origin::Proof(Sealed::Helpers),
        blinded: true,
        evaluation: Some(5),
        group: Group::Entries,
        power: 5,
    },
    Declaration {
        column: Column::EntryOutputs,
        name: "table outputs",
        space: IndexSpace::Entries,
        origin: Origin::Key,
        blinded: false,
        evaluation: Some(6),
        group: Group::Entries,
        power: 6,
    },
    Declaration {
        column: Column::Weights,
        name: "weights",
        space: IndexSpace::Weights,
        origin: Origin::Key,
        blinded: true,
        evaluation: None,
        group: Group::Weights,
        power: 0,
    },
];

/// The columns that the main sumcheck evaluates, in the order in which the prover sends the evaluations.
pub fn evaluated() -> impl Iterator<Item = &'static Declaration> {
    COLUMNS.iter().filter(|declaration| declaration.evaluation.is_some())
}

/// The number of powers of `mu` for columns.
#[must_use]
pub fn powers() -> usize {
    COLUMNS.iter().filter_map(|declaration| declaration.evaluation).max().map_or(0, |power| power + 1)
}

impl Column {
    /// The properties of the column.
    #[must_use]
    pub const fn declaration(self) -> &'static Declaration {
        &COLUMNS[place(self)]
    }
}

impl Declaration {
    /// The number of rows of the column's commitments in a proof. 0 for a column of the key.
    #[must_use]
    pub fn rows_in_proof(&self, layout: &Layout) -> usize {
        if self.origin == Origin::Key { 0 } else { self.space.rows(layout) }
    }
}

impl IndexSpace {
    /// The number of variables of a polynomial over it.
    #[must_use]
    pub const fn bits(self, layout: &Layout) -> usize {
        match self {
            Self::Cells => layout.cell_bits,
            Self::Entries => layout.entry_bits,
            Self::Weights => layout.weight_bits,
        }
    }

    /// The number of variables of one of its committed rows.
    #[must_use]
    pub const fn row_bits(self, layout: &Layout) -> usize {
        match self {
            Self::Cells | Self::Entries => layout.row_bits,
            Self::Weights => layout.weight_row_bits,
        }
    }

    /// The number of coordinates that tell the rows of a polynomial over it apart.
    #[must_use]
    pub const fn row_coordinates(self, layout: &Layout) -> usize {
        self.bits(layout) - self.row_bits(layout)
    }

    /// The number of committed rows of a polynomial over it.
    #[must_use]
    pub fn rows(self, layout: &Layout) -> usize {
        match self {
            Self::Cells => layout.cell_rows(),
            Self::Entries => layout.entry_rows(),
            Self::Weights => layout.weight_rows(),
        }
    }
}

/// A value for each column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PerColumn<T>([T; COUNT]);

impl<T> PerColumn<T> {
    /// Calls `make` for each declaration, in order.
    pub fn from_fn(mut make: impl FnMut(&'static Declaration) -> T) -> Self {
        Self(std::array::from_fn(|place| make(&COLUMNS[place])))
    }

    /// Each with its declaration.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Declaration, &T)> {
        COLUMNS.iter().zip(&self.0)
    }
}

/// The number of each column is its place in the table, which a test checks.
#[expect(clippy::as_conversions, reason = "a variant without data is its number")]
const fn place(column: Column) -> usize {
    column as usize
}

impl<T> Index<Column> for PerColumn<T> {
    type Output = T;

    fn index(&self, column: Column) -> &T {
        &self.0[place(column)]
    }
}

impl<T> IndexMut<Column> for PerColumn<T> {
    fn index_mut(&mut self, column: Column) -> &mut T {
        &mut self.0[place(column)]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_column_stands_at_its_number() {
        for (index, declaration) in COLUMNS.iter().enumerate() {
            assert_eq!(place(declaration.column), index);
        }
    }

    #[test]
    fn claims_have_powers_of_their_own() {
        let powers: Vec<usize> = evaluated().filter_map(|declaration| declaration.evaluation).collect();
        assert_eq!(powers.iter().collect::<HashSet<_>>().len(), powers.len());
        assert_eq!(super::powers(), powers.len());
    }

    #[test]
    fn a_batch_has_the_powers_of_its_claims_and_a_column_alone_has_none() {
        for declaration in &COLUMNS {
            let alone = COLUMNS.iter().filter(|other| other.group == declaration.group).count() == 1;
            assert_eq!(declaration.power, if alone { 0 } else { declaration.evaluation.unwrap() });
            assert!(COLUMNS.iter().all(|other| other.group != declaration.group || other.space == declaration.space));
        }
    }
}
