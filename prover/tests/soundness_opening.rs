//! The opening by itself, against a naive prover that can lie.
//!
//! All rows are zero but for the first of the outputs, which here holds any polynomial: `f = omega eq row`, where `eq` is
//! that of the row's number. Its prover works with dense polynomials and Horner's rule, and shares nothing with the real one but the
//! transcript.
//!
//! The opening asserts nothing but the pairing equation, which is about six values of committed polynomials. Each lie makes
//! some of them false: it is refused, and accepted where these very values are put right in the equation.

mod common;

use std::sync::LazyLock;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field};
use common::{
    cnn,
    dense::{combine, cross_terms, divide, divide_by, dot, evaluate},
    lenient::{Lenient, pairing_holds},
};
use hallmark_circuits::{
    arithmetic::{Arithmetic, Native},
    channel::{Opened, REMAINDER, REMAINDER_BITS, Receiver, Sender},
    commitments::Commitments,
    error::{Check, Reject},
    key::VerifyingKey,
    layout::Layout,
    model::Architecture,
    multilinear::equality_table,
    verifier::{
        merge::{MergeClaims, MergeWeights},
        opening::{self, Batch, Nodes, OpenedValues, equality_polynomial},
        statement::Statement,
    },
};
use hallmark_prover::{random::random_scalar, srs::Srs};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// Longer than a row, so that a prover can commit to a polynomial of too high a degree.
static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(1)));
/// Its space of weights has a row that is not committed.
static MODEL: LazyLock<Architecture> = LazyLock::new(cnn::with_unused_rows);

const ROW_BITS: usize = 9;
/// The coefficients of a row with its blind.
const ROW: usize = (1 << ROW_BITS) + 1;
/// The coefficients of the fold that count.
const BLOCKS: usize = 1 << (ROW_BITS - REMAINDER_BITS);

/// How the prover lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    Nothing,
    /// The claimed value is one more than the true one.
    Value,
    /// So is it, and the message that is sent of this value makes up for it in what is derived.
    ValueAndEvaluation(Value),
    /// This coefficient of the fold is one more, and cross terms and claimed value are those of the false fold.
    Fold(usize),
    /// So is it, but the claimed value is the true one.
    FoldAlone(usize),
    /// The same false fold and false value, and a remainder that goes with them.
    FoldAndRemainder(usize),
    /// This coefficient of the cross terms is one more.
    Cross(usize),
    /// This coefficient of the division's quotient is one more.
    Division(usize),
    /// This coefficient of the remainder is one more.
    Remainder(usize),
    /// The remainder is another, with the same value at the point's lowest coordinates.
    RemainderOfTheSameValue,
    /// The value that is sent is one more.
    Evaluation(Value),
    /// The batched quotient is one more.
    Batch,
    /// The last quotient is one more.
    Last,
}

/// What the pairing is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// `f - (zeta^A - alpha) q` at `zeta`: from the remainder.
    Combined,
    /// The fold at `alpha`: from the remainder.
    FoldAtAlpha,
    /// Sent.
    FoldAtZeta,
    /// Sent.
    FoldAtInverse,
    /// Sent.
    CrossAtZeta,
    /// From the sent ones and the claimed value.
    CrossAtInverse,
}

use Value::{Combined, CrossAtInverse, CrossAtZeta, FoldAtAlpha, FoldAtInverse, FoldAtZeta};

const VALUES: [Value; 6] = [Combined, FoldAtAlpha, FoldAtZeta, FoldAtInverse, CrossAtZeta, CrossAtInverse];
/// Those that are sent, in their order.
const SENT: [Value; 3] = [FoldAtZeta, FoldAtInverse, CrossAtZeta];

fn commit(polynomial: &[Fr]) -> G1Affine {
    G1Projective::msm(&SRS.g1()[..polynomial.len()], polynomial).unwrap().into_affine()
}

/// The multilinear functions of the point's lowest coordinates, and of the others.
fn tables(point: &[Fr]) -> [Vec<Fr>; 2] {
    let (low, high) = point[..ROW_BITS].split_at(REMAINDER_BITS);
    [equality_table(&mut Native, low, REMAINDER), equality_table(&mut Native, high, BLOCKS)]
}

struct Opening {
    claims: MergeClaims<Fr>,
    commitments: Commitments,
    elements: Vec<Fr>,
    /// What the verifier takes each value to be, what it is, and its factor in the group equation.
    values: Vec<(Value, Fr, Fr, Fr)>,
}

