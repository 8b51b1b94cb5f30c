//! The circuit of an architecture: its verifier, recorded and laid out in rows.

use super::{
    key::BLINDING_ROWS,
    size::check_size,
    table::Table,
    verifier::{GIVEN, wire},
    wiring::Wiring,
};
use crate::{digest::Digest, error::KeyError, powers::Powers, verifier::statement::Statement};
use ark_bn254::G1Affine;

/// The settlement circuit of an architecture.
#[derive(Clone, Debug)]
pub struct Circuit {
    architecture: Digest,
    wiring: Wiring,
    table: Table,
}

impl Circuit {
    /// The circuit of a statement.
    ///
    /// # Errors
    /// If the statement's verifier is too large for a circuit.
    pub fn new(statement: &Statement<'_>) -> Result<Self, KeyError> {
        check_size(statement)?;
        let wiring = wire(statement)?;
        let table = Table::new(&wiring, GIVEN);
        Ok(Self { architecture: statement.model.digest(), wiring, table })
    }

    /// The digest of the architecture.
    #[must_use]
    pub const fn architecture(&self) -> Digest {
        self.architecture
    }

    /// The uses of the gate.
    #[must_use]
    pub const fn wiring(&self) -> &Wiring {
        &self.wiring
    }

    /// The rows.
    #[must_use]
    pub const fn table(&self) -> &Table {
        &self.table
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
        log_domain(self.rows())
    }

    /// The powers of tau that the keys take: one for each row, and one for what blinds the quotient.
    ///
    /// # Errors
    /// If there are fewer.
    pub fn powers<'p>(&self, powers: &'p Powers) -> Result<&'p [G1Affine], KeyError> {
        let needed = self.log_rows();
        let short = || KeyError::CircuitPowers { needed, found: powers.log_size() };
        powers.g1().get(..=1 << needed).ok_or_else(short)
    }
}

/// The base-two logarithm of the domain for so many rows.
fn log_domain(rows: usize) -> u32 {
    (rows + BLINDING_ROWS).next_power_of_two().ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_has_room_for_the_rows_and_for_what_blinds() {
        assert_eq!([1018, 1019, 1024, 2042].map(log_domain), [10, 11, 11, 11]);
    }
}
