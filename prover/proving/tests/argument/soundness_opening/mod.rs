//! The opening by itself, against a naive prover that can lie.
//!
//! All rows are zero but for the first of the outputs, which here holds any polynomial: `f = omega eq row`, where `eq` is
//! that of the row's number. Its prover works with dense polynomials and Horner's rule, and shares nothing with the real one but the
//! transcript.
//!
//! The opening asserts nothing but the pairing equation, which is about six values of committed polynomials. Each lie makes
//! some of them false: it is refused, and accepted where these very values are put right in the equation.

mod liar;
mod shorter_rows;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    channel::REMAINDER,
    error::{Check, Reject},
    multilinear::equality_table,
    verifier::{
        opening::{Batch, Nodes, OpenedValues, equality_polynomial},
        statement::Statement,
    },
};
use hallmark_proving::random::random_scalar;
use hallmark_testing::{
    dense::{dot, evaluate},
    lenient::Lenient,
};
use liar::{
    BLOCKS, Lie, MODEL, REFUSED, ROW, ROW_BITS, SENT, VALUES,
    Value::{self, Combined, CrossAtInverse, FoldAtAlpha},
    WeightRow, commit, first_row, prove, prove_with_weights, row, tables, verify, verify_with_weights,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

#[test]
fn a_naive_prover_is_accepted() {
    let opening = prove(&row(ROW), Lie::Nothing);
    assert_eq!(opening.false_values(), []);
    assert_eq!(verify(&opening, &[]), Ok(()));
}

/// Makes these values false and no other; they all stand against it, and nothing else does.
fn assert_only(row: &[Fr], lie: Lie, values: &[Value]) {
    let opening = prove(row, lie);
    assert_eq!(opening.false_values(), values, "{lie:?}");
    assert_eq!(verify(&opening, values), Ok(()), "{lie:?}");
    for left_out in values {
        let others: Vec<Value> = VALUES.into_iter().filter(|value| value != left_out).collect();
        assert_eq!(verify(&opening, &others), REFUSED, "{lie:?}");
    }
    assert_eq!(verify(&opening, &[]), REFUSED, "{lie:?}");
}

#[test]
fn only_the_cross_terms_stand_against_a_wrong_value() {
    assert_only(&row(ROW), Lie::Value, &[CrossAtInverse]);
}

#[test]
fn only_what_is_sent_stands_against_a_wrong_value_that_it_makes_up_for() {
    for value in SENT {
        assert_only(&row(ROW), Lie::ValueAndEvaluation(value), &[value]);
    }
}

#[test]
fn wrong_evaluations_make_the_derived_one_wrong_too() {
    for value in SENT {
        assert_only(&row(ROW), Lie::Evaluation(value), &[value, CrossAtInverse]);
    }
}

#[test]
fn only_the_value_at_the_dividing_point_stands_against_another_fold() {
    // The last places are the blind's, and beyond the fold of anything that a row holds.
    for place in [0, 1, BLOCKS - 1, BLOCKS, BLOCKS + 1, 3 * BLOCKS] {
        assert_only(&row(ROW), Lie::Fold(place), &[FoldAtAlpha]);
        let counts = if place < BLOCKS { &[FoldAtAlpha, CrossAtInverse][..] } else { &[FoldAtAlpha] };
        assert_only(&row(ROW), Lie::FoldAlone(place), counts);
    }
}

#[test]
fn only_the_division_stands_against_a_remainder_that_goes_with_another_fold() {
    for place in [0, BLOCKS - 1, BLOCKS] {
        assert_only(&row(ROW), Lie::FoldAndRemainder(place), &[Combined]);
    }
}

#[test]
fn only_the_division_stands_against_a_wrong_quotient_or_remainder() {
    for place in [0, 1, ROW - 1 - REMAINDER, ROW] {
        assert_only(&row(ROW), Lie::Division(place), &[Combined]);
    }
    assert_only(&row(ROW), Lie::RemainderOfTheSameValue, &[Combined]);
    for place in 0..REMAINDER {
        assert_only(&row(ROW), Lie::Remainder(place), &[Combined, FoldAtAlpha]);
    }
}

#[test]
fn only_their_own_value_stands_against_wrong_cross_terms() {
    for place in [0, 1, BLOCKS - 1, BLOCKS, 5 * BLOCKS] {
        assert_only(&row(ROW), Lie::Cross(place), &[CrossAtInverse]);
    }
}

#[test]
fn wrong_quotients_are_refused_whatever_the_values() {
    for lie in [Lie::Batch, Lie::Last] {
        let opening = prove(&row(ROW), lie);
        assert_eq!(opening.false_values(), []);
        assert_eq!(verify(&opening, &[]), REFUSED);
        assert_eq!(verify(&opening, &VALUES), REFUSED);
    }
}

/// Whoever computes the value from these coefficients, and commits to others.
fn assert_value_of(claimed: &[Fr], committed: &[Fr], verdict: Result<(), Reject>) {
    let statement = Statement::new(&MODEL).unwrap();
    let mut opening = prove(committed, Lie::Nothing);
    let [low, high] = tables(&opening.claims.point[..ROW_BITS]);
    let fold: Vec<Fr> = claimed.chunks(REMAINDER).map(|block| dot(block, &low)).collect();
    opening.claims.opened.outputs = dot(&fold, &high) * first_row(&statement.layout, &opening.claims.point);
    assert_eq!(verify(&opening, &[]), verdict);
}

#[test]
fn places_above_a_row_never_touch_its_value() {
    // The setup has more powers than a row has places.
    for length in [ROW, ROW + 7, 2 << ROW_BITS, 4 << ROW_BITS] {
        let row = row(length);
        assert_value_of(&row[..1 << ROW_BITS], &row, Ok(()));
        assert_only(&row, Lie::Value, &[CrossAtInverse]);
        assert_only(&row, Lie::Fold(0), &[FoldAtAlpha]);
    }
    // And zeros there are as good as none.
    let padded = [row(ROW), vec![Fr::ZERO; ROW]].concat();
    assert_eq!(verify(&prove(&padded, Lie::Nothing), &[]), Ok(()));
}

#[test]
fn a_blind_within_a_row_counts() {
    let row = row(1 << ROW_BITS);
    for place in [0, 7, 8, (1 << ROW_BITS) - 1] {
        let mut blinded = row.clone();
        blinded[place] += Fr::from(5u64);
        assert_value_of(&row, &blinded, REFUSED);
    }
    for place in [1 << ROW_BITS, (1 << ROW_BITS) + 1, (2 << ROW_BITS) - 1, 2 << ROW_BITS] {
        let mut blinded = row.clone();
        blinded.resize(place + 1, Fr::ZERO);
        blinded[place] += Fr::from(5u64);
        assert_value_of(&row, &blinded, Ok(()));
    }
}

#[test]
fn a_polynomial_of_zeros_has_the_value_zero_alone() {
    let zeros = vec![Fr::ZERO; ROW];
    assert_eq!(verify(&prove(&zeros, Lie::Nothing), &[]), Ok(()));
    assert_only(&zeros, Lie::Value, &[CrossAtInverse]);
    assert_only(&zeros, Lie::Fold(0), &[FoldAtAlpha]);
    assert_only(&zeros, Lie::FoldAndRemainder(0), &[Combined]);
}

#[test]
fn weights_beyond_the_committed_rows_count_for_nothing() {
    let beyond = row(1 << ROW_BITS);
    let number = Statement::new(&MODEL).unwrap().layout.weight_rows();
    let weights = WeightRow { number, coefficients: &beyond, place: 0 };
    let opening = prove_with_weights(&MODEL, &row(ROW), weights, Lie::Nothing);
    assert_eq!(opening.false_values(), []);
    assert_eq!(verify(&opening, &[]), REFUSED);
    assert_eq!(verify(&opening, &VALUES), REFUSED);
    // They would, had they a commitment.
    assert_eq!(verify_with_weights(&opening, &[], Some((number, commit(&beyond)))), Ok(()));
}

/// What a batch's constant has to be at a node, where the values themselves stand for the polynomials through them.
fn is_through(nodes: &Nodes<Fr>, values: &OpenedValues<Fr>) -> bool {
    let nu = Fr::from(11u64);
    let at = [(nodes.zeta, 0), (nodes.inverse, 1), (nodes.alpha, 2)];
    at.into_iter().all(|(x, node)| {
        let batch = Batch::new(nodes, nu, x);
        // At alpha, where the cross terms aren't opened, their scalar is zero.
        let cross = values.cross.get(node).copied().unwrap_or_default();
        let naive = batch.combined * values.combined + batch.cross * cross + batch.fold * values.fold[node];
        batch.constant(nodes, values, x) == naive
    })
}

#[test]
fn nodes_that_are_the_same_are_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let [zeta, alpha] = [(); 2].map(|()| random_scalar(&mut rng));
    let scalars = [(); 6].map(|()| random_scalar(&mut rng));
    let [combined, fold @ .., first, second] = scalars;
    let values = OpenedValues { combined, fold, cross: [first, second] };
    let nodes = Nodes::new(&mut Native, zeta, alpha).unwrap();
    assert!(is_through(&nodes, &values));
    let equal = [
        (Fr::ZERO, alpha),
        (Fr::ONE, alpha),
        (-Fr::ONE, alpha),
        (zeta, zeta),
        (zeta, zeta.inverse().unwrap()),
        (Fr::ZERO, Fr::ZERO),
    ];
    for (zeta, alpha) in equal {
        let verdict = Nodes::new(&mut Native, zeta, alpha);
        assert!(matches!(verdict, Err(Reject::Check(Check::OpeningPoints))), "{zeta} {alpha}");
        // With nothing but this check left out the values at two nodes would be taken for one polynomial's.
        let mut lenient = Lenient { skip: vec![Check::OpeningPoints], ..Lenient::default() };
        let nodes = Nodes::new(&mut lenient, zeta, alpha).unwrap();
        assert!(!is_through(&nodes, &values), "{zeta} {alpha}");
    }
}

