//! What a proof tells of weights and values: nothing twice the same, and nothing that the mask does not cover.

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    arithmetic::Native,
    channel::{REMAINDER, REMAINDER_BITS},
    columns::Column,
    commitments::Commitments,
    message::Message,
    model::MIN_ROW_BITS,
    multilinear::equality_table,
    verifier::statement::Statement,
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{CommittedModel, Inference, Prover, commit, witness::Witness};
use hallmark_proving::random::random_scalar;
use hallmark_proving::srs::{BLINDING, Srs};
use hallmark_testing::{
    architectures,
    claims::CONTEXT,
    cnn,
    dense::{combine, cross_terms, divide, divide_by, dot, evaluate, rank},
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
    [2, 3].map(|seed| prover.prove(CONTEXT, input, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap())
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
    assert_eq!(left.output(), right.output());
    let layout = Statement::new(&model.key.architecture).unwrap().layout;
    let parts = left.proof.commitments.sections().zip(right.proof.commitments.sections());
    for ((left, right), (part, rows)) in parts.zip(Commitments::shape(&layout)) {
        assert_eq!(left.points.len(), rows);
        left.points.iter().zip(right.points).for_each(|(left, right)| assert_ne!(left, right, "{part}"));
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
    let mut points: Vec<G1Affine> = inference.proof.commitments.points().copied().collect();
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
        for column in [Column::Multiplicities, Column::EntryHelpers] {
            assert!(!inference.proof.commitments.columns[column][row].is_zero());
        }
    }
}

// The rank test. The opening publishes linear functionals of the coefficients of the combined polynomial f, of which those
// above a row's values are random. What is published has the same distribution for every witness if each functional's
// vector of values over all positions is matched by some blinding coefficients, that is if the functionals have the same
// rank over the blinding positions as over all of them.
//
// One is not: above a row's values the cross terms are the fold times a known function, S(X) = h(X) P(1/X)/X. But S is
// affine in each coordinate of the point, and these are random and not shown.

/// The point and the challenges of an opening, and the setup's secret.
#[derive(Clone)]
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
        let mut low: Vec<Fr> = (0..row_bits).map(|_| random_scalar(&mut rng)).collect();
        let high = low.split_off(REMAINDER_BITS);
        let [alpha, zeta, nu, last, tau] = [(); 5].map(|()| random_scalar(&mut rng));
        Self { low, high, alpha, zeta, nu, last, tau }
    }

    /// With another coordinate of the point.
    fn with_coordinate(&self, index: usize, coordinate: u64) -> Self {
        let mut other = self.clone();
        other.high[index] = Fr::from(coordinate);
        other
    }

    fn tables(&self) -> [Vec<Fr>; 2] {
        [&self.low, &self.high].map(|point| equality_table(&mut Native, point, 1 << point.len()))
    }
}

/// What the opening of a polynomial shows: commitments as multiples of the generator.
#[derive(Clone, Copy)]
struct Shown {
    combined: Fr,
    fold: Fr,
    cross: Fr,
    division: Fr,
    batch: Fr,
    last: Fr,
    /// The generator's scalar.
    generator: Fr,
    /// The remainder of the division, which a settlement does not show.
    remainder: [Fr; REMAINDER],
}

impl Shown {
    fn new(f: &[Fr], challenges: &Challenges) -> Self {
        Self::with_weights(f, (&[], 0), challenges)
    }

    /// Of a polynomial with another that is shifted by so many places: that of weights, whose rows are shorter.
    fn with_weights(longer: &[Fr], (weights, places): (&[Fr], usize), challenges: &Challenges) -> Self {
        let Challenges { alpha, zeta, nu, last: x, tau, .. } = challenges;
        let f = &combine(&[(Fr::ONE, longer), (Fr::ONE, &[vec![Fr::ZERO; places], weights.to_vec()].concat())]);
        let committed = combine(&[(Fr::ONE, longer), (zeta.pow([places as u64]), weights)]);
        let [low, high] = challenges.tables();
        let inverse = zeta.inverse().unwrap();
        let fold: Vec<Fr> = f.chunks(REMAINDER).map(|block| dot(block, &low)).collect();
        let cross = cross_terms(&fold, &high);
        let quotient = divide(f, *alpha, REMAINDER);
        let divided = combine(&[(Fr::ONE, &committed), (*alpha - zeta.pow([REMAINDER as u64]), &quotient)]);
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
        let commit = |polynomial: &[Fr]| evaluate(polynomial, *tau);
        Self {
            combined: commit(&committed),
            fold: commit(&fold),
            cross: commit(&cross),
            division: commit(&quotient),
            batch: commit(&batch),
            last: commit(&divide(&last, *x, 1)),
            // The last polynomial vanishes at x once the generator's part is taken off.
            generator: evaluate(&last, *x),
            remainder: std::array::from_fn(|index| f[index] + *alpha * quotient[index]),
        }
    }

    /// Of `X^position`.
    fn of_position(position: usize, row_bits: usize, challenges: &Challenges) -> Self {
        let mut f = vec![Fr::ZERO; (1 << row_bits) + BLINDING];
        f[position] = Fr::ONE;
        Self::new(&f, challenges)
    }

