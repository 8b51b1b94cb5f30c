//! What proving takes of a circuit: its columns, with the coefficients of the polynomials through them.

use ark_bn254::Fr;
use hallmark_circuits::settlement::{
    columns::Columns,
    key::CircuitKey,
    table::{CONSTANTS, VALUES},
};

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
    /// The columns of a circuit, for the key that they have been committed to in.
    pub(in crate::settlement) fn new(columns: &Columns, circuit: &CircuitKey) -> Self {
        let domain = Domain::new(circuit.root, 1 << circuit.log_rows);
        Self {
            transcript: circuit.transcript,
            constants: Column::all(&domain, columns.constants().clone()),
            images: Column::all(&domain, columns.images().clone()),
            domain,
        }
    }

    /// The coefficients of the polynomial with these values in the rows.
    pub(in crate::settlement) fn interpolate(&self, values: &[Fr]) -> Vec<Fr> {
        self.domain.interpolate(values)
    }
}