#[test]
fn scalars_of_a_batch_are_the_naive_ones() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    for _ in 0..20 {
        let [zeta, alpha, nu, x, constant] = [(); 5].map(|()| random_scalar(&mut rng));
        let cross: [Fr; 2] = std::array::from_fn(|_| random_scalar(&mut rng));
        let fold: [Fr; 3] = std::array::from_fn(|_| random_scalar(&mut rng));
        let nodes = Nodes::new(&mut Native, zeta, alpha).unwrap();
        let inverse = zeta.inverse().unwrap();
        assert_eq!(nodes.inverse, inverse);
        assert_eq!(nodes.divisor(), zeta.pow([8]) - alpha);
        let batch = Batch::new(&nodes, nu, x);
        assert_eq!(batch.combined, (x - inverse) * (x - alpha));
        assert_eq!(batch.cross, nu * (x - alpha));
        assert_eq!(batch.fold, nu * nu);
        assert_eq!(batch.vanishing, (x - zeta) * (x - inverse) * (x - alpha));
        // Polynomials of so low a degree are their own interpolations.
        let values = OpenedValues {
            combined: constant,
            fold: [zeta, inverse, alpha].map(|node| evaluate(&fold, node)),
            cross: [zeta, inverse].map(|node| evaluate(&cross, node)),
        };
        let naive = batch.combined * constant + batch.cross * evaluate(&cross, x) + batch.fold * evaluate(&fold, x);
        assert_eq!(batch.constant(&nodes, &values, x), naive);
    }
}

#[test]
fn the_equality_polynomial_has_the_equality_table_s_coefficients() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    for bits in 0..7 {
        let s: Vec<Fr> = (0..bits).map(|_| random_scalar(&mut rng)).collect();
        let x = random_scalar(&mut rng);
        let table = equality_table(&mut Native, &s, 1 << bits);
        assert_eq!(equality_polynomial(&mut Native, &s, x), evaluate(&table, x));
    }
}