impl Opening {
    fn false_values(&self) -> Vec<Value> {
        self.values.iter().filter(|(_, claimed, truth, _)| claimed != truth).map(|value| value.0).collect()
    }
}

/// The fold and the value that are claimed.
fn claim(f: &[Fr], [low, high]: &[Vec<Fr>; 2], lie: Lie) -> (Vec<Fr>, Fr) {
    let mut fold: Vec<Fr> = f.chunks(REMAINDER).map(|block| dot(block, low)).collect();
    let truth = dot(&fold, high);
    if let Lie::Fold(place) | Lie::FoldAlone(place) | Lie::FoldAndRemainder(place) = lie {
        bump(&mut fold, place);
    }
    let value = match lie {
        Lie::FoldAlone(_) => truth,
        Lie::Value | Lie::ValueAndEvaluation(_) => truth + Fr::ONE,
        _ => dot(&fold, high),
    };
    (fold, value)
}

/// Adds one to a coefficient.
fn bump(polynomial: &mut Vec<Fr>, place: usize) {
    polynomial.resize(polynomial.len().max(place + 1), Fr::ZERO);
    polynomial[place] += Fr::ONE;
}

/// The quotient of the division at `alpha` and the remainder.
fn divided_by(f: &[Fr], alpha: Fr, (fold, low): (&[Fr], &[Fr]), lie: Lie) -> (Vec<Fr>, Vec<Fr>) {
    let mut quotient = divide(f, alpha, REMAINDER);
    let mut remainder: Vec<Fr> = (0..REMAINDER).map(|index| f[index] + alpha * quotient[index]).collect();
    match lie {
        Lie::Division(place) => bump(&mut quotient, place),
        Lie::Remainder(place) => remainder[place] += Fr::ONE,
        Lie::RemainderOfTheSameValue => {
            remainder[0] += low[1];
            remainder[1] -= low[0];
        }
        Lie::FoldAndRemainder(_) => {
            let missing = evaluate(fold, alpha) - dot(&remainder, low);
            remainder[0] += missing / low[0];
        }
        _ => {}
    }
    (quotient, remainder)
}

/// The values that are sent.
fn evaluations(fold: &[Fr], cross: &[Fr], high: &[Fr], zeta: Fr, lie: Lie) -> [Fr; 3] {
    let inverse = zeta.inverse().unwrap();
    let mut sent = [evaluate(fold, zeta), evaluate(fold, inverse), evaluate(cross, zeta)];
    if let Lie::Evaluation(which) | Lie::ValueAndEvaluation(which) = lie {
        // What one more in the claimed value makes of the equation of the cross terms, divided by the factor there.
        let factor = match which {
            FoldAtZeta => evaluate(high, inverse),
            FoldAtInverse => evaluate(high, zeta),
            _ => -zeta,
        };
        let excess = if matches!(lie, Lie::Evaluation(_)) { Fr::ONE } else { Fr::from(2u64) / factor };
        sent[SENT.iter().position(|value| *value == which).unwrap()] += excess;
    }
    sent
}

/// The factor of each value in the group equation: what its polynomial is multiplied by, times the value's share in the
/// interpolation at `x`.
fn factors(zeta: Fr, alpha: Fr, nu: Fr, x: Fr) -> [Fr; 6] {
    let inverse = zeta.inverse().unwrap();
    let share = |node: Fr, others: &[Fr]| -> Fr { others.iter().map(|other| (x - other) / (node - other)).product() };
    let [combined, cross, fold] = [(x - inverse) * (x - alpha), nu * (x - alpha), nu * nu];
    [
        combined,
        fold * share(alpha, &[zeta, inverse]),
        fold * share(zeta, &[inverse, alpha]),
        fold * share(inverse, &[zeta, alpha]),
        cross * share(zeta, &[inverse]),
        cross * share(inverse, &[zeta]),
    ]
}

/// The equality function of the first row of the outputs.
fn first_row(statement: &Statement<'_>, point: &[Fr]) -> Fr {
    point[ROW_BITS..statement.layout.cell_bits].iter().map(|coordinate| Fr::ONE - coordinate).product()
}