    /// All that a settlement shows.
    fn settlement(&self) -> Vec<Fr> {
        let Self { combined, fold, cross, division, batch, last, generator, remainder: _ } = *self;
        vec![combined, fold, cross, division, batch, last, generator]
    }

    /// The same without the cross terms, and without the last quotient, which the pairing equation determines.
    fn without_cross(&self) -> Vec<Fr> {
        let Self { combined, fold, division, batch, generator, .. } = *self;
        vec![combined, fold, division, batch, generator]
    }
}

/// What is shown of each of these positions.
fn columns(positions: impl IntoIterator<Item = usize>, row_bits: usize, part: fn(&Shown) -> Vec<Fr>) -> Vec<Vec<Fr>> {
    let challenges = Challenges::random(row_bits);
    positions.into_iter().map(|position| part(&Shown::of_position(position, row_bits, &challenges))).collect()
}

/// Six commitments and a scalar, of which the pairing equation determines one.
const RANK: usize = 6;

/// The positions of all blinding coefficients.
fn blinding(row_bits: usize) -> std::ops::Range<usize> {
    1 << row_bits..(1 << row_bits) + BLINDING
}

#[test]
fn the_blinding_coefficients_cover_all_but_the_cross_terms() {
    for row_bits in [9, 11] {
        assert_eq!(rank(columns(0..(1 << row_bits) + BLINDING, row_bits, Shown::settlement)), RANK);
        assert_eq!(rank(columns(blinding(row_bits), row_bits, Shown::without_cross)), RANK - 1);
        // The cross terms follow from the fold, whatever the number of coefficients.
        assert_eq!(rank(columns(blinding(row_bits), row_bits, Shown::settlement)), RANK - 1);
        let of_fold = |shown: &Shown| vec![shown.fold, shown.cross];
        assert_eq!(rank(columns(blinding(row_bits), row_bits, of_fold)), 1);
    }
}

#[test]
fn a_coordinate_of_the_point_covers_the_cross_terms() {
    for row_bits in [9, 11] {
        let challenges = Challenges::random(row_bits);
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let zeros = vec![Fr::ZERO; 1 << row_bits];
        let values = zeros.iter().map(|_| random_scalar(&mut rng)).collect();
        for mut f in [zeros, values] {
            f.extend((0..BLINDING).map(|_| random_scalar(&mut rng)));
            for index in 0..challenges.high.len() {
                let at = [0, 1, 2].map(|c| Shown::new(&f, &challenges.with_coordinate(index, c)).settlement());
                let slope =
                    |from: usize| -> Vec<Fr> { (0..7).map(|place| at[from + 1][place] - at[from][place]).collect() };
                // It is affine in the coordinate, so that it is uniform if the coordinate is.
                assert_eq!(slope(0), slope(1));
                let with_slope = columns(blinding(row_bits), row_bits, Shown::settlement).into_iter().chain([slope(0)]);
                assert_eq!(rank(with_slope), RANK);
            }
        }
    }
}

/// A settlement publishes the coordinates from the length of the weights' rows on. The others hide the cross terms.
#[test]
fn coordinates_that_are_not_published_cover_the_cross_terms_of_shorter_rows_too() {
    let (row_bits, weight_row_bits) = (11, MIN_ROW_BITS as usize);
    let challenges = Challenges::random(row_bits);
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let mut random = |count: usize| -> Vec<Fr> { (0..count).map(|_| random_scalar(&mut rng)).collect() };
    let (longer, weights) = (random((1 << row_bits) + BLINDING), random((1 << weight_row_bits) + 1));
    let places = (1 << row_bits) - (1 << weight_row_bits);
    for index in 0..weight_row_bits - REMAINDER_BITS {
        let shown = |c| Shown::with_weights(&longer, (&weights, places), &challenges.with_coordinate(index, c));
        let [first, second] = [0, 1].map(|c| shown(c).settlement());
        let slope = first.iter().zip(&second).map(|(first, second)| *second - first).collect();
        let with_slope = columns(blinding(row_bits), row_bits, Shown::settlement).into_iter().chain([slope]);
        assert_eq!(rank(with_slope), RANK);
    }
}

#[test]
fn fewer_blinding_coefficients_do_not_cover_it() {
    for row_bits in [9, 11] {
        let rank_of = |count| rank(columns(blinding(row_bits).take(count), row_bits, Shown::without_cross));
        // The blind that every row has, alone.
        assert_eq!(rank_of(1), 1);
        // One block: the fold has one coefficient in it, so that only two numbers of the fold and the remainder are free.
        assert_eq!(rank_of(REMAINDER), 3);
        assert_eq!(rank_of(REMAINDER + 1), 4);
        assert_eq!(rank_of(REMAINDER + 2), RANK - 1);
    }
}

/// The remainder is a message of the proof itself, which a settlement keeps to itself. There is a blinding coefficient for
/// each place of a block, so that no function of the remainder alone is one of the rows.
#[test]
fn the_blinding_coefficients_cover_the_division_s_remainder() {
    for row_bits in [9, 11] {
        let rank_of = |count| rank(columns(blinding(row_bits).take(count), row_bits, |shown| shown.remainder.to_vec()));
        assert_eq!(rank_of(BLINDING), REMAINDER);
        assert_eq!(rank_of(REMAINDER - 1), REMAINDER - 1);
    }
}
