//! A batch against single proofs, in one run: what a batch is worth. Throughput is in answers. `hallmark inspect` tells the gas.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hallmark_benches::model::ReadyModel;
use hallmark_circuits::{digest::Digest, model::Batch};
use hallmark_proving::proving::{CommittedModel, Prover};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The models, and the sizes of their batches.
const BATCHES: [(&str, usize); 3] = [("digits_mlp", 64), ("lenet5_max", 32), ("cnn_264k", 16)];

fn batches(criterion: &mut Criterion) {
    for (name, size) in BATCHES {
        let Some(ready) = ReadyModel::from_fixture(name) else { continue };
        let Some(batch) = batch_of(&ready, size) else { continue };
        let mut group = criterion.benchmark_group(format!("{name} in batches"));
        group.sample_size(10);
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        for (label, model, samples) in [("1", &ready.model, 1), (&size.to_string(), &batch, size)] {
            let Ok(prover) = Prover::new(model, &ready.srs) else { continue };
            let input = ready.input.repeat(samples);
            group.throughput(Throughput::Elements(samples as u64));
            group.bench_function(label, |bencher| {
                bencher.iter(|| black_box(prover.prove(Digest::ZERO, &input, &mut rng)));
            });
        }
    }
}

fn batch_of(ready: &ReadyModel, size: usize) -> Option<CommittedModel> {
    let batch = Batch::of(size, ready.model.key.architecture.row_bits).ok()?;
    ready.model.batch(batch, &ready.srs).ok()
}

criterion_group!(benches, batches);
criterion_main!(benches);
