//! Model files: what is decoded is validated, and what is valid can be laid out, planned and executed.

#[path = "../common/mod.rs"]
mod common;

use common::architectures::random_model;
use hallmark_circuits::model::{Architecture, Weights};
use hallmark_circuits::semantics;
use hallmark_circuits::verifier::statement::Statement;
use hallmark_prover::execute::execute;
use hallmark_prover::file::{Kind, decode, encode};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha3::{Digest, Keccak256};

use crate::harness::Target;
use crate::mutate::mutate;

/// The container's header: magic and kind, version, length of the payload, checksum.
const LENGTH_AT: usize = 10;
const CHECKSUM_AT: usize = 18;
const PAYLOAD_AT: usize = 50;

/// Models that are larger than this are not executed.
const MAX_WORK: usize = 1 << 16;

fn seeds() -> Vec<Vec<u8>> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    (0..24).map(|_| encode(Kind::Model, &random_model(&mut rng)).unwrap()).collect()
}

/// Makes the header fit the payload again, so that decoding gets past it.
fn seal(bytes: &mut [u8]) {
    if bytes.len() < PAYLOAD_AT {
        return;
    }
    let (header, payload) = bytes.split_at_mut(PAYLOAD_AT);
    header[LENGTH_AT..CHECKSUM_AT].copy_from_slice(&(payload.len() as u64).to_le_bytes());
    header[CHECKSUM_AT..].copy_from_slice(&Keccak256::digest(payload));
}

fn input(containers: &[Vec<u8>], payloads: &[Vec<u8>], rng: &mut impl Rng) -> Vec<u8> {
    if rng.random_bool(0.1) {
        return mutate(containers, rng);
    }
    let mut bytes = containers[0][..PAYLOAD_AT].to_vec();
    bytes.extend(mutate(payloads, rng));
    seal(&mut bytes);
    bytes
}

fn read(bytes: &[u8]) -> bool {
    let Ok((model, weights)) = decode::<(Architecture, Weights)>(bytes, Kind::Model) else { return false };
    let Ok(statement) = Statement::new(&model) else { return false };
    // As a proof's reader does before it has seen a proof.
    assert!(!statement.schedule().is_empty());
    if weights.validate(&model).is_err() || work(&model) > MAX_WORK {
        return false;
    }
    let zeros = vec![0; model.input.axes.iter().product()];
    let trace = execute(&model, &weights, &zeros);
    let expected = semantics::execute(&model, &weights, &zeros);
    assert_eq!(trace.as_ref().err(), expected.as_ref().err());
    if let (Ok(trace), Ok(expected)) = (trace, expected) {
        let output = trace.output().iter().map(|&value| i64::from(value));
        assert!(output.eq(expected[expected.len() - 1].iter().copied()));
    }
    true
}

/// The number of products of an inference.
fn work(model: &Architecture) -> usize {
    let terms = model.steps.iter().flat_map(|step| step.terms.iter().map(|term| step.variables(term)));
    let cells = model.steps.iter().map(|step| step.axes.clone()).chain([model.input.axes.clone()]);
    terms.chain(cells).fold(0usize, |sum, sizes| {
        sum.saturating_add(sizes.iter().fold(1usize, |product, &size| product.saturating_mul(size)))
    })
}

#[test]
fn model() {
    let containers = seeds();
    let payloads: Vec<_> = containers.iter().map(|bytes| bytes[PAYLOAD_AT..].to_vec()).collect();
    assert!(containers.iter().all(|bytes| read(bytes)), "the seeds themselves are valid");
    Target { name: "model", max_memory: 16, input: &|rng| input(&containers, &payloads, rng), read: &read }.run();
}
