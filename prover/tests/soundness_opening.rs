//! The opening by itself, against a naive prover that can lie.
//!
//! All rows are zero but for the mask, which here holds any polynomial: `P_0 = omega^4 mask`. Its prover works with dense
//! polynomials and Horner's rule, and shares nothing with the real one but the transcript.

mod common;

use std::sync::LazyLock;

use ark_bn254::{Fr, G1Affine, G1Projective};
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, Field};
use common::{
    cnn,
    lenient::{Lenient, pairing_holds},
};
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Opened, Receiver, Sender},
    commitments::Commitments,
    error::{Check, Reject},
    key::VerifyingKey,
    model::Architecture,
    multilinear::equality_table,
    verifier::{
        merge::{MergeClaims, MergeWeights},
        opening::{self, Nodes},
        statement::Statement,
    },
};
use hallmark_prover::{random::random_scalar, srs::Srs};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// Longer than a row, so that a prover can commit to a polynomial of too high a degree.
static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(1)));
static MODEL: LazyLock<Architecture> = LazyLock::new(cnn::architecture);

const ROW_BITS: usize = 9;

/// How the prover lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lie {
    Nothing,
    /// The claimed value is one more than the true one.
    Value,
    /// So is it, and the last fold's evaluations agree with it.
    ValueAndEvaluations,
    /// The evaluation at the square is one more.
    Square,
    /// The evaluations of one fold are those of another polynomial.
    Fold(usize),
    /// The fold that is committed to is another polynomial.
    CommittedFold(usize),
}

fn commit(polynomial: &[Fr]) -> G1Affine {
    polynomial
        .iter()
        .zip(SRS.g1())
        .filter(|(c, _)| **c != Fr::ZERO)
        .map(|(c, g)| *g * c)
        .sum::<G1Projective>()
        .into_affine()
}

fn evaluate(polynomial: &[Fr], x: Fr) -> Fr {
    polynomial.iter().rev().fold(Fr::ZERO, |value, coefficient| value * x + coefficient)
}

fn fold(polynomial: &[Fr], s: Fr) -> Vec<Fr> {
    polynomial.chunks(2).map(|pair| (Fr::ONE - s) * pair[0] + s * pair.get(1).copied().unwrap_or_default()).collect()
}

/// The quotient by `X - root`.
fn divide(polynomial: &[Fr], root: Fr) -> Vec<Fr> {
    let mut quotient = vec![Fr::ZERO; polynomial.len()];
    for index in (1..polynomial.len()).rev() {
        let above = quotient.get(index).copied().unwrap_or_default();
        quotient[index - 1] = polynomial[index] + root * above;
    }
    quotient
}

struct Opening {
    claims: MergeClaims<Fr>,
    commitments: Commitments,
    elements: Vec<Fr>,
}

/// The value of the multilinear polynomial of the first `2^b` coefficients.
fn value_at(mask: &[Fr], point: &[Fr]) -> Fr {
    let table = equality_table(&mut Native, point, 1 << ROW_BITS);
    mask.iter().zip(table).map(|(coefficient, weight)| weight * coefficient).sum()
}

