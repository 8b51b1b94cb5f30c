//! The circuit of an architecture, and its size.

use ark_bn254::G1Affine;
use hallmark_circuits::{
    settlement::{
        circuit::SettlementCircuit,
        key::{BLINDING_ROWS, CircuitKey},
        native::HaloKey,
        table::Table,
        verifier::{GIVEN, wire},
        wiring::Wiring,
    },
    verifier::statement::Statement,
};
use halo2_proofs::plonk::keygen_vk;
use tracing::info_span;

use super::{SettlementError, columns::Columns, size::check_size};
use crate::srs::Srs;

/// The settlement circuit of an architecture.
#[derive(Clone, Debug)]
pub struct Circuit {
    pub(super) wiring: Wiring,
    pub(super) table: Table,
}

impl Circuit {
    /// The circuit of a statement.
    pub fn new(statement: &Statement<'_>) -> Result<Self, SettlementError> {
        let _span = info_span!("circuit").entered();
        check_size(statement)?;
        let wiring = wire(statement)?;
        let table = Table::new(&wiring, GIVEN);
        Ok(Self { wiring, table })
    }

    /// The rows that the circuit uses.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.table.height()
    }

    /// The base-two logarithm of the circuit's rows, with those that halo2 fills with randomness: also of the powers of tau
    /// that its keys take.
    #[must_use]
    pub fn log_rows(&self) -> u32 {
        (self.rows() + BLINDING_ROWS).next_power_of_two().ilog2()
    }

    /// The verifying key, as whoever trusts no one makes it: from the architecture and the powers of tau, in a fraction of the
    /// time that the prover's keys take.
    pub fn key(&self, srs: &Srs) -> Result<CircuitKey, SettlementError> {
        let (_, powers) = self.powers(srs)?.split_last().ok_or(SettlementError::Columns)?;
        let key = self.verifying_key(&Columns::Powers(powers))?;
        CircuitKey::from_halo2(&key).ok_or(SettlementError::Columns)
    }

    /// The verifying key, with its columns committed one way or the other.
    pub(super) fn verifying_key(&self, columns: &Columns<'_>) -> Result<HaloKey, SettlementError> {
        let _span = info_span!("verifying key").entered();
        keygen_vk(columns, &SettlementCircuit::new(&self.table))
            .map_err(SettlementError::halo("make the verifying key"))
    }

    /// The powers of tau that the keys take: one for each row, and one for what blinds the quotient.
    pub(super) fn powers<'s>(&self, srs: &'s Srs) -> Result<&'s [G1Affine], SettlementError> {
        let (needed, found) = (self.log_rows(), srs.log_size());
        if found < needed {
            return Err(SettlementError::SetupTooSmall { needed, found });
        }
        Ok(&srs.g1()[..=1 << needed])
    }
}