/// The equality function of the first row of the weights that is not committed.
fn row_beyond(statement: &Statement<'_>, point: &[Fr]) -> Fr {
    let Layout { weight_bits, .. } = statement.layout;
    equality_table(&mut Native, &point[ROW_BITS..weight_bits], 1 << (weight_bits - ROW_BITS))
        [statement.layout.weight_rows()]
}

fn prove(row: &[Fr], lie: Lie) -> Opening {
    prove_with_weights(row, &[], lie)
}

/// With weights beyond the committed rows.
fn prove_with_weights(row: &[Fr], beyond: &[Fr], lie: Lie) -> Opening {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let statement = Statement::new(&MODEL).unwrap();
    let point: Vec<Fr> = (0..statement.merge_rounds()).map(|_| random_scalar(&mut rng)).collect();
    let tables = tables(&point);
    let [low, high] = &tables;

    let mut channel = Sender::default();
    let omega = channel.challenge();
    let weights = omega.pow([3]) * row_beyond(&statement, &point);
    let f = combine(&[(omega * first_row(&statement, &point), row), (weights, beyond)]);
    let (fold, value) = claim(&f, &tables, lie);
    let mut cross = cross_terms(&fold, high);
    if let Lie::Cross(place) = lie {
        bump(&mut cross, place);
    }
    let mut commitments = empty(&statement);
    commitments.outputs[0] = commit(row);
    commitments.fold = [commit(&fold), commit(&cross)];
    channel.seal(commitments.seal_fold());

    let alpha = channel.challenge();
    let (quotient, remainder) = divided_by(&f, alpha, (&fold, low), lie);
    commitments.division = commit(&quotient);
    channel.seal(commitments.seal_division());
    channel.send(&remainder);

    let zeta = channel.challenge();
    let inverse = zeta.inverse().unwrap();
    let sent = evaluations(&fold, &cross, high, zeta, lie);
    channel.send(&sent);

    let divided = combine(&[(Fr::ONE, &f), (alpha - zeta.pow([REMAINDER as u64]), &quotient)]);
    let nu = channel.challenge();
    let parts =
        [divide_by(&divided, &[zeta]), divide_by(&cross, &[zeta, inverse]), divide_by(&fold, &[zeta, inverse, alpha])];
    let mut batch = combine(&[(Fr::ONE, &parts[0]), (nu, &parts[1]), (nu * nu, &parts[2])]);
    if lie == Lie::Batch {
        bump(&mut batch, 0);
    }
    commitments.batch = commit(&batch);
    channel.seal(commitments.seal_batch());

    let x = channel.challenge();
    let vanishing = (x - zeta) * (x - inverse) * (x - alpha);
    let mut last = divide(
        &combine(&[
            ((x - inverse) * (x - alpha), &divided),
            (nu * (x - alpha), &cross),
            (nu * nu, &fold),
            (-vanishing, &batch),
        ]),
        x,
        1,
    );
    if lie == Lie::Last {
        bump(&mut last, 0);
    }
    commitments.last = commit(&last);

    let [at_zeta, at_inverse, cross_at_zeta] = sent;
    let twice = at_zeta * evaluate(high, inverse) + at_inverse * evaluate(high, zeta);
    let cross_at_inverse = zeta * (twice - value.double() - zeta * cross_at_zeta);
    let claimed =
        [evaluate(&remainder, zeta), dot(&remainder, low), at_zeta, at_inverse, cross_at_zeta, cross_at_inverse];
    let truth = [
        evaluate(&divided, zeta),
        evaluate(&fold, alpha),
        evaluate(&fold, zeta),
        evaluate(&fold, inverse),
        evaluate(&cross, zeta),
        evaluate(&cross, inverse),
    ];
    let factors = factors(zeta, alpha, nu, x);
    let values = (0..6).map(|index| (VALUES[index], claimed[index], truth[index], factors[index])).collect();

    let weights = MergeWeights::new(&mut Native, &random_scalar(&mut rng), statement.products().count());
    let nothing = Fr::ZERO;
    let opened = Opened { cells: nothing, outputs: value / omega, entries: nothing, weights: nothing };
    Opening { claims: MergeClaims { point, weights, opened }, commitments, elements: channel.into_elements(), values }
}

/// Commitments to zeros, of the statement's shape.
fn empty(statement: &Statement<'_>) -> Commitments {
    let count = Commitments::shape(&statement.layout).iter().map(|part| part.1).sum();
    Commitments::from_points(&statement.layout, &vec![G1Affine::identity(); count]).unwrap()
}

