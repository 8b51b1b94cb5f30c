//! What a proof tells of weights and values: nothing twice the same, and nothing that the mask does not cover.

mod common;

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use common::{
    architectures, cnn,
    dense::{combine, cross_terms, divide, divide_by, dot, evaluate},
};
use hallmark_circuits::{
    arithmetic::Native,
    channel::{Message, REMAINDER, REMAINDER_BITS},
    commitments::Commitments,
    multilinear::equality_table,
    verifier::statement::Statement,
};
use hallmark_prover::{
    execute::execute,
    proving::{CommittedModel, Inference, Prover, commit, mask_positions, witness::Witness},
    random::random_scalar,
    srs::Srs,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

fn committed(rng: &mut ChaCha20Rng) -> (CommittedModel, Srs, Vec<i64>) {
    let srs = Srs::insecure(9, rng);
    let weights = cnn::weights(rng);
    let model = commit(cnn::architecture(), weights, &srs, rng).unwrap();
    let input = architectures::random_input(&model.key.architecture, rng);
    (model, srs, input)
}

fn runs(model: &CommittedModel, srs: &Srs, input: &[i64]) -> [Inference; 2] {
    let prover = Prover::new(model, srs).unwrap();
    [2, 3].map(|seed| prover.prove([7; 32], input, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap())
}

#[test]
fn commitments_to_the_same_weights_differ() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (model, srs, _) = committed(&mut rng);
    let again = commit(model.key.architecture.clone(), model.weights.clone(), &srs, &mut rng).unwrap();
    for (left, right) in model.key.weights.iter().zip(&again.key.weights) {
        assert_ne!(left, right);
    }
    for (left, right) in model.blinds.iter().zip(&again.blinds) {
        assert_ne!(left, right);
    }
    // The tables are public, and the same for everyone.
    assert_eq!(model.key.entry_outputs, again.key.entry_outputs);
    assert_eq!(model.key.architecture.digest(), again.key.architecture.digest());
    assert_ne!(model.key.digest(), again.key.digest());
}

#[test]
fn every_part_of_two_proofs_of_the_same_differs() {
    let (model, srs, input) = committed(&mut ChaCha20Rng::seed_from_u64(1));
    let [left, right] = runs(&model, &srs, &input);
    assert_eq!(left.output, right.output);
    let layout = Statement::new(&model.key.architecture).unwrap().layout;
    let parts = left.proof.commitments.parts().into_iter().zip(right.proof.commitments.parts());
    for ((left, right), (part, rows)) in parts.zip(Commitments::shape(&layout)) {
        assert_eq!(left.len(), rows);
        left.iter().zip(right).for_each(|(left, right)| assert_ne!(left, right, "{part}"));
    }
    let schedule = Statement::new(&model.key.architecture).unwrap().schedule();
    let labels = schedule.into_iter().flat_map(|(message, count): (Message, usize)| vec![message; count]);
    for ((left, right), message) in left.proof.elements.iter().zip(&right.proof.elements).zip(labels) {
        // The entries have one variable more than the cells, and no summand of degree 4: a zero for any witness.
        let degree = message == Message::MainRound && *left == Fr::ZERO && *right == Fr::ZERO;
        assert!(degree || left != right, "{message:?}");
    }
}

#[test]
fn every_row_has_a_blind_of_its_own() {
    // Rows that hold the same values have different commitments, and none commits to its values alone.
    let (mut model, srs, input) = committed(&mut ChaCha20Rng::seed_from_u64(1));
    model.weights.0.iter_mut().for_each(|tensor| tensor.fill(0));
    let mut rng = ChaCha20Rng::seed_from_u64(77);
    let model = commit(model.key.architecture, model.weights, &srs, &mut rng).unwrap();
    let [inference, _] = runs(&model, &srs, &input);
    let mut points: Vec<G1Affine> = inference.proof.commitments.parts().concat();
    points.extend(&model.key.weights);
    let count = points.len();
    points.sort_by_key(|point| (point.x, point.y));
    points.dedup();
    assert_eq!(points.len(), count);
    assert!(points.iter().all(|point| !point.is_zero()));
}

#[test]
fn blinds_hide_rows_of_zeros() {
    // With weights of zeros many rows are zeros: a proof must not show which.
    let (model, srs, _) = committed(&mut ChaCha20Rng::seed_from_u64(1));
    let statement = Statement::new(&model.key.architecture).unwrap();
    let input = vec![0; 126];
    let witness = Witness::new(&statement, &execute(statement.model, &model.weights, &input).unwrap());
    let row = 1 << statement.layout.row_bits;
    let zero = witness.multiplicity.chunks(row).position(|row| row.iter().all(|count| *count == 0));
    let [inference, _] = runs(&model, &srs, &input);
    if let Some(row) = zero {
        assert!(!inference.proof.commitments.multiplicities[row].is_zero());
        assert!(!inference.proof.commitments.entry_helpers[row].is_zero());
    }
}

// The rank test. The opening publishes linear functionals of the coefficients of the combined polynomial f, of which the
// mask is a random part at a few positions. What is published has the same distribution for every witness if each
// functional's vector of values over all positions is matched by some mask, that is if the functionals have the same rank
// over the mask's positions as over all of them.

/// The challenges of an opening, and the setup's secret.
struct Challenges {
    low: Vec<Fr>,
    high: Vec<Fr>,
    alpha: Fr,
    zeta: Fr,
    nu: Fr,
    last: Fr,
    tau: Fr,
}

impl Challenges {
    fn random(row_bits: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(row_bits as u64);
        let s: Vec<Fr> = (0..row_bits).map(|_| random_scalar(&mut rng)).collect();
        let (low, high) = s.split_at(REMAINDER_BITS);
        let [alpha, zeta, nu, last, tau] = [(); 5].map(|()| random_scalar(&mut rng));
        let high = equality_table(&mut Native, high, 1 << high.len());
        Self { low: equality_table(&mut Native, low, REMAINDER), high, alpha, zeta, nu, last, tau }
    }
}

/// What settlement shows of the opening of `X^position`: the commitments to f, h, S, q, Q and L as multiples of the
/// generator, and the generator's scalar.
fn column(position: usize, row_bits: usize, challenges: &Challenges) -> Vec<Fr> {
    let Challenges { low, high, alpha, zeta, nu, last: x, tau } = challenges;
    let inverse = zeta.inverse().unwrap();
    let mut f = vec![Fr::ZERO; (1 << row_bits) + 1];
    f[position] = Fr::ONE;
    let fold: Vec<Fr> = f.chunks(REMAINDER).map(|block| dot(block, low)).collect();
    let cross = cross_terms(&fold, high);
    let quotient = divide(&f, *alpha, REMAINDER);
    let divided = combine(&[(Fr::ONE, &f), (*alpha - zeta.pow([REMAINDER as u64]), &quotient)]);
    let parts = [
        divide_by(&divided, &[*zeta]),
        divide_by(&cross, &[*zeta, inverse]),
        divide_by(&fold, &[*zeta, inverse, *alpha]),
    ];
    let batch = combine(&[(Fr::ONE, &parts[0]), (*nu, &parts[1]), (nu.square(), &parts[2])]);
    let [from_zeta, from_inverse, from_alpha] = [*x - zeta, *x - inverse, *x - alpha];
    let last = combine(&[
        (from_inverse * from_alpha, &divided),
        (from_alpha * nu, &cross),
        (nu.square(), &fold),
        (-from_zeta * from_inverse * from_alpha, &batch),
    ]);
    let quotients = [&f, &fold, &cross, &quotient, &batch, &divide(&last, *x, 1)].map(|part| evaluate(part, *tau));
    // The last polynomial vanishes at x once the generator's part is taken off.
    quotients.into_iter().chain([evaluate(&last, *x)]).collect()
}

/// The rank of the span of vectors, by Gaussian elimination as they come.
fn rank(columns: impl Iterator<Item = Vec<Fr>>) -> usize {
    let mut basis: Vec<(usize, Vec<Fr>)> = Vec::new();
    for mut column in columns {
        for (pivot, vector) in &basis {
            let factor = column[*pivot];
            if factor != Fr::ZERO {
                column.iter_mut().zip(vector).for_each(|(entry, other)| *entry -= factor * other);
            }
        }
        let Some(pivot) = column.iter().position(|entry| *entry != Fr::ZERO) else { continue };
        let inverse = column[pivot].inverse().unwrap();
        column.iter_mut().for_each(|entry| *entry *= inverse);
        basis.push((pivot, column));
    }
    basis.len()
}

/// The rank of what is published over these positions.
fn rank_over(positions: impl IntoIterator<Item = usize>, row_bits: usize) -> usize {
    let challenges = Challenges::random(row_bits);
    rank(positions.into_iter().map(|position| column(position, row_bits, &challenges)))
}

/// Six commitments and a scalar, of which the pairing equation determines one.
const RANK: usize = 6;

#[test]
fn the_mask_covers_what_settlement_publishes() {
    for row_bits in [9, 11] {
        assert_eq!(rank_over(0..=1 << row_bits, row_bits), RANK);
        let positions = mask_positions(row_bits).into_iter();
        assert_eq!(rank_over(positions.clone().chain([1 << row_bits]), row_bits), RANK);
        // The mask's own blind covers its commitment: the values at its positions cover the rest too.
        assert_eq!(rank_over(positions, row_bits), RANK);
    }
}

#[test]
fn a_mask_of_fewer_positions_does_not_cover_it() {
    for row_bits in [9, 11] {
        let few = mask_positions(row_bits).into_iter().take(RANK - 1);
        assert!(rank_over(few, row_bits) < RANK);
        // One block of the fold has one coefficient in it, and no quotient.
        assert!(rank_over(0..REMAINDER, row_bits) < RANK);
        assert!(rank_over([1 << row_bits], row_bits) < RANK);
    }
}

#[test]
fn the_mask_has_room_at_the_fewest_row_bits() {
    // All positions with at most two bits set, and the blind above them.
    for row_bits in 9..=12 {
        let positions = mask_positions(row_bits);
        assert_eq!(positions.len(), 1 + row_bits + row_bits * (row_bits - 1) / 2);
        assert!(positions.iter().all(|position| *position < 1 << row_bits));
    }
}
