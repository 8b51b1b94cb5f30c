//! The columns that a circuit's key commits to: the constants, and the permutation of the cells.

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::VariableBaseMSM;
use ark_ff::AdditiveGroup;
use halo2_proofs::{halo2curves::bn256, poly::EvaluationDomain};

use super::{
    convert::{scalar_from_halo2, scalar_to_halo2},
    recorded::Circuit,
    roots::{column_names, root_of_unity},
    table::{CONSTANTS, Cell, Table, VALUES},
};
use crate::{arithmetic::Native, digest::Digest, multilinear::powers};

/// The number of columns that a key commits to.
pub const COLUMNS: usize = CONSTANTS + VALUES;

/// The columns of a circuit that are the same in every proof, as long as a power of two.
#[derive(Clone, Debug)]
pub struct Columns {
    architecture: Digest,
    table: Digest,
    log_rows: u32,
    root: Fr,
    constants: [Vec<Fr>; CONSTANTS],
    images: [Vec<Fr>; VALUES],
}

impl Columns {
    /// The columns of a circuit.
    #[must_use]
    pub fn new(circuit: &Circuit) -> Self {
        let log_rows = circuit.log_rows();
        let (rows, root) = (1 << log_rows, root_of_unity(log_rows));
        let constants = std::array::from_fn(|column| {
            let mut values: Vec<Fr> = circuit.table().rows().map(|row| row.constants[column]).collect();
            values.resize(rows, Fr::ZERO);
            values
        });
        let images = images(circuit.table(), &powers(&mut Native, root, rows));
        let (architecture, table) = (circuit.architecture(), circuit.table().digest());
        Self { architecture, table, log_rows, root, constants, images }
    }

    /// The digest of the table that they are columns of.
    #[must_use]
    pub const fn table(&self) -> Digest {
        self.table
    }

    /// The digest of the circuit's architecture.
    #[must_use]
    pub const fn architecture(&self) -> Digest {
        self.architecture
    }

    /// The base-two logarithm of the number of rows.
    #[must_use]
    pub const fn log_rows(&self) -> u32 {
        self.log_rows
    }

    /// The primitive root of unity that goes from row to row.
    #[must_use]
    pub const fn root(&self) -> Fr {
        self.root
    }

    /// The columns of constants.
    #[must_use]
    pub const fn constants(&self) -> &[Vec<Fr>; CONSTANTS] {
        &self.constants
    }

    /// The names of the cells that the cells of each column of values are copies of.
    #[must_use]
    pub const fn images(&self) -> &[Vec<Fr>; VALUES] {
        &self.images
    }

    /// All columns, in the key's order.
    pub fn all(&self) -> impl Iterator<Item = &[Fr]> {
        self.constants.iter().chain(&self.images).map(Vec::as_slice)
    }

    /// The commitments to all columns, by as many powers of tau as there are rows.
    pub(super) fn commit(&self, powers: &[G1Affine]) -> Vec<G1Projective> {
        let interpolation = Interpolation::new(self.log_rows);
        self.all().map(|column| commit(&interpolation, powers, column)).collect()
    }

    /// The commitment to the sum of the columns times `factors`.
    pub(super) fn commit_sum(&self, powers: &[G1Affine], factors: &[Fr]) -> G1Projective {
        let mut sum = vec![Fr::ZERO; 1 << self.log_rows];
        for (column, factor) in self.all().zip(factors) {
            sum.iter_mut().zip(column).for_each(|(sum, value)| *sum += *value * factor);
        }
        commit(&Interpolation::new(self.log_rows), powers, &sum)
    }
}

fn commit(interpolation: &Interpolation, powers: &[G1Affine], column: &[Fr]) -> G1Projective {
    // Powers beyond the rows are left out: bases and scalars are paired up to the shorter.
    G1Projective::msm_unchecked(powers, &interpolation.coefficients(column))
}

/// Halo2's domain of a number of rows.
struct Interpolation(EvaluationDomain<bn256::Fr>);

impl Interpolation {
    fn new(log_rows: u32) -> Self {
        Self(EvaluationDomain::new(1, log_rows))
    }

    /// The coefficients of the polynomial with these values in the rows.
    fn coefficients(&self, values: &[Fr]) -> Vec<Fr> {
        let values = values.iter().map(scalar_to_halo2).collect();
        self.0.lagrange_to_coeff(self.0.lagrange_from_vec(values)).iter().map(scalar_from_halo2).collect()
    }
}

/// The permutation whose cycles are the cells of a wire. The order is halo2's: each new cell takes the place after the first.
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
