//! The settlement circuit accepts what the verifier accepts, and nothing else.

mod common;

use common::cnn;
use hallmark_circuits::{
    commitments::Public,
    relations::packing::public_tensors,
    settlement::{circuit::SettlementCircuit, convert::scalar_to_halo2, native::verify},
    verifier::statement::Statement,
};
use hallmark_prover::{
    proving::{Prover, commit},
    settlement::SettlementKeys,
    srs::Srs,
};
use halo2_proofs::dev::MockProver;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

#[test]
fn honest_proof_settles() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let srs = Srs::insecure(13, &mut rng);
    let architecture = cnn::with_sums_over_weights();
    let weights = cnn::weights_of(&architecture, &mut rng);
    let model = commit(architecture, weights, &srs, &mut rng).unwrap();
    let prover = Prover::new(&model, &srs).unwrap();
    let input = common::architectures::random_input(&model.key.architecture, &mut rng);
    let inference = prover.prove([7; 32], &input, &mut rng).unwrap();
    let statement = Statement::new(&model.key.architecture).unwrap();
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let values = [input.as_slice(), inference.output.as_slice()];
    let tensors = public_tensors(statement.model, &statement.layout);
    let public = Public::new(&tensors, model.key.digest(), [7; 32], values);
    let assignment = keys.assign(&statement, &public, values, &inference.proof);
    let circuit = SettlementCircuit::with_columns(keys.table(), &assignment.columns);
    let instances = std::iter::once(&1.into()).chain(&assignment.instances).map(scalar_to_halo2).collect();
    let mock = MockProver::run(keys.circuit().log_rows, &circuit, vec![instances]).unwrap();
    assert_eq!(mock.verify(), Ok(()));
    let proof = keys.prove(&statement, &public, values, inference.proof.clone(), &mut rng).unwrap();
    assert_eq!(verify(keys.circuit(), &model.key, srs.opening_key(), [7; 32], values, &proof), Ok(()));
}
