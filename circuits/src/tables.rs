//! The commitments to a model's tables. Anyone can make them, since they hide nothing.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};

use crate::{
    error::KeyError,
    layout::TableKind,
    powers::{BLINDING, Powers},
    verifier::statement::Statement,
};

/// The tables' outputs over the entries.
#[must_use]
pub fn place_tables(statement: &Statement<'_>) -> Vec<i64> {
    let mut space = vec![0; 1 << statement.layout.entry_bits];
    for table in &statement.layout.tables {
        let block = space.iter_mut().skip(table.block.offset).take(table.block.len());
        match table.kind {
            TableKind::Model(index) => {
                let outputs = statement.model.tables.get(index).map_or(&[][..], |table| &table.outputs);
                block.zip(outputs).for_each(|(entry, output)| *entry = i64::from(*output));
            }
            TableKind::Input => block.zip(table.first..).for_each(|(entry, value)| *entry = value),
            TableKind::Remainder { .. } | TableKind::Zero => {}
        }
    }
    space
}

/// The commitments to the tables' outputs, a row each.
///
/// # Errors
/// Fails if there are fewer powers than a row with its blinding coefficients needs.
pub fn commit_tables(statement: &Statement<'_>, powers: &Powers) -> Result<Vec<G1Affine>, KeyError> {
    let layout = &statement.layout;
    let short = || KeyError::Powers { needed: statement.model.row_bits, found: powers.log_size() };
    let bases = powers.g1().get(..(1 << layout.row_bits) + BLINDING).ok_or_else(short)?;
    let entries = place_tables(statement);
    let rows = entries.chunks(1 << layout.row_bits).take(layout.entry_rows());
    let commit = |row: &[i64]| {
        let scalars: Vec<Fr> = row.iter().copied().map(Fr::from).collect();
        // The blinding powers are left out: bases and scalars are paired up to the shorter.
        G1Projective::msm_unchecked(bases, &scalars)
    };
    Ok(CurveGroup::normalize_batch(&rows.map(commit).collect::<Vec<_>>()))
}
