//! A naive prover of the opening, and the lies that it can tell.

use std::sync::LazyLock;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::{CurveGroup, VariableBaseMSM};
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Opened, REMAINDER, REMAINDER_BITS, Receiver, Sender},
    columns::Column,
    commitments::Commitments,
    error::{Check, Reject},
    key::VerifyingKey,
    layout::Layout,
    message::{Message, Sealed},
    model::Architecture,
    multilinear::equality_table,
    verifier::{
        merge::{MergeClaims, MergeWeights},
        opening::{self},
        statement::Statement,
    },
};
use hallmark_proving::random::random_scalar;
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    cnn,
    dense::{combine, cross_terms, divide, divide_by, dot, evaluate},
    lenient::pairing_holds,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// Longer than a row, so that a prover can commit to a polynomial of too high a degree.
pub(crate) static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(1)));
/// Its space of weights has a row that is not committed.
pub(crate) static MODEL: LazyLock<Architecture> = LazyLock::new(cnn::with_unused_rows);
/// The same with longer rows of cells and entries than of weights.
pub(crate) static LONGER: LazyLock<Architecture> =
    LazyLock::new(|| Architecture { row_bits: ROW_BITS as u32 + 1, ..MODEL.clone() });

/// Of the weights' rows in both models.
pub(crate) const ROW_BITS: usize = 9;
/// The coefficients of a row with its blind.
pub(crate) const ROW: usize = (1 << ROW_BITS) + 1;
/// The coefficients of the fold that count.
pub(crate) const BLOCKS: usize = 1 << (ROW_BITS - REMAINDER_BITS);

