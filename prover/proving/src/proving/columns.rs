//! The columns of one proof: their values.

use ark_bn254::Fr;
use ark_ff::AdditiveGroup;
use hallmark_circuits::columns::{Column, PerColumn};

use super::{blinds::Blinds, helper::Helpers, prove::Prover, witness::Witness};

/// The values of a column over its space.
#[derive(Clone, Copy, Debug)]
pub(super) enum Values<'v> {
    /// Small integers.
    Small(&'v [i64]),
    /// Field elements, and what all values after them are.
    Field(&'v [Fr], Fr),
}

impl Prover<'_> {
    /// The values of every column.
    pub(super) fn columns<'v>(&'v self, witness: &'v Witness, helpers: &'v Helpers) -> PerColumn<Values<'v>> {
        PerColumn::from_fn(|declaration| match declaration.column {
            Column::Quotients => Values::Small(&witness.quotient),
            Column::Remainders => Values::Small(&witness.remainder),
            Column::Outputs => Values::Small(&witness.output),
            Column::Multiplicities => Values::Small(&witness.multiplicity),
            Column::Helpers => Values::Field(&helpers.cells, helpers.padding),
            Column::EntryHelpers => Values::Field(&helpers.entries, Fr::ZERO),
            Column::EntryOutputs => Values::Small(&self.tables),
            Column::Weights => Values::Small(&self.weights),
        })
    }

    /// The blinds of a column's rows: those of the weights were drawn when the model was committed.
    pub(super) fn blinds<'b>(&'b self, blinds: &'b Blinds, column: Column) -> &'b [Fr] {
        if column == Column::Weights { &self.model.blinds } else { &blinds.columns[column] }
    }
}
