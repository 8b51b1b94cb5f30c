//! Every stage of an inference, for the fixtures that are small enough to run often.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hallmark_benches::{model::ReadyModel, unit::Unit};
use hallmark_circuits::verifier::native::verify;
use hallmark_prover::{
    compile::{CompileOptions, compile},
    execute::execute,
    proving::{Prover, commit},
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

fn unit(criterion: &mut Criterion) {
    let unit = Unit::default();
    let mut group = criterion.benchmark_group("unit");
    group.sample_size(10).throughput(Throughput::Elements(1 << 16));
    group.bench_function("msm_65536", |bencher| bencher.iter(|| unit.run()));
}

fn stages(criterion: &mut Criterion) {
    for name in ["digits_mlp", "digits_cnn", "lenet5_average", "cnn_264k"] {
        let Some(ready) = ReadyModel::from_fixture(name) else { continue };
        let Ok(prover) = Prover::new(&ready.model, &ready.srs) else { continue };
        let Some(fixture) = hallmark_fixtures::Fixture::find(name) else { continue };
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let Ok(inference) = prover.prove([0; 32], &ready.input, &mut rng) else { continue };
        let (architecture, weights) = (&ready.model.key.architecture, &ready.model.weights);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.throughput(Throughput::Elements(ready.report.counts.weights as u64));
        group.bench_function("compile", |bencher| {
            let (model, calibration) = (fixture.model(), fixture.calibration());
            bencher.iter(|| compile(&model, &calibration, None, &CompileOptions::default()));
        });
        group.bench_function("commit", |bencher| {
            bencher.iter(|| commit(architecture.clone(), weights.clone(), &ready.srs, &mut rng));
        });
        group.throughput(Throughput::Elements(ready.report.counts.activations as u64));
        group.bench_function("execute", |bencher| bencher.iter(|| execute(architecture, weights, &ready.input)));
        group.bench_function("prove", |bencher| bencher.iter(|| prover.prove([0; 32], &ready.input, &mut rng)));
        group.bench_function("verify", |bencher| {
            let setup = ready.srs.opening_key();
            bencher
                .iter(|| verify(&ready.model.key, setup, [0; 32], &ready.input, &inference.output, &inference.proof));
        });
    }
}

criterion_group!(benches, unit, stages);
criterion_main!(benches);
