//! A bound on the circuit before memory is taken for it.
//!
//! An architecture of the largest size that is allowed has a verifier of hundreds of millions of operations. Its circuit could
//! not be settled, and recording it would take gigabytes, so that the operations are counted first, in no memory.

use std::{
    cell::Cell,
    ops::{Add, Mul, Sub},
};

use ark_bn254::Fr;

use crate::{
    arithmetic::Arithmetic,
    error::{Check, KeyError, Reject},
    message::SEALED,
    poseidon::WIDTH,
    verification::Verification,
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
    let rows = Rows::default();
    let elements = vec![Counted(&rows); statement.schedule().iter().map(|message| message.1).sum()];
    let _deferred =
        verify(&mut Counter(&rows), statement, &[Counted(&rows); SEALED.len()], &elements, |_, gamma| gamma)?;
    Ok(rows.0.get())
}

/// How many rows there are so far.
#[derive(Debug, Default)]
struct Rows(Cell<usize>);

impl Rows {
    fn add(&self, rows: usize) {
        self.0.set(self.0.get().saturating_add(rows));
    }
}

/// A value of which nothing is known but where its rows are counted.
#[derive(Clone, Copy, Debug)]
struct Counted<'r>(&'r Rows);

impl Counted<'_> {
    fn row(self) -> Self {
        self.0.add(1);
        self
    }
}

impl Add for Counted<'_> {
    type Output = Self;

    fn add(self, _: Self) -> Self {
        self.row()
    }
}

impl Sub for Counted<'_> {
    type Output = Self;

    fn sub(self, _: Self) -> Self {
        self.row()
    }
}

impl Mul for Counted<'_> {
    type Output = Self;

    fn mul(self, _: Self) -> Self {
        self.row()
    }
}

/// The interpretation that counts.
#[derive(Debug)]
struct Counter<'r>(&'r Rows);

impl<'r> Arithmetic for Counter<'r> {
    type Scalar = Counted<'r>;

    fn constant(&mut self, _: Fr) -> Counted<'r> {
        Counted(self.0)
    }
}

impl<'r> Verification for Counter<'r> {
    fn invert(&mut self, _: Check, value: Counted<'r>) -> Result<Counted<'r>, Reject> {
        Ok(value.row())
    }

    fn assert_equal(&mut self, _: Check, _: Counted<'r>, _: Counted<'r>) -> Result<(), Reject> {
        self.0.add(1);
        Ok(())
    }

    fn permute(&mut self, _: &mut [Counted<'r>; WIDTH]) {
        self.0.add(ROWS_PER_PERMUTATION);
    }
}
