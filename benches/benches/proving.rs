//! Every stage from a model to an off-chain proof, and its verification.
//!
//! Stages that are spans of one proof are timed by their span: each iteration makes a whole proof, and counts that part.

use std::hint::black_box;

use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main, measurement::WallTime};
use hallmark_benches::{
    model::{FIXTURES, ReadyModel},
    stages::span_time,
};
use hallmark_circuits::{digest::Digest, trusted::TrustedKey, verifier::native::verify};
use hallmark_compiling::{CompileOptions, compile};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{Inference, Prover, commit};
use hallmark_reports::bench::Unit;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The spans of a proof, and what they are called here.
const SPANS: [(&str, &str); 6] = [
    ("witness", "witness"),
    ("commit_witness", "commit"),
    ("helpers", "helpers"),
    ("main_sumcheck", "main sumcheck"),
    ("merging_sumcheck", "merging sumcheck"),
    ("opening", "open"),
];

fn unit(criterion: &mut Criterion) {
    let unit = Unit::default();
    let mut group = criterion.benchmark_group("unit");
    group.sample_size(10).throughput(Throughput::Elements(1 << 16));
    group.bench_function("msm_65536", |bencher| bencher.iter(|| unit.run()));
}

fn stages(criterion: &mut Criterion) {
    for name in FIXTURES {
        let Some(ready) = ReadyModel::from_fixture(name) else { continue };
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.throughput(Throughput::Elements(ready.report.counts.weights as u64));
        once_a_model(&mut group, name, &ready);
        group.throughput(Throughput::Elements(ready.report.counts.activations as u64));
        once_an_answer(&mut group, &ready);
    }
}

fn once_a_model(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, ready: &ReadyModel) {
    let Some(fixture) = hallmark_fixtures::Fixture::find(name) else { return };
    let (model, calibration) = (fixture.model(), fixture.calibration());
    group.bench_function("compile", |bencher| {
        bencher.iter(|| black_box(compile(&model, &calibration, None, &CompileOptions::default())));
    });
    let (architecture, weights) = (&ready.model.key.architecture, &ready.model.weights);
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    group.bench_function("commit", |bencher| {
        bencher.iter(|| black_box(commit(architecture.clone(), weights.clone(), &ready.srs, &mut rng)));
    });
}

fn once_an_answer(group: &mut BenchmarkGroup<'_, WallTime>, ready: &ReadyModel) {
    let Ok(prover) = Prover::new(&ready.model, &ready.srs) else { return };
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let Ok(inference) = prover.prove(Digest::ZERO, &ready.input, &mut rng) else { return };
    let (architecture, weights) = (&ready.model.key.architecture, &ready.model.weights);
    group.bench_function("execute", |bencher| {
        bencher.iter(|| black_box(execute(architecture, weights, &ready.input)));
    });
    let mut prove = || drop(black_box(prover.prove(Digest::ZERO, &ready.input, &mut rng)));
    for (id, span) in SPANS {
        group.bench_function(id, |bencher| {
            bencher.iter_custom(|iterations| span_time(span, iterations, &mut prove));
        });
    }
    group.bench_function("prove", |bencher| bencher.iter(&mut prove));
    let Ok(key) = TrustedKey::derive(ready.model.key.clone(), ready.srs.powers()) else { return };
    group.bench_function("verify_off_chain", |bencher| {
        bencher.iter(|| {
            let Inference { claim, proof } = &inference;
            black_box(verify(&key, key.weight_digest(), claim, proof))
        });
    });
}

criterion_group!(benches, unit, stages);
criterion_main!(benches);