/// The verifier's opening and pairing, with some values put right.
fn verify(opening: &Opening, right: &[Value]) -> Result<(), Reject> {
    verify_with_weights(opening, right, None)
}

/// With a commitment to the weights more than there are.
fn verify_with_weights(opening: &Opening, right: &[Value], beyond: Option<G1Affine>) -> Result<(), Reject> {
    let statement = Statement::new(&MODEL).unwrap();
    let layout = &statement.layout;
    let Opening { claims, commitments, elements, values } = opening;
    let nothing = Fr::ZERO;
    let [fold, division, batch] = [commitments.seal_fold(), commitments.seal_division(), commitments.seal_batch()];
    let sealed = [nothing, nothing, fold, division, batch];
    let mut channel = Receiver::new(&mut Native, &sealed, elements);
    let mut deferred = opening::verify(&mut Native, &mut channel, &statement, claims.clone())?;
    channel.finish()?;
    for (_, claimed, truth, factor) in values.iter().filter(|value| right.contains(&value.0)) {
        deferred.generator -= *factor * (*truth - claimed);
    }
    let zeros = |rows| vec![G1Affine::identity(); rows];
    let mut key = VerifyingKey {
        architecture: MODEL.clone(),
        setup: [0; 32],
        entry_outputs: zeros(layout.entry_rows()),
        weights: zeros(layout.weight_rows()),
    };
    let mut scalars = deferred.scalars(&mut Native, layout);
    if let Some(point) = beyond {
        key.weights.push(point);
        scalars.weights.push(deferred.combined * deferred.omega.pow([3]) * row_beyond(&statement, &claims.point));
    }
    if pairing_holds(&key, SRS.opening_key(), commitments, &scalars) { Ok(()) } else { REFUSED }
}

const REFUSED: Result<(), Reject> = Err(Reject::Check(Check::Pairing));

/// Random coefficients.
fn row(length: usize) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    (0..length).map(|_| random_scalar(&mut rng)).collect()
}

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
    let [low, high] = tables(&opening.claims.point);
    let fold: Vec<Fr> = claimed.chunks(REMAINDER).map(|block| dot(block, &low)).collect();
    opening.claims.opened.outputs = dot(&fold, &high) * first_row(&statement, &opening.claims.point);
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
    let opening = prove_with_weights(&row(ROW), &beyond, Lie::Nothing);
    assert_eq!(opening.false_values(), []);
    assert_eq!(verify(&opening, &[]), REFUSED);
    assert_eq!(verify(&opening, &VALUES), REFUSED);
    // They would, had they a commitment.
    assert_eq!(verify_with_weights(&opening, &[], Some(commit(&beyond))), Ok(()));
}

/// What a batch's constant has to be at a node, where the values themselves stand for the polynomials through them.
fn is_through<A: Arithmetic<Scalar = Fr>>(a: &mut A, nodes: &Nodes<Fr>, values: &OpenedValues<Fr>) -> bool {
    let nu = Fr::from(11u64);
    let at = [(nodes.zeta, 0), (nodes.inverse, 1), (nodes.alpha, 2)];
    at.into_iter().all(|(x, node)| {
        let batch = Batch::new(a, nodes, &nu, &x);
        // At alpha, where the cross terms aren't opened, their scalar is zero.
        let cross = values.cross.get(node).copied().unwrap_or_default();
        let naive = batch.combined * values.combined + batch.cross * cross + batch.fold * values.fold[node];
        batch.constant(a, nodes, values, &x) == naive
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
    assert!(is_through(&mut Native, &nodes, &values));
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
        assert!(!is_through(&mut lenient, &nodes, &values), "{zeta} {alpha}");
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
        assert_eq!(nodes.divisor(&mut Native), zeta.pow([8]) - alpha);
        let batch = Batch::new(&mut Native, &nodes, &nu, &x);
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
        assert_eq!(batch.constant(&mut Native, &nodes, &values, &x), naive);
    }
}

#[test]
fn the_equality_polynomial_has_the_equality_table_s_coefficients() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    for bits in 0..7 {
        let s: Vec<Fr> = (0..bits).map(|_| random_scalar(&mut rng)).collect();
        let x = random_scalar(&mut rng);
        let table = equality_table(&mut Native, &s, 1 << bits);
        assert_eq!(equality_polynomial(&mut Native, &s, &x), evaluate(&table, x));
    }
}