/// How the prover lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lie {
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
pub(crate) enum Value {
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

pub(crate) const VALUES: [Value; 6] = [Combined, FoldAtAlpha, FoldAtZeta, FoldAtInverse, CrossAtZeta, CrossAtInverse];
/// Those that are sent, in their order.
pub(crate) const SENT: [Value; 3] = [FoldAtZeta, FoldAtInverse, CrossAtZeta];

pub(crate) fn commit(polynomial: &[Fr]) -> G1Affine {
    G1Projective::msm(&SRS.g1()[..polynomial.len()], polynomial).unwrap().into_affine()
}

/// The multilinear functions of the lowest of these coordinates, and of the others.
pub(crate) fn tables(point: &[Fr]) -> [Vec<Fr>; 2] {
    let (low, high) = point.split_at(REMAINDER_BITS);
    [low, high].map(multilinear)
}

/// The multilinear functions of a point.
pub(crate) fn multilinear(point: &[Fr]) -> Vec<Fr> {
    equality_table(&mut Native, point, 1 << point.len())
}

pub(crate) struct Opening {
    pub(crate) model: &'static Architecture,
    pub(crate) claims: MergeClaims<Fr>,
    pub(crate) commitments: Commitments,
    pub(crate) elements: Vec<Fr>,
    /// What the verifier takes each value to be, what it is, and its factor in the group equation.
    pub(crate) values: Vec<(Value, Fr, Fr, Fr)>,
}

impl Opening {
    pub(crate) fn false_values(&self) -> Vec<Value> {
        self.values.iter().filter(|(_, claimed, truth, _)| claimed != truth).map(|value| value.0).collect()
    }
}

/// The fold and the value that are claimed.
pub(crate) fn claim(f: &[Fr], [low, high]: &[Vec<Fr>; 2], lie: Lie) -> (Vec<Fr>, Fr) {
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
pub(crate) fn bump(polynomial: &mut Vec<Fr>, place: usize) {
    polynomial.resize(polynomial.len().max(place + 1), Fr::ZERO);
    polynomial[place] += Fr::ONE;
}

/// The quotient of the division at `alpha` and the remainder.
pub(crate) fn divided_by(f: &[Fr], alpha: Fr, (fold, low): (&[Fr], &[Fr]), lie: Lie) -> (Vec<Fr>, Vec<Fr>) {
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
pub(crate) fn evaluations(fold: &[Fr], cross: &[Fr], high: &[Fr], zeta: Fr, lie: Lie) -> [Fr; 3] {
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
pub(crate) fn factors(zeta: Fr, alpha: Fr, nu: Fr, x: Fr) -> [Fr; 6] {
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
pub(crate) fn first_row(layout: &Layout, point: &[Fr]) -> Fr {
    point[layout.row_bits..layout.cell_bits].iter().map(|coordinate| Fr::ONE - coordinate).product()
}

/// The equality function of a row of the weights.
pub(crate) fn weight_row(layout: &Layout, point: &[Fr], row: usize) -> Fr {
    let Layout { weight_bits, weight_row_bits, .. } = *layout;
    multilinear(&point[weight_row_bits..weight_bits])[row]
}

/// A row of the weights, as a prover combines it with the row of the outputs.
#[derive(Clone, Copy)]
pub(crate) struct WeightRow<'w> {
    pub(crate) number: usize,
    pub(crate) coefficients: &'w [Fr],
    /// Where it begins in the combined polynomial.
    pub(crate) place: usize,
}

pub(crate) fn prove(row: &[Fr], lie: Lie) -> Opening {
    prove_with_weights(&MODEL, row, WeightRow { number: 0, coefficients: &[], place: 0 }, lie)
}

pub(crate) fn prove_with_weights(
    model: &'static Architecture,
    row: &[Fr],
    weights: WeightRow<'_>,
    lie: Lie,
) -> Opening {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let statement = Statement::new(model).unwrap();
    let layout = &statement.layout;
    let point: Vec<Fr> = (0..statement.merge_rounds()).map(|_| random_scalar(&mut rng)).collect();
    let tables = tables(&point[..layout.row_bits]);
    let [low, high] = &tables;

    let mut channel = Sender::default();
    let omega = channel.challenge();
    let of_row = omega * first_row(layout, &point);
    let of_weights = omega.pow([3]) * weight_row(layout, &point, weights.number);
    let shifted = [vec![Fr::ZERO; weights.place], weights.coefficients.to_vec()].concat();
    let f = combine(&[(of_row, row), (of_weights, &shifted)]);
    let (fold, value) = claim(&f, &tables, lie);
    let mut cross = cross_terms(&fold, high);
    if let Lie::Cross(place) = lie {
        bump(&mut cross, place);
    }
    let mut commitments = empty(&statement);
    commitments.columns[Column::Outputs][0] = commit(row);
    commitments.opening.fold = [commit(&fold), commit(&cross)];
    channel.seal(commitments.seal(Sealed::Fold));

    let alpha = channel.challenge();
    let (quotient, remainder) = divided_by(&f, alpha, (&fold, low), lie);
    commitments.opening.division = commit(&quotient);
    channel.seal(commitments.seal(Sealed::Division));
    channel.send(Message::Remainder, &remainder);

    let zeta = channel.challenge();
    let inverse = zeta.inverse().unwrap();
    let sent = evaluations(&fold, &cross, high, zeta, lie);
    channel.send(Message::FoldEvaluations, &sent);

    let divided = combine(&[
        (of_row, row),
        (of_weights * zeta.pow([weights.place as u64]), weights.coefficients),
        (alpha - zeta.pow([REMAINDER as u64]), &quotient),
    ]);
    let nu = channel.challenge();
    let parts =
        [divide_by(&divided, &[zeta]), divide_by(&cross, &[zeta, inverse]), divide_by(&fold, &[zeta, inverse, alpha])];
    let mut batch = combine(&[(Fr::ONE, &parts[0]), (nu, &parts[1]), (nu * nu, &parts[2])]);
    if lie == Lie::Batch {
        bump(&mut batch, 0);
    }
    commitments.opening.batch = commit(&batch);
    channel.seal(commitments.seal(Sealed::Batch));

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
    commitments.opening.last = commit(&last);

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

    let weights = MergeWeights::new(&mut Native, random_scalar(&mut rng), statement.operands());
    let nothing = Fr::ZERO;
    let opened = Opened { cells: nothing, outputs: value / omega, entries: nothing, weights: nothing };
    let claims = MergeClaims { point, weights, opened };
    Opening { model, claims, commitments, elements: channel.into_elements(), values }
}

/// Commitments to zeros, of the statement's shape.
pub(crate) fn empty(statement: &Statement<'_>) -> Commitments {
    let count = Commitments::shape(&statement.layout).iter().map(|part| part.1).sum();
    Commitments::from_points(&statement.layout, &vec![G1Affine::identity(); count]).unwrap()
}

/// The verifier's opening and pairing, with some values put right.
pub(crate) fn verify(opening: &Opening, right: &[Value]) -> Result<(), Reject> {
    verify_with_weights(opening, right, None)
}

/// With a commitment to a row of the weights, which may be one more than there are.
pub(crate) fn verify_with_weights(
    opening: &Opening,
    right: &[Value],
    weights: Option<(usize, G1Affine)>,
) -> Result<(), Reject> {
    let statement = Statement::new(opening.model).unwrap();
    let layout = &statement.layout;
    let Opening { model, claims, commitments, elements, values } = opening;
    let nothing = Fr::ZERO;
    let [fold, division, batch] =
        [commitments.seal(Sealed::Fold), commitments.seal(Sealed::Division), commitments.seal(Sealed::Batch)];
    let sealed = [nothing, nothing, fold, division, batch];
    let mut channel = Receiver::new(&mut Native, &sealed, elements);
    let mut deferred = opening::verify(&mut Native, &mut channel, &statement, claims.clone())?;
    channel.finish()?;
    for (_, claimed, truth, factor) in values.iter().filter(|value| right.contains(&value.0)) {
        deferred.generator -= *factor * (*truth - claimed);
    }
    let zeros = |rows| vec![G1Affine::identity(); rows];
    let mut key = VerifyingKey {
        architecture: (*model).clone(),
        setup: SRS.opening_key().clone(),
        entry_outputs: zeros(layout.entry_rows()),
        weights: zeros(layout.weight_rows()),
        batches: vec![],
    };
    let mut scalars = deferred.scalars(&mut Native, layout);
    if let Some((row, point)) = weights {
        key.weights.resize(key.weights.len().max(row + 1), G1Affine::identity());
        key.weights[row] = point;
        let scalars = &mut scalars.columns[Column::Weights];
        scalars.resize(key.weights.len(), deferred.weights * weight_row(layout, &claims.point, row));
    }
    if pairing_holds(&key, SRS.opening_key(), commitments, &scalars) { Ok(()) } else { REFUSED }
}

pub(crate) const REFUSED: Result<(), Reject> = Err(Reject::Check(Check::Pairing));

/// Random coefficients.
pub(crate) fn row(length: usize) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    (0..length).map(|_| random_scalar(&mut rng)).collect()
}
