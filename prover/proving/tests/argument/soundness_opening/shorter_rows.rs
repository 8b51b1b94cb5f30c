//! Rows of weights that are shorter than the other rows: where they lie in the combined polynomial, and what of them counts.

use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::{error::Reject, verifier::statement::Statement};
use hallmark_testing::dense::dot;

use super::liar::{
    LONGER, Lie, REFUSED, ROW_BITS, WeightRow, commit, first_row, multilinear, prove_with_weights, row,
    verify_with_weights, weight_row,
};

/// The places of a row of outputs, and the first of the weights' among them.
const LONG: usize = 2 << ROW_BITS;
const PLACE: usize = LONG - (1 << ROW_BITS);

/// The verdict on the first rows of outputs and of weights, where the latter begin at `place` of the combined polynomial. The
/// weights' value is that of `claimed`, times what `factor` makes of the coordinate that their rows lack.
fn verdict(committed: &[Fr], claimed: &[Fr], place: usize, factor: fn(Fr) -> Fr) -> Result<(), Reject> {
    let statement = Statement::new(&LONGER).unwrap();
    let layout = &statement.layout;
    assert_eq!([layout.row_bits, layout.weight_row_bits], [ROW_BITS + 1, ROW_BITS]);
    let outputs = row(LONG + 1);
    let weights = WeightRow { number: 0, coefficients: committed, place };
    let mut opening = prove_with_weights(&LONGER, &outputs, weights, Lie::Nothing);
    assert_eq!(opening.false_values(), []);
    let point = &opening.claims.point;
    let value = |row: &[Fr], bits: usize| dot(row, &multilinear(&point[..bits]));
    let of_outputs = value(&outputs, layout.row_bits) * first_row(layout, point);
    let of_weights = value(claimed, layout.weight_row_bits) * weight_row(layout, point, 0) * factor(point[ROW_BITS]);
    (opening.claims.opened.outputs, opening.claims.opened.weights) = (of_outputs, of_weights);
    verify_with_weights(&opening, &[], Some((0, commit(committed))))
}

const fn as_they_are(_: Fr) -> Fr {
    Fr::ONE
}

#[test]
fn they_are_the_ends_of_longer_rows() {
    // With a blind, and with all that the setup has powers for.
    for length in [1 << ROW_BITS, (1 << ROW_BITS) + 1, 2 << ROW_BITS, 3 << ROW_BITS] {
        let weights = row(length);
        assert_eq!(verdict(&weights, &weights[..1 << ROW_BITS], PLACE, as_they_are), Ok(()));
    }
}

#[test]
fn a_blind_within_a_shorter_row_counts() {
    let weights = row(1 << ROW_BITS);
    let blinded = |place: usize| {
        let mut blinded = weights.clone();
        blinded.resize(blinded.len().max(place + 1), Fr::from(0));
        blinded[place] += Fr::from(5u64);
        verdict(&blinded, &weights, PLACE, as_they_are)
    };
    for place in [0, 7, 8, (1 << ROW_BITS) - 1] {
        assert_eq!(blinded(place), REFUSED, "{place}");
    }
    for place in [1 << ROW_BITS, (1 << ROW_BITS) + 1, LONG - 1, LONG] {
        assert_eq!(blinded(place), Ok(()), "{place}");
    }
}

/// Without that factor, weights could be claimed to be smaller than they are by a factor that the prover knows.
#[test]
fn only_the_lacking_coordinate_stands_against_the_value_of_a_longer_row() {
    let weights = row((1 << ROW_BITS) + 1);
    assert_eq!(verdict(&weights, &weights[..1 << ROW_BITS], PLACE, |lacking| lacking), REFUSED);
}

/// Without the shift, rows of weights could be taken for the beginnings of longer rows, where their blinds count.
#[test]
fn only_the_shift_stands_against_weights_at_the_first_places() {
    let weights = row((1 << ROW_BITS) + 1);
    let at_first = |lacking: Fr| (Fr::ONE - lacking) / lacking;
    assert_eq!(verdict(&weights[..1 << ROW_BITS], &weights[..1 << ROW_BITS], 0, at_first), REFUSED);
}
