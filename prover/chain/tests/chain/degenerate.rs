//! Proofs that hold and have degenerate parts: neutral points, zeros, and values at the edge of their range.
//!
//! An honest prover makes hardly any of them, and one who knows tau makes what it likes. The verifier and the contract have one rule:
//! a point of a proof is not neutral, a point of a key may be, and every scalar below the order of the group is one.

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field, PrimeField};
use hallmark_circuits::{
    columns::Column,
    encoding::{FR_BYTES, G1_BYTES, g1_to_bytes},
    error::Reject,
    model::Weights,
    settlement::{
        key::BLINDING_ROWS,
        proof::{ARGUMENT_BYTES, SettlementProof},
        table::VALUES,
    },
    verifier::statement::Statement,
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{CommittedModel, Inference, Prover, commit, witness::Witness};
use hallmark_proving::random::random_scalar;
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::{BLINDING, Srs};
use hallmark_testing::architectures::random_input;
use hallmark_testing::circuit::{small, small_weights};
use hallmark_testing::claims::{CONTEXT, claim};
use hallmark_testing::halo2::{Drawn, parameters, prove};
use hallmark_testing::lenient::verify_without;
use hallmark_testing::replaced::{FIRST_PIECE, PIECES, Replacing};
use hallmark_testing::scripted::Scripted;
use hallmark_testing::trusted::settlement_key;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::soundness::{Case, SETTLEMENT};

/// The blinds of each column.
const BLINDS: usize = BLINDING_ROWS;

/// A setup whose secret is known.
fn known() -> (Srs, Fr) {
    let [mut one, mut same] = [1, 1].map(ChaCha20Rng::seed_from_u64);
    (Srs::insecure(11, &mut one), random_scalar(&mut same))
}

/// A model with an inference, of which settlement proofs are made.
struct Made {
    srs: Srs,
    tau: Fr,
    model: CommittedModel,
    keys: SettlementKeys,
    inference: Inference,
}

impl Made {
    fn new(model: impl FnOnce(&Srs, &mut ChaCha20Rng) -> CommittedModel, input: Option<[i64; 4]>) -> Self {
        let (mut rng, (srs, tau)) = (ChaCha20Rng::seed_from_u64(9), known());
        let model = model(&srs, &mut rng);
        let statement = Statement::new(&model.key.architecture).unwrap();
        let keys = SettlementKeys::new(&statement, &srs).unwrap();
        let input = input.map_or_else(|| random_input(statement.model, &mut rng), Vec::from);
        let inference = Prover::new(&model, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
        drop(statement);
        Self { srs, tau, model, keys, inference }
    }

    /// A proof in which the scalar of the argument with this number was chosen.
    fn prove(&self, number: usize, chosen: Fr) -> SettlementProof {
        let statement = Statement::new(&self.model.key.architecture).unwrap();
        let rng = &mut Scripted::new(ChaCha20Rng::seed_from_u64(2), number, chosen);
        self.keys.prove(&statement, self.model.key.digest(), &self.inference, rng)
    }

    /// A proof that holds with this point in the place of a piece of the quotient.
    fn replace(&self, piece: usize, point: G1Affine) -> SettlementProof {
        let statement = Statement::new(&self.model.key.architecture).unwrap();
        let digest = self.model.key.digest();
        let honest = self.keys.prove(&statement, digest, &self.inference, &mut ChaCha20Rng::seed_from_u64(2));
        let assigned = self.keys.assign(&statement, digest, &self.inference);
        let instances = [&[Fr::ONE], assigned.instances.as_slice()].concat();
        let circuit = self.keys.circuit();
        let mut transcript = Replacing::new(circuit.clone(), self.tau, piece, point);
        let parameters = parameters(&self.srs, circuit.log_rows);
        prove(&parameters, self.keys.table(), &assigned.columns, &instances, Drawn::new(2), &mut transcript);
        SettlementProof { argument: transcript.into_argument(), ..honest }
    }

    /// What the verifier and the contract say to a proof, which is the same.
    fn verdict(&self, proof: SettlementProof) -> Result<(), Reject> {
        let (key, claim) = (self.model.key.clone(), self.inference.claim.clone());
        let trusted = settlement_key(&self.keys, &key, &self.srs);
        Case { key, claim, proof }.verify_by(&trusted)
    }

    /// The scalars that the argument draws, in order, where none was chosen.
    fn drawn() -> Vec<Fr> {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        (0..100).map(|_| random_scalar(&mut rng)).collect()
    }

    /// What a column of values commits to, as a multiple of the generator, and its part for a value of one in the last row.
    fn column(&self, column: usize) -> (Fr, Fr) {
        let statement = Statement::new(&self.model.key.architecture).unwrap();
        let assigned = self.keys.assign(&statement, self.model.key.digest(), &self.inference);
        let key = settlement_key(&self.keys, &self.model.key, &self.srs);
        let (root, rows) = (key.circuit().root, 1usize << key.circuit().log_rows);
        let mut cells = assigned.columns[column].clone();
        cells.resize(rows - BLINDS, Fr::ZERO);
        cells.extend_from_slice(&Self::drawn()[BLINDS * column..][..BLINDS]);
        // L_i(tau) = root^i (tau^n - 1) / (n (tau - root^i))
        let vanishing = (self.tau.pow([rows as u64]) - Fr::ONE) / Fr::from(rows as u64);
        let lagrange = |row: usize| {
            let point = root.pow([row as u64]);
            point * vanishing / (self.tau - point)
        };
        (cells.iter().enumerate().map(|(row, cell)| *cell * lagrange(row)).sum(), lagrange(rows - 1))
    }
}

fn honest(srs: &Srs, rng: &mut ChaCha20Rng) -> CommittedModel {
    let weights = small_weights(rng);
    commit(small(), weights, srs, rng).unwrap()
}

/// The bytes of a point of the argument, in its order: the columns of values, the permutation, the random polynomial.
fn point(proof: &SettlementProof, number: usize) -> &[u8] {
    &proof.argument[number * G1_BYTES..][..G1_BYTES]
}

#[test]
fn a_proof_that_holds_but_has_a_neutral_column() {
    let made = Made::new(honest, None);
    for column in 0..VALUES {
        let last = BLINDS * (column + 1) - 1;
        let (whole, part) = made.column(column);
        let commitment = (G1Affine::generator() * whole).into_affine();
        let drawn = Made::drawn()[last];
        let proof = made.prove(last, drawn);
        assert_eq!(point(&proof, column), g1_to_bytes(&commitment), "the commitment is what was computed");
        assert_eq!(made.verdict(proof), Ok(()));
        let chosen = drawn - whole / part;
        let proof = made.prove(last, chosen);
        assert_eq!(point(&proof, column), [0; G1_BYTES], "the column is neutral");
        assert_eq!(made.verdict(proof), SETTLEMENT);
        // Any other blind makes a proof that holds.
        assert_eq!(made.verdict(made.prove(last, chosen + Fr::ONE)), Ok(()));
    }
}

#[test]
fn a_proof_that_holds_but_has_a_neutral_random_polynomial() {
    let made = Made::new(honest, None);
    // The permutation has a row less to blind. Then come both coefficients.
    let first = BLINDS * VALUES + BLINDS - 1;
    let chosen = -Made::drawn()[first] / made.tau;
    let proof = made.prove(first + 1, chosen);
    assert_eq!(point(&proof, VALUES + 1), [0; G1_BYTES], "the polynomial is neutral");
    assert_eq!(made.verdict(proof), SETTLEMENT);
    assert_eq!(made.verdict(made.prove(first + 1, chosen + Fr::ONE)), Ok(()));
    // One without blinds is no secret, and holds.
    for edge in [Fr::ZERO, Fr::ONE, -Fr::ONE] {
        assert_eq!(made.verdict(made.prove(first + 1, edge)), Ok(()), "{edge}");
    }
}

#[test]
fn a_proof_that_holds_but_has_a_neutral_piece_of_the_quotient() {
    let made = Made::new(honest, None);
    for piece in [0, PIECES - 1] {
        let proof = made.replace(piece, G1Affine::identity());
        assert_eq!(point(&proof, FIRST_PIECE + piece), [0; G1_BYTES], "the piece is neutral");
        assert_eq!(made.verdict(proof), SETTLEMENT);
        // Any other point in its place makes a proof that holds.
        assert_eq!(made.verdict(made.replace(piece, G1Affine::generator())), Ok(()));
    }
}

/// A row of zeros without a blind is a point of a key: nothing is hidden, and nothing is wrong.
#[test]
fn a_key_with_a_neutral_point_is_a_key() {
    let zeros = |srs: &Srs, rng: &mut ChaCha20Rng| {
        let mut rng = Scripted::new(rng, 0, Fr::ZERO);
        commit(small(), Weights(vec![vec![0; 8]]), srs, &mut rng).unwrap()
    };
    let made = Made::new(zeros, None);
    assert!(made.model.key.weights[0].is_zero());
    assert_eq!(made.verdict(made.prove(usize::MAX, Fr::ZERO)), Ok(()));
}

/// Inputs and weights of zeros and at the edges of their range, and blinds that are 0, 1 and r - 1.
#[test]
fn values_at_the_edge_are_proved_and_settled() {
    let uniform = |weight: i64| {
        move |srs: &Srs, rng: &mut ChaCha20Rng| commit(small(), Weights(vec![vec![weight; 8]]), srs, rng).unwrap()
    };
    for (weight, input) in [(0, [0; 4]), (0, [-128, 127, -1, 1]), (3, [0; 4]), (-1, [-128; 4]), (1, [127; 4])] {
        let made = Made::new(uniform(weight), Some(input));
        for (number, edge) in [(0, Fr::ZERO), (1, Fr::ONE), (BLINDS, -Fr::ONE)] {
            assert_eq!(made.verdict(made.prove(number, edge)), Ok(()), "{weight} {input:?} {edge}");
        }
    }
}

/// Scalars at the edge are scalars: what is refused is that they are not the right ones.
#[test]
fn scalars_at_the_edge_are_refused_for_what_they_say() {
    let made = Made::new(honest, None);
    let proof = made.prove(usize::MAX, Fr::ZERO);
    let evaluations = (VALUES + 1 + 1 + 6) * G1_BYTES..ARGUMENT_BYTES - 2 * G1_BYTES;
    for edge in [Fr::ZERO, Fr::ONE, -Fr::ONE] {
        let bytes = hallmark_circuits::encoding::fr_to_bytes(&edge);
        for at in evaluations.clone().step_by(FR_BYTES) {
            assert_ne!(Fr::from_be_bytes_mod_order(&proof.argument[at..at + FR_BYTES]), edge);
            let mut changed = proof.clone();
            changed.argument[at..at + FR_BYTES].copy_from_slice(&bytes);
            assert_eq!(made.verdict(changed), SETTLEMENT, "{at}");
        }
        for number in 0..proof.published.len() {
            let mut changed = proof.clone();
            changed.published[number] = edge;
            let expected = if proof.published[number] == edge { Ok(()) } else { SETTLEMENT };
            assert_eq!(made.verdict(changed), expected, "{number}");
        }
    }
}

/// Who knows tau can choose a blind that makes a commitment neutral. All else is honest, so that every equation holds.
#[test]
fn a_proof_that_holds_but_has_a_neutral_point() {
    let (mut rng, (srs, tau)) = (ChaCha20Rng::seed_from_u64(9), known());
    let weights = small_weights(&mut rng);
    let model = commit(small(), weights, &srs, &mut rng).unwrap();
    let statement = Statement::new(&model.key.architecture).unwrap();
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let input = random_input(statement.model, &mut rng);
    let trace = execute(statement.model, &model.weights, &input).unwrap();
    let witness = Witness::new(&statement, &trace);
    let output: Vec<i64> = trace.output().iter().copied().map(i64::from).collect();
    assert_eq!(statement.layout.cell_rows(), 1);
    // After the mask's scalars comes one blind for the only row of each column.
    let first = BLINDING - 1;
    for (number, part, row) in [(first + 1, "remainders", &witness.remainder), (first + 2, "outputs", &witness.output)]
    {
        let value = row.iter().rev().fold(Fr::ZERO, |value, coefficient| value * tau + Fr::from(*coefficient));
        let blind = -value / tau.pow([row.len() as u64]);
        let mut scripted = Scripted::new(ChaCha20Rng::seed_from_u64(2), number, blind);
        let prover = Prover::new(&model, &srs).unwrap();
        let inference = prover.prove_witness(&claim(&input, &output), &witness, &mut scripted).unwrap();
        let Inference { claim, proof: inner } = &inference;
        let column = if part == "outputs" { Column::Outputs } else { Column::Remainders };
        assert!(inner.commitments.columns[column][0].is_zero());
        // Nothing else is wrong with it.
        let (key, named) = (&model.key, model.key.digest());
        assert_eq!(verify_without(None, key, srs.opening_key(), named, claim, inner), Ok(()));

        let proof = keys.prove(&statement, named, &inference, &mut rng);
        let case = Case { key: key.clone(), claim: claim.clone(), proof };
        assert_eq!(case.verify_by(&settlement_key(&keys, &case.key, &srs)), Err(Reject::Neutral { part, index: 0 }));
    }
}