fn prove(mask: &[Fr], lie: Lie) -> Opening {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let statement = Statement::new(&MODEL).unwrap();
    let point: Vec<Fr> = (0..statement.merge_rounds()).map(|_| random_scalar(&mut rng)).collect();
    let rows = &point[..ROW_BITS];
    let mut value = value_at(mask, rows);
    if matches!(lie, Lie::Value | Lie::ValueAndEvaluations) {
        value += Fr::ONE;
    }
    let mut channel = Sender::default();
    let omega = channel.challenge().pow([4]);
    let mut polynomials: Vec<Vec<Fr>> = vec![mask.iter().map(|coefficient| omega * coefficient).collect()];
    for (number, s) in rows.iter().enumerate() {
        let mut next = fold(&polynomials[number], *s);
        if lie == Lie::CommittedFold(number + 1) {
            next[0] += Fr::ONE;
        }
        polynomials.push(next);
    }
    let mut commitments = empty(&statement);
    commitments.mask = vec![commit(mask)];
    commitments.folds = polynomials[1..].iter().map(|polynomial| commit(polynomial)).collect();
    channel.seal(commitments.seal_folds());

    let u = channel.challenge();
    let nodes = [u, -u, u * u];
    let mut values: Vec<[Fr; 3]> = polynomials.iter().map(|p| nodes.map(|x| evaluate(p, x))).collect();
    match lie {
        Lie::ValueAndEvaluations => values[ROW_BITS].iter_mut().for_each(|value| *value += omega),
        Lie::Fold(number) => values[number][0] += Fr::ONE,
        Lie::Square => values[0][2] += Fr::ONE,
        Lie::Nothing | Lie::Value | Lie::CommittedFold(_) => {}
    }
    values.iter().for_each(|values| channel.send(&values[..2]));
    channel.send(&[values[0][2]]);

    let q = channel.challenge();
    let mut batch = vec![Fr::ZERO; mask.len()];
    for (power, polynomial) in polynomials.iter().enumerate() {
        for (sum, coefficient) in batch.iter_mut().zip(polynomial) {
            *sum += q.pow([power as u64]) * coefficient;
        }
    }
    let quotient = nodes.iter().fold(batch.clone(), |quotient, root| divide(&quotient, *root));
    commitments.quotient = commit(&quotient);
    channel.seal(commitments.seal_quotient());
    let zeta = channel.challenge();
    let vanishing: Fr = nodes.iter().map(|node| zeta - node).product();
    let rest: Vec<Fr> = batch.iter().zip(&quotient).map(|(b, q)| *b - vanishing * q).collect();
    commitments.last = commit(&divide(&rest, zeta));

    let weights = MergeWeights::new(&mut Native, &random_scalar(&mut rng), statement.products().count());
    let nothing = Fr::ZERO;
    let opened = Opened { cells: nothing, outputs: nothing, entries: nothing, weights: nothing, mask: value };
    Opening { claims: MergeClaims { point, weights, opened }, commitments, elements: channel.into_elements() }
}

/// Commitments to zeros, of the statement's shape.
fn empty(statement: &Statement<'_>) -> Commitments {
    let count = Commitments::shape(&statement.layout).iter().map(|part| part.1).sum();
    Commitments::from_points(&statement.layout, &vec![G1Affine::identity(); count]).unwrap()
}

/// The verifier's opening and pairing, less one check.
fn verify(opening: &Opening, skip: Option<Check>) -> Result<(), Reject> {
    let statement = Statement::new(&MODEL).unwrap();
    let layout = &statement.layout;
    let Opening { claims, commitments, elements } = opening;
    let sealed = [Fr::ZERO, Fr::ZERO, commitments.seal_folds(), commitments.seal_quotient()];
    let mut lenient = Lenient { skip: skip.into_iter().collect(), ..Lenient::default() };
    let mut channel = Receiver::new(&mut lenient, &sealed, elements);
    let deferred = opening::verify(&mut lenient, &mut channel, &statement, claims.clone())?;
    channel.finish()?;
    let zeros = |bits| vec![G1Affine::identity(); layout.rows(bits)];
    let key = VerifyingKey {
        architecture: MODEL.clone(),
        setup: [0; 32],
        entry_outputs: zeros(layout.entry_bits),
        weights: zeros(layout.weight_bits),
    };
    if skip == Some(Check::Pairing) || pairing_holds(&key, SRS.opening_key(), commitments, &deferred) {
        return Ok(());
    }
    Err(Reject::Check(Check::Pairing))
}

/// Random coefficients, as many as a row's with its blind.
fn mask(length: usize) -> Vec<Fr> {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    (0..length).map(|_| random_scalar(&mut rng)).collect()
}

const ROW: usize = (1 << ROW_BITS) + 1;

#[test]
fn a_naive_prover_is_accepted() {
    assert_eq!(verify(&prove(&mask(ROW), Lie::Nothing), None), Ok(()));
}

