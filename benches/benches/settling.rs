//! Settlement: the circuit's values, the argument over them, and both verifiers, the native one and the contract.
//!
//! The contract runs in the EVM inside the program, metered; `hallmark bench` tells of its gas.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hallmark_benches::{
    model::{FIXTURES, ReadyModel},
    settlement::{CONTEXT, ReadySettlement},
    stages::span_time,
};
use hallmark_proving::proving::Prover;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

fn settle(criterion: &mut Criterion) {
    for name in FIXTURES {
        let Some(ready) = ReadyModel::from_fixture(name) else { continue };
        let Ok(prover) = Prover::new(&ready.model, &ready.srs) else { continue };
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let Ok(inference) = prover.prove(CONTEXT, &ready.input, &mut rng) else { continue };
        let Ok(settlement) = ReadySettlement::new(&ready, &inference) else { continue };
        let proof = settlement.settle();
        let Ok(mut call) = settlement.call(proof.clone()) else { continue };
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10).throughput(Throughput::Elements(settlement.keys.height() as u64));
        group.bench_function("settle_assign", |bencher| bencher.iter(|| black_box(settlement.assign())));
        group.bench_function("settle_argument", |bencher| {
            bencher
                .iter_custom(|iterations| span_time("argument", iterations, || drop(black_box(settlement.settle()))));
        });
        group.bench_function("verify_settlement", |bencher| bencher.iter(|| black_box(settlement.verify(&proof))));
        group.bench_function("contract", |bencher| bencher.iter(|| black_box(call.run())));
    }
}

criterion_group!(benches, settle);
criterion_main!(benches);
