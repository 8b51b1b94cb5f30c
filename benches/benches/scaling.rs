//! How proving grows when a convolution's channels do: its multiply-accumulates and weights grow with their square, its
//! activations with the channels. `hallmark bench` follows more numbers than this one, and fits exponents.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hallmark_benches::model::ReadyModel;
use hallmark_circuits::digest::Digest;
use hallmark_fixtures::{models::scaled_conv, seeded_inputs};
use hallmark_proving::proving::Prover;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

fn channels(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("scaled_conv");
    group.sample_size(10);
    for channels in [8, 16, 32, 64, 128] {
        let calibration = seeded_inputs(&[channels, 16, 16], 4, 1);
        let input = calibration.iter().take(channels * 256).copied();
        let Some(ready) = ReadyModel::new(&scaled_conv(channels), &calibration, input) else { continue };
        let Ok(prover) = Prover::new(&ready.model, &ready.srs) else { continue };
        let mut rng = ChaCha20Rng::seed_from_u64(4);
        group.throughput(Throughput::Elements(ready.report.counts.multiply_accumulates));
        group.bench_function(BenchmarkId::from_parameter(channels), |bencher| {
            bencher.iter(|| black_box(prover.prove(Digest::ZERO, &ready.input, &mut rng)));
        });
    }
}

criterion_group!(benches, channels);
criterion_main!(benches);
