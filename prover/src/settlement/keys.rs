//! The keys of an architecture's settlement circuit.

use hallmark_circuits::{
    settlement::{
        circuit::SettlementCircuit,
        key::{BLINDING_ROWS, CircuitKey},
        table::Table,
        verifier::{GIVEN, wire},
        wiring::Wiring,
    },
    verifier::statement::Statement,
};
use halo2_proofs::{
    halo2curves::bn256,
    plonk::{ProvingKey, keygen_pk, keygen_vk},
};
use tracing::info_span;

use super::{Parameters, SettlementError};
use crate::srs::Srs;

/// All that settling an architecture's inferences takes.
///
/// Everything is computed from the architecture and the setup, with no secret and no randomness: whoever has both gets
/// the same keys.
#[derive(Debug)]
pub struct SettlementKeys {
    pub(super) wiring: Wiring,
    pub(super) table: Table,
    pub(super) parameters: Parameters,
    pub(super) proving: ProvingKey<bn256::G1Affine>,
    circuit: CircuitKey,
}

impl SettlementKeys {
    /// Makes the keys.
    pub fn new(statement: &Statement<'_>, srs: &Srs) -> Result<Self, SettlementError> {
        let (wiring, table) = info_span!("circuit").in_scope(|| build(statement))?;
        let parameters = Parameters::new(srs, log_rows(&table))?;
        Self::with_parameters(wiring, table, parameters)
    }

    fn with_parameters(wiring: Wiring, table: Table, parameters: Parameters) -> Result<Self, SettlementError> {
        let circuit = SettlementCircuit::new(&table);
        let verifying = info_span!("verifying key")
            .in_scope(|| keygen_vk(&parameters.halo2, &circuit))
            .map_err(SettlementError::halo("make the verifying key"))?;
        let circuit_key = CircuitKey::from_halo2(&verifying).ok_or(SettlementError::Columns)?;
        let proving = info_span!("proving key")
            .in_scope(|| keygen_pk(&parameters.halo2, verifying, &circuit))
            .map_err(SettlementError::halo("make the proving key"))?;
        Ok(Self { circuit: circuit_key, wiring, table, parameters, proving })
    }

    /// The verifying key of the circuit.
    pub const fn circuit(&self) -> &CircuitKey {
        &self.circuit
    }

    /// The table of the circuit.
    pub const fn table(&self) -> &Table {
        &self.table
    }

    /// The rows that the circuit uses.
    pub fn height(&self) -> usize {
        self.table.height()
    }
}

/// The circuit of a statement.
pub fn build(statement: &Statement<'_>) -> Result<(Wiring, Table), SettlementError> {
    let wiring = wire(statement)?;
    let table = Table::new(&wiring, GIVEN);
    Ok((wiring, table))
}

/// The base-two logarithm of the rows of a table, with those that halo2 fills with randomness.
pub fn log_rows(table: &Table) -> u32 {
    (table.height() + BLINDING_ROWS).next_power_of_two().ilog2()
}