/// Refused by this check, and accepted without it.
fn assert_only(lie: Lie, check: Check) {
    let opening = prove(&mask(ROW), lie);
    assert_eq!(verify(&opening, None), Err(Reject::Check(check)), "{lie:?}");
    assert_eq!(verify(&opening, Some(check)), Ok(()), "{lie:?}");
}

#[test]
fn only_the_last_fold_stands_against_a_wrong_value() {
    assert_only(Lie::Value, Check::OpeningFold);
}

#[test]
fn only_the_pairing_stands_against_wrong_evaluations() {
    assert_only(Lie::ValueAndEvaluations, Check::Pairing);
    assert_only(Lie::Square, Check::Pairing);
    for number in 0..ROW_BITS {
        assert_only(Lie::Fold(number), Check::Pairing);
    }
}

#[test]
fn a_fold_of_another_polynomial_has_another_value_and_other_evaluations() {
    for number in 1..=ROW_BITS {
        let opening = prove(&mask(ROW), Lie::CommittedFold(number));
        assert_eq!(verify(&opening, None), Err(Reject::Check(Check::OpeningFold)));
        assert_eq!(verify(&opening, Some(Check::OpeningFold)), Err(Reject::Check(Check::Pairing)));
    }
}

#[test]
fn places_above_a_row_never_touch_its_value() {
    // The setup has more powers than a row has places. Whatever stands in the upper half is folded away.
    let opening = prove(&mask(2 << ROW_BITS), Lie::Nothing);
    assert_eq!(verify(&opening, None), Ok(()));
    // Above that, the last fold is no constant.
    let opening = prove(&mask(4 << ROW_BITS), Lie::Nothing);
    assert_eq!(verify(&opening, None), Err(Reject::Check(Check::OpeningFold)));
    // But zeros there are as good as none.
    let padded = [mask(ROW), vec![Fr::ZERO; ROW]].concat();
    assert_eq!(verify(&prove(&padded, Lie::Nothing), None), Ok(()));
}

#[test]
fn a_polynomial_of_zeros_has_the_value_zero_alone() {
    let zeros = vec![Fr::ZERO; ROW];
    assert_eq!(verify(&prove(&zeros, Lie::Nothing), None), Ok(()));
    assert_eq!(verify(&prove(&zeros, Lie::Value), None), Err(Reject::Check(Check::OpeningFold)));
    assert_eq!(verify(&prove(&zeros, Lie::ValueAndEvaluations), None), Err(Reject::Check(Check::Pairing)));
}

#[test]
fn nodes_that_are_the_same_are_refused() {
    for u in [Fr::ZERO, Fr::ONE, -Fr::ONE] {
        let verdict = Nodes::new(&mut Native, &u);
        assert!(matches!(verdict, Err(Reject::Check(Check::OpeningPoints))), "{u}");
        // With nothing but this check left out the values at two nodes would be taken for one polynomial's.
        let skip = vec![Check::OpeningPoints];
        let mut lenient = Lenient { skip, ..Lenient::default() };
        let nodes = Nodes::new(&mut lenient, &u).unwrap();
        let wrong = [1u64, 2, 3].map(Fr::from);
        let through = [u, -u, u * u].map(|x| nodes.interpolate(&mut lenient, &wrong, &x));
        assert_ne!(through, wrong);
    }
}

#[test]
fn interpolation_and_vanishing_are_the_naive_ones() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    for _ in 0..20 {
        let polynomial: [Fr; 3] = std::array::from_fn(|_| random_scalar(&mut rng));
        let (u, x) = (random_scalar(&mut rng), random_scalar(&mut rng));
        let roots = [u, -u, u * u];
        let nodes = Nodes::new(&mut Native, &u).unwrap();
        let values = roots.map(|root| evaluate(&polynomial, root));
        assert_eq!(nodes.interpolate(&mut Native, &values, &x), evaluate(&polynomial, x));
        assert_eq!(nodes.vanishing(&mut Native, &x), roots.iter().map(|root| x - root).product());
    }
}
