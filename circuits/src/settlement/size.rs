//! A bound on the circuit, before memory is allocated for it.
//!
//! The largest allowed architecture has a verifier of hundreds of millions of operations. Its circuit is too large to settle,
//! and its record would take gigabytes. So the operations are counted first, without memory.

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
    relations::packing::{digest::unfold, public_tensors},
    verification::Verification,
    verifier::{statement::Statement, verify},
};

/// The most rows that a circuit may have, by the estimate below. Its keys take about a quarter of an hour and some gigabytes.
pub const MAX_ROWS: usize = 1 << 21;
/// About the rows of a permutation.
const ROWS_PER_PERMUTATION: usize = 64;

/// Refuses a statement whose verifier is too large for a circuit.
pub(super) fn check_size(statement: &Statement<'_>) -> Result<(), KeyError> {
    within(expected_rows(statement)?)
}

const fn within(rows: usize) -> Result<(), KeyError> {
    if rows <= MAX_ROWS { Ok(()) } else { Err(KeyError::CircuitSize { rows, limit: MAX_ROWS }) }
}

/// Counts a row for each operation of the verifier. Circuits have fewer rows, since a row does several operations and constants
/// take none.
fn expected_rows(statement: &Statement<'_>) -> Result<usize, KeyError> {
    let rows = Rows::default();
    let elements = vec![Counted(&rows); statement.schedule().iter().map(|message| message.1).sum()];
    let [input, _] = public_tensors(statement.model, &statement.layout);
    let words = vec![Counted(&rows); input.hidden_words()];
    let sealed = [Counted(&rows); SEALED.len()];
    let _deferred = verify(&mut Counter(&rows), statement, &sealed, &elements, |a, gamma| {
        unfold(a, &input, gamma, &words, gamma).packed
    })?;
    Ok(rows.0.get())
}

/// The number of rows so far.
#[derive(Debug, Default)]
struct Rows(Cell<usize>);

impl Rows {
    fn add(&self, rows: usize) {
        self.0.set(self.0.get().saturating_add(rows));
    }
}

/// A value without content. It knows only the counter of its rows.
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

#[cfg(test)]
mod tests {
    use ark_ff::Zero;

    use super::*;

    #[test]
    fn a_row_is_counted_for_each_operation() {
        let rows = Rows::default();
        let mut counter = Counter(&rows);
        let mut taken = |operation: fn(&mut Counter<'_>)| {
            let before = rows.0.get();
            operation(&mut counter);
            rows.0.get() - before
        };
        assert_eq!(taken(|counter| _ = counter.constant(Fr::zero())), 0);
        let operations: [fn(&mut Counter<'_>); 5] = [
            |counter| _ = Counted(counter.0) + Counted(counter.0),
            |counter| _ = Counted(counter.0) - Counted(counter.0),
            |counter| _ = Counted(counter.0) * Counted(counter.0),
            |counter| _ = counter.invert(Check::MainSumcheck, Counted(counter.0)),
            |counter| _ = counter.assert_equal(Check::MainSumcheck, Counted(counter.0), Counted(counter.0)),
        ];
        assert_eq!(operations.map(&mut taken), [1; 5]);
        assert_eq!(taken(|counter| counter.permute(&mut [Counted(counter.0); WIDTH])), ROWS_PER_PERMUTATION);
    }

    #[test]
    fn the_limit_itself_is_allowed() {
        assert_eq!(within(MAX_ROWS), Ok(()));
        assert_eq!(within(MAX_ROWS + 1), Err(KeyError::CircuitSize { rows: MAX_ROWS + 1, limit: MAX_ROWS }));
    }
}
