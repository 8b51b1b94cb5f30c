//! Formulas that are evaluated at all rows: eight rows at once, where the processor can do so.

use ark_bn254::{Fr, FrConfig};
use ark_ff::AdditiveGroup;
use hallmark_circuits::{
    arithmetic::{Arithmetic, Native},
    poseidon::fifth_power,
};
use hallmark_lanes::{LANES, Lanes, Packed, Task};
use rayon::prelude::*;

/// The rows that a thread takes at a time. Fewer are not worth its start.
const PARALLEL: usize = 1 << 8;

/// An arithmetic that reads columns.
pub(super) trait Reader: Arithmetic {
    /// What a column has in a row, or in those from a row on. The first row comes after the last.
    fn read(&self, column: &[Fr], row: usize) -> Self::Scalar;
}

/// Something that has a value in every row.
pub(super) trait RowFormula: Sync {
    /// Its value in a row. Mark this `#[inline(always)]`, as [`Task`] asks.
    fn eval<R: Reader>(&self, reader: &mut R, row: usize) -> R::Scalar;
}

/// The values of a formula in so many rows.
pub(super) fn evaluate_rows(formula: &impl RowFormula, rows: usize) -> Vec<Fr> {
    evaluate_with(Lanes::detect(), formula, rows)
}

fn evaluate_with(lanes: Option<Lanes>, formula: &impl RowFormula, rows: usize) -> Vec<Fr> {
    let mut values = vec![Fr::ZERO; rows];
    values.par_chunks_mut(PARALLEL).enumerate().for_each(|(chunk, values)| {
        let start = chunk * PARALLEL;
        match lanes.filter(|_| rows.is_multiple_of(LANES)) {
            Some(lanes) => lanes.run(Together { formula, start, values }),
            None => (start..).zip(values).for_each(|(row, value)| *value = formula.eval(&mut Native, row)),
        }
    });
    values
}

impl Reader for Native {
    fn read(&self, column: &[Fr], row: usize) -> Fr {
        // Divisions are slow, and this one is rarely needed.
        if row < column.len() { column[row] } else { column[row % column.len()] }
    }
}

/// The arithmetic of eight rows.
struct Eight(Lanes);

impl Arithmetic for Eight {
    type Scalar = Packed<FrConfig>;

    #[inline(always)]
    fn constant(&mut self, value: Fr) -> Packed<FrConfig> {
        Packed::splat(self.0, &value)
    }
}

impl Reader for Eight {
    #[inline(always)]
    fn read(&self, column: &[Fr], row: usize) -> Packed<FrConfig> {
        match column.get(row..).and_then(<[Fr]>::first_chunk) {
            Some(values) => Packed::load(self.0, values),
            None => Packed::gather(self.0, std::array::from_fn(|lane| &column[(row + lane) % column.len()])),
        }
    }
}

/// Some rows, eight at a time.
struct Together<'v, F> {
    formula: &'v F,
    start: usize,
    values: &'v mut [Fr],
}

impl<F: RowFormula> Task for Together<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run(self, lanes: Lanes) {
        let reader = &mut Eight(lanes);
        for (index, values) in self.values.as_chunks_mut().0.iter_mut().enumerate() {
            self.formula.eval(reader, self.start + index * LANES).store(values);
        }
    }
}

/// The fifth powers of a column.
pub(super) struct FifthPowers<'c>(pub(super) &'c [Fr]);

impl RowFormula for FifthPowers<'_> {
    #[inline(always)]
    fn eval<R: Reader>(&self, reader: &mut R, row: usize) -> R::Scalar {
        fifth_power(reader.read(self.0, row))
    }
}

/// The products of two columns.
pub(super) struct Products<'c>(pub(super) &'c [Fr], pub(super) &'c [Fr]);

impl RowFormula for Products<'_> {
    #[inline(always)]
    fn eval<R: Reader>(&self, reader: &mut R, row: usize) -> R::Scalar {
        reader.read(self.0, row) * reader.read(self.1, row)
    }
}

/// A sum of multiples of columns.
pub(super) struct Combination<'c, const N: usize> {
    pub(super) factors: [Fr; N],
    pub(super) columns: &'c [Vec<Fr>],
}

impl<const N: usize> RowFormula for Combination<'_, N> {
    #[inline(always)]
    fn eval<R: Reader>(&self, reader: &mut R, row: usize) -> R::Scalar {
        let mut sum = reader.constant(Fr::ZERO);
        for (factor, column) in self.factors.iter().zip(self.columns) {
            sum = sum + reader.constant(*factor) * reader.read(column, row);
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A formula that reads beyond the last row.
    struct Ahead<'c>(&'c [Fr], usize);

    impl RowFormula for Ahead<'_> {
        #[inline(always)]
        fn eval<R: Reader>(&self, reader: &mut R, row: usize) -> R::Scalar {
            reader.read(self.0, row) - reader.read(self.0, row + self.1)
        }
    }

    #[test]
    fn eight_rows_at_once_are_eight_rows_one_by_one() {
        for rows in [1, 4, 8, 16, 1 << 10] {
            let column = |seed: u64| (0..rows as u64).map(|row| Fr::from(row * row + seed)).collect::<Vec<_>>();
            let columns: Vec<_> = (3..6).map(column).collect();
            let formulas = |lanes| {
                let combination = Combination { factors: [7, 8, 9].map(Fr::from), columns: &columns };
                [
                    evaluate_with(lanes, &FifthPowers(&columns[0]), rows),
                    evaluate_with(lanes, &Products(&columns[0], &columns[1]), rows),
                    evaluate_with(lanes, &combination, rows),
                    evaluate_with(lanes, &Ahead(&columns[2], 1), rows),
                    evaluate_with(lanes, &Ahead(&columns[2], 6), rows),
                ]
            };
            assert_eq!(formulas(None), formulas(Lanes::detect()));
        }
    }
}
