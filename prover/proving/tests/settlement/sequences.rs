//! Models that multiply values: a transformer encoder, gates and tokens, from the file to a settlement.
#![allow(clippy::print_stdout, reason = "cells, gas and errors are what these tests are read for")]

use hallmark_circuits::{
    semantics::execute,
    settlement::{gas::Gas, native::verify},
    verifier::statement::Statement,
};
use hallmark_compiling::{CompileOptions, Compiled, compile};
use hallmark_fixtures::{Fixture, OnnxBuilder, models::heads};
use hallmark_proving::proving::{Prover, commit};
use hallmark_proving::settlement::{Circuit, SettlementKeys};
use hallmark_proving::srs::Srs;
use hallmark_testing::claims::CONTEXT;
use hallmark_testing::trusted::verify_off_chain;
use ndarray::{ArrayD, IxDyn};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

fn random(seed: u64, count: usize, reach: f32) -> Vec<f32> {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    (0..count).map(|_| rng.random_range(-reach..reach)).collect()
}

fn samples(shape: &[usize], values: Vec<f32>) -> ArrayD<f32> {
    ArrayD::from_shape_vec(IxDyn(shape), values).unwrap()
}

/// Proves an answer off chain and for settlement, and checks both. A wrong output is refused.
fn settle(name: &str, compiled: Compiled, input: &[f32]) {
    let mut rng = ChaCha20Rng::seed_from_u64(0);
    let circuit = Circuit::new(&Statement::new(&compiled.architecture).unwrap()).unwrap();
    let srs = Srs::insecure(compiled.architecture.row_bits.max(circuit.log_rows()), &mut rng);
    let port = compiled.architecture.input.clone();
    let input: Vec<i64> = input.iter().enumerate().map(|(index, &value)| port.quantize(index, value)).collect();
    let report = compiled.report.clone();
    let model = commit(compiled.architecture, compiled.weights, &srs, &mut rng).unwrap();
    let inference = Prover::new(&model, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
    let expected = execute(&model.key.architecture, &model.weights, &input).unwrap();
    assert_eq!(expected.last().map(Vec::as_slice), Some(inference.output()), "{name}");
    let check = |claim: &_| verify_off_chain(&model.key, &srs, claim, &inference.proof);
    assert_eq!(check(&inference.claim), Ok(()), "{name}");
    for place in 0..inference.claim.output.len() {
        let mut wrong = inference.claim.clone();
        wrong.output[place] += 1;
        assert!(check(&wrong).is_err(), "{name}: a wrong output {place} is accepted");
    }

    let statement = Statement::new(&model.key.architecture).unwrap();
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let trusted = keys.key_of(model.key.clone(), &srs).unwrap();
    let proof = keys.prove(&statement, model.key.digest(), &inference, &mut rng);
    assert_eq!(verify(&trusted, trusted.digest(), &inference.claim, &proof), Ok(()), "{name}");
    let gas = Gas::predict(statement.model, &statement.layout).total();
    let error = report.accuracy.worst_error / report.accuracy.output_range;
    println!(
        "{name}: {} steps, {} cells, {} table entries, circuit of 2^{}, {gas} gas, worst error {:.2}% of the range",
        report.counts.steps,
        report.counts.activations,
        report.counts.table_entries,
        circuit.log_rows(),
        100.0 * error
    );
    assert!(error < 0.05, "{name}: {error}");
}

#[test]
fn a_transformer_encoder_is_settled() {
    let fixture = Fixture::find("encoder").unwrap();
    let compiled = compile(&fixture.model(), &fixture.calibration(), None, &CompileOptions::default()).unwrap();
    let input: Vec<f32> = fixture.input().iter().copied().collect();
    settle("encoder", compiled, &input);
}

#[test]
fn several_outputs_are_settled() {
    let compiled =
        compile(&heads(), &samples(&[40, 6], random(3, 240, 1.0)), None, &CompileOptions::default()).unwrap();
    let parts = &compiled.architecture.output.parts;
    assert!(parts.len() == 4 && parts.iter().all(|part| part.scale > 0.0), "{parts:?}");
    settle("heads", compiled, &random(4, 6, 1.0));
}

#[test]
fn gates_are_settled() {
    let mut graph = OnnxBuilder::new();
    let x = graph.input("x", &[3, 1, 4]);
    let weights = graph.initializer("w", &[1, 12, 4], random(1, 48, 0.7));
    let recurrence = graph.initializer("r", &[1, 12, 3], random(2, 36, 0.7));
    let [_, last, _] = graph.node("LSTM", &[&x, &weights, &recurrence]).int("hidden_size", 3).outputs();
    let onnx = graph.finish(&[&last]);
    let calibration = samples(&[24, 3, 1, 4], random(3, 24 * 12, 1.0));
    let compiled = compile(&onnx, &calibration, None, &CompileOptions::default()).unwrap();
    settle("LSTM", compiled, &random(4, 12, 1.0));
}

#[test]
fn tokens_are_settled() {
    let mut graph = OnnxBuilder::new();
    let x = graph.input_i64("x", &[1, 4]);
    let table = graph.initializer("table", &[600, 4], random(1, 2400, 1.0));
    let rows = graph.apply("Gather", &[&table, &x]);
    let sums = graph.node("ReduceSum", &[&rows]).int("keepdims", 0).output();
    let onnx = graph.finish(&[&sums]);
    let tokens: Vec<f32> = (0..64).map(|index: u32| (index * 331 % 600) as f32).collect();
    let compiled = compile(&onnx, &samples(&[16, 1, 4], tokens.clone()), None, &CompileOptions::default()).unwrap();
    settle("tokens", compiled, &tokens[4..8]);
}
