//! The fast executor against the semantics, which is slow and plain.

mod common;

use common::architectures::{extreme_inputs, random_input, random_model};
use hallmark_circuits::model::{Architecture, Weights};
use hallmark_circuits::semantics;
use hallmark_prover::execute::{Trace, execute};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Both executions agree, in their errors too, and each quotient and remainder makes up its sum.
fn compare(model: &Architecture, weights: &Weights, input: &[i64]) {
    let trace = match (execute(model, weights, input), semantics::execute(model, weights, input)) {
        (Ok(trace), Ok(tensors)) => {
            assert_eq!(trace.input, tensors[0]);
            for (step, tensor) in trace.steps.iter().zip(&tensors[1..]) {
                assert!(step.output.iter().map(|&value| i64::from(value)).eq(tensor.iter().copied()));
            }
            trace
        }
        (fast, slow) => {
            assert_eq!(fast.map(drop), slow.map(drop));
            return;
        }
    };
    check_sums(model, weights, &trace);
}

/// The sums that quotients and remainders make up are those of the semantics.
fn check_sums(model: &Architecture, weights: &Weights, trace: &Trace) {
    let mut tensors = vec![trace.input.clone()];
    for (step, made) in model.steps.iter().zip(&trace.steps) {
        let sums: Vec<_> = semantics::assignments(&step.axes)
            .map(|cell| semantics::accumulate(model, weights, &tensors, step, &cell).unwrap())
            .map(|sum| semantics::rescale(sum, step.shift))
            .collect();
        let found = made.quotient.iter().zip(&made.remainder).map(|(&quotient, &rest)| (quotient, i64::from(rest)));
        assert!(found.eq(sums));
        tensors.push(made.output.iter().map(|&value| value.into()).collect());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_models_run_as_the_semantics_says(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (model, weights) = random_model(&mut rng);
        prop_assert_eq!(model.validate(), Ok(()));
        prop_assert_eq!(weights.validate(&model), Ok(()));
        let mut inputs = extreme_inputs(&model).to_vec();
        inputs.push(random_input(&model, &mut rng));
        for input in inputs {
            prop_assert!(execute(&model, &weights, &input).is_ok(), "an input in range has no trace");
            compare(&model, &weights, &input);
        }
    }

    #[test]
    fn hostile_weights_give_the_error_of_the_semantics(seed: u64) {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut model, mut weights) = random_model(&mut rng);
        for weight in weights.0.iter_mut().flatten() {
            *weight = rng.random_range(-1i64 << 40..=1 << 40);
        }
        for term in model.steps.iter_mut().flat_map(|step| &mut step.terms) {
            term.coefficient = rng.random_range(1..=1 << 40);
        }
        model.validate().unwrap();
        compare(&model, &weights, &random_input(&model, &mut rng));
    }
}
