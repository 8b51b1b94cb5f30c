//! What proving takes of a circuit: its columns of constants, and the permutation of its cells.

use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::settlement::{
    convert::scalar_from_halo2,
    key::CircuitKey,
    table::{CONSTANTS, Cell, Table, VALUES},
};
use halo2_proofs::halo2curves::{bn256, ff::PrimeField};

use super::domain::{Column, Domain};

/// The columns of a circuit that are the same in every proof.
#[derive(Clone, Debug)]
pub(in crate::settlement) struct ArgumentKey {
    pub(super) domain: Domain,
    /// What stands for the circuit in the transcript.
    pub(super) transcript: Fr,
    pub(super) constants: [Column; CONSTANTS],
    /// The names of the cells that the cells of each column of values are copies of.
    pub(super) images: [Column; VALUES],
}

impl ArgumentKey {
    /// The columns of a table, for the key that they have been committed to in.
    pub(in crate::settlement) fn new(table: &Table, circuit: &CircuitKey) -> Self {
        let domain = Domain::new(circuit.root, 1 << circuit.log_rows);
        let images = images(table, &domain.points);
        let constants = std::array::from_fn(|column| {
            domain.pad(&table.rows().map(|row| row.constants[column]).collect::<Vec<Fr>>())
        });
        Self {
            transcript: circuit.transcript,
            constants: Column::all(&domain, constants),
            images: Column::all(&domain, images),
            domain,
        }
    }

    /// The coefficients of the polynomial with these values in the rows.
    pub(in crate::settlement) fn interpolate(&self, values: &[Fr]) -> Vec<Fr> {
        self.domain.interpolate(values)
    }

    /// The columns that the circuit's key commits to, in its order.
    pub(in crate::settlement) fn columns(&self) -> impl Iterator<Item = &[Fr]> {
        self.constants.iter().chain(&self.images).map(|column| column.values.as_slice())
    }
}

/// What tells the columns of values apart: the name of a cell is its column's times its row's root of unity.
///
/// These are halo2's powers of an element whose order is odd.
pub(super) fn column_names() -> [Fr; VALUES] {
    let delta = scalar_from_halo2(&bn256::Fr::DELTA);
    std::array::from_fn(|column| delta.pow([column as u64]))
}

/// The permutation whose cycles are the cells of a wire, in the order in which halo2 links them: each cell takes the place
/// after the first.
fn images(table: &Table, points: &[Fr]) -> [Vec<Fr>; VALUES] {
    let mut images = column_names().map(|name| points.iter().map(|point| name * point).collect::<Vec<Fr>>());
    let mut first_cells: Vec<Option<(usize, usize)>> = Vec::new();
    for (row, cells) in table.rows().map(|row| row.cells).enumerate() {
        for (column, cell) in cells.into_iter().enumerate() {
            let Cell::Wire(wire) = cell else { continue };
            if first_cells.len() <= wire {
                first_cells.resize(wire + 1, None);
            }
            match first_cells[wire] {
                None => first_cells[wire] = Some((column, row)),
                Some((first_column, first_row)) => {
                    let first = images[first_column][first_row];
                    images[first_column][first_row] = std::mem::replace(&mut images[column][row], first);
                }
            }
        }
    }
    images
}
