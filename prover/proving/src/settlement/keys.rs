//! The keys of an architecture's settlement circuit.

use hallmark_circuits::{
    settlement::{key::CircuitKey, native::HaloKey, table::Table, wiring::Wiring},
    verifier::statement::Statement,
};
use tracing::info_span;

use super::{Circuit, Parameters, SettlementError, argument::ArgumentKey, columns::Columns};
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
    pub(super) argument: ArgumentKey,
    circuit: CircuitKey,
}

impl SettlementKeys {
    /// Makes the keys, which takes seconds: most of them for the Lagrange basis.
    pub fn new(statement: &Statement<'_>, srs: &Srs) -> Result<Self, SettlementError> {
        let circuit = Circuit::new(statement)?;
        let parameters = Parameters::new(circuit.powers(srs)?);
        let verifying = circuit.verifying_key(&Columns::Lagrange(parameters.lagrange()))?;
        Self::with_verifying_key(circuit, parameters, &verifying)
    }

    /// Puts the keys together, given what takes long to make: parameters for as many rows as the circuit's, and the
    /// verifying key.
    pub(super) fn with_verifying_key(
        circuit: Circuit,
        parameters: Parameters,
        verifying: &HaloKey,
    ) -> Result<Self, SettlementError> {
        let key = CircuitKey::from_halo2(verifying).ok_or(SettlementError::Columns)?;
        let Circuit { wiring, table } = circuit;
        let argument = info_span!("proving key").in_scope(|| ArgumentKey::new(&table, &key));
        Ok(Self { circuit: key, wiring, table, parameters, argument })
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
