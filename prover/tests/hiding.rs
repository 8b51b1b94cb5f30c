//! What a proof tells of weights and values: nothing twice the same, and nothing that the mask does not cover.

mod common;

use ark_bn254::{Fr, G1Affine};
use ark_ec::AffineRepr;
use ark_ff::{AdditiveGroup, Field};
use common::{architectures, cnn};
use hallmark_circuits::{channel::Message, commitments::Commitments, verifier::statement::Statement};
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

// The rank test. The opening publishes linear functionals of the coefficients of the combined polynomial P_0, of which the
// mask is a random part at a few positions. What is published has the same distribution for every witness if each
// functional's vector of values over all positions is matched by some mask, that is if the functionals have the same rank
// over the mask's positions as over all of them.

/// What an opening publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Published {
    /// Commitments to P_0, ..., P_b, and the batch's values at u, -u and u^2: what settlement shows.
    Batched,
    /// The same commitments, and each P_i's value at u and -u, and P_0's at u^2: what a proof off the chain shows.
    Each,
}

/// The coefficients of the functionals at one position of P_0.
///
/// Position j becomes position `j >> i` of P_i, times `prod over k < i of (s_k or 1 - s_k)` by the bits of j.
fn column(position: usize, s: &[Fr], [tau, u, q]: [Fr; 3], published: Published) -> Vec<Fr> {
    let nodes = [tau, u, -u, u * u];
    let mut weight = Fr::ONE;
    let mut values = Vec::new();
    for fold in 0..=s.len() {
        values.push(nodes.map(|node| weight * node.pow([(position >> fold) as u64])));
        if let Some(s) = s.get(fold) {
            weight *= if position >> fold & 1 == 1 { *s } else { Fr::ONE - s };
        }
    }
    let mut column: Vec<Fr> = values.iter().map(|at| at[0]).collect();
    match published {
        Published::Batched => {
            let batch = |node: usize| values.iter().rev().fold(Fr::ZERO, |sum, at| sum * q + at[node]);
            column.extend([batch(1), batch(2), batch(3)]);
        }
        Published::Each => {
            column.extend(values.iter().flat_map(|at| [at[1], at[2]]));
            column.push(values[0][3]);
        }
    }
    column
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

/// The ranks over the mask's positions and over all.
fn ranks(row_bits: usize, published: Published) -> [usize; 2] {
    let mut rng = ChaCha20Rng::seed_from_u64(row_bits as u64);
    let s: Vec<Fr> = (0..row_bits).map(|_| random_scalar(&mut rng)).collect();
    let at = [(); 3].map(|()| random_scalar(&mut rng));
    let blind = 1 << row_bits;
    let masked = mask_positions(row_bits).into_iter().chain([blind]);
    let over_mask = rank(masked.map(|position| column(position, &s, at, published)));
    let over_all = rank((0..=blind).map(|position| column(position, &s, at, published)));
    [over_mask, over_all]
}

#[test]
fn the_mask_covers_what_settlement_publishes() {
    for row_bits in 9..=12 {
        let [over_mask, over_all] = ranks(row_bits, Published::Batched);
        assert_eq!(over_mask, over_all, "row bits {row_bits}");
        // b + 1 commitments and 3 values, all independent.
        assert_eq!(over_all, row_bits + 4);
    }
}

#[test]
fn the_mask_covers_each_fold_evaluation() {
    for row_bits in 9..=12 {
        let [over_mask, over_all] = ranks(row_bits, Published::Each);
        assert_eq!(over_mask, over_all, "row bits {row_bits}");
        // 3 (b + 1) + 1 values, of which the short last folds leave five dependent for any witness.
        assert_eq!(over_all, 3 * row_bits - 1);
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
