//! A bound on the circuit before memory is taken for it.
//!
//! An architecture of the largest size that is allowed has a verifier of hundreds of millions of operations. Its circuit could
//! not be settled, and recording it would take gigabytes, so that the operations are counted first, in no memory.

use crate::{
    arithmetic::Arithmetic,
    channel::SEALED,
    error::{Check, KeyError, Reject},
    poseidon::WIDTH,
    verifier::{statement::Statement, verify},
};

/// The most rows that a circuit may be expected to have: its keys take about a quarter of an hour and some gigabytes.
pub const MAX_ROWS: usize = 1 << 21;
/// About the rows of a permutation.
const ROWS_PER_PERMUTATION: usize = 64;

/// Refuses a statement whose verifier is too large for a circuit.
pub(super) fn check_size(statement: &Statement<'_>) -> Result<(), KeyError> {
    let rows = expected_rows(statement)?;
    if rows <= MAX_ROWS { Ok(()) } else { Err(KeyError::CircuitSize { rows, limit: MAX_ROWS }) }
}

/// A row for each operation of the verifier. Circuits have fewer, since rows do several operations and constants take none.
fn expected_rows(statement: &Statement<'_>) -> Result<usize, KeyError> {
    let mut counter = Counter::default();
    let elements = vec![(); statement.schedule().iter().map(|message| message.1).sum()];
    let _deferred = verify(&mut counter, statement, &[(); SEALED.len()], &elements, |_, ()| ())?;
    Ok(counter.rows)
}

/// The interpretation that counts.
#[derive(Debug, Default)]
struct Counter {
    rows: usize,
}

impl Counter {
    fn add_rows(&mut self, rows: usize) {
        self.rows = self.rows.saturating_add(rows);
    }
}

impl Arithmetic for Counter {
    type Scalar = ();

    fn constant(&mut self, _: ark_bn254::Fr) {}

    fn add(&mut self, (): &(), (): &()) {
        self.add_rows(1);
    }

    fn sub(&mut self, (): &(), (): &()) {
        self.add_rows(1);
    }

    fn mul(&mut self, (): &(), (): &()) {
        self.add_rows(1);
    }

    fn invert(&mut self, _: Check, (): &()) -> Result<(), Reject> {
        self.add_rows(1);
        Ok(())
    }

    fn assert_equal(&mut self, _: Check, (): &(), (): &()) -> Result<(), Reject> {
        self.add_rows(1);
        Ok(())
    }

    fn permute(&mut self, _: &mut [(); WIDTH]) {
        self.add_rows(ROWS_PER_PERMUTATION);
    }
}
