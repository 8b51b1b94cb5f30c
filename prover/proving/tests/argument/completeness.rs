//! Every in-range input of every model has a proof that verifies.

use hallmark_circuits::{
    model::{Architecture, Weights},
    semantics::execute,
};
use hallmark_proving::proving::{Prover, commit};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::{extreme_inputs, random_input, random_model},
    claims::CONTEXT,
    cnn,
    trusted::verify_off_chain,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

#[test]
fn random_models_prove_and_verify_for_random_and_extreme_inputs() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let srs = Srs::insecure(13, &mut rng);
    for case in 0..24 {
        let (architecture, weights) = random_model(&mut rng);
        prove_and_verify(architecture, weights, &srs, &mut rng, case);
    }
}

#[test]
fn sums_over_weights_prove_and_verify() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let srs = Srs::insecure(9, &mut rng);
    let architecture = cnn::with_sums_over_weights();
    let weights = cnn::weights_of(&architecture, &mut rng);
    prove_and_verify(architecture, weights, &srs, &mut rng, 0);
}

fn prove_and_verify(architecture: Architecture, weights: Weights, srs: &Srs, rng: &mut ChaCha20Rng, case: usize) {
    let model = commit(architecture, weights, srs, rng).unwrap();
    let prover = Prover::new(&model, srs).unwrap();
    let architecture = &model.key.architecture;
    let mut inputs = vec![random_input(architecture, rng)];
    inputs.extend(extreme_inputs(architecture).into_iter().take(2));
    for input in inputs {
        let inference = prover.prove(CONTEXT, &input, rng).unwrap();
        let expected = execute(architecture, &model.weights, &input).unwrap();
        assert_eq!(inference.output(), expected.last().unwrap(), "case {case}");
        let verdict = verify_off_chain(&model.key, srs, &inference.claim, &inference.proof);
        assert_eq!(verdict, Ok(()), "case {case}: {architecture:#?}");
    }
}
