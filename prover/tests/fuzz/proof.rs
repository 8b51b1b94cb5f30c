//! Proof files: what is decoded has one encoding, and is refused unless it is the proof that was made.

use hallmark_circuits::codec::Receipt;
use hallmark_circuits::verifier::native::verify;
use hallmark_circuits::verifier::statement::Statement;
use hallmark_prover::file::{Kind, decode, encode};
use hallmark_prover::proving::{Prover, commit};
use hallmark_prover::srs::Srs;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::common::architectures::{model_with_steps, random_input};
use crate::harness::Target;
use crate::mutate::mutate;

const CONTEXT: [u8; 32] = [7; 32];

#[test]
fn proof() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let srs = Srs::insecure(11, &mut rng);
    let (architecture, weights) = model_with_steps(&mut rng, 2);
    let model = commit(architecture, weights, &srs, &mut rng).unwrap();
    let statement = Statement::new(&model.key.architecture).unwrap();
    let input = random_input(&model.key.architecture, &mut rng);
    let prover = Prover::new(&model, &srs).unwrap();
    let mut receipt = || {
        let inference = prover.prove(CONTEXT, &input, &mut rng).unwrap();
        Receipt { key: model.key.digest(), context: CONTEXT, output: inference.output, proof: inference.proof }
    };
    let honest = [receipt(), receipt()];
    let payloads = honest.each_ref().map(Receipt::to_bytes);
    let files = payloads.each_ref().map(|payload| encode(Kind::Proof, payload).unwrap());

    let read = |bytes: &[u8]| {
        let Ok(payload) = decode::<Vec<u8>>(bytes, Kind::Proof) else { return false };
        let Ok(receipt) = Receipt::from_bytes(&statement, &payload) else { return false };
        assert!(receipt.to_bytes() == payload, "a proof has two encodings");
        let verdict = verify(&model.key, srs.opening_key(), CONTEXT, &input, &receipt.output, &receipt.proof);
        let made = honest.iter().any(|honest| honest.output == receipt.output && honest.proof == receipt.proof);
        assert_eq!(verdict.is_ok(), made, "{verdict:?}");
        true
    };
    assert!(files.iter().all(|file| read(file)), "the seeds themselves are valid");
    let mutated = |rng: &mut _| mutate(&payloads, rng);
    Target {
        name: "proof",
        max_memory: 16,
        input: &|rng| {
            if rng.random_bool(0.1) { mutate(&files, rng) } else { encode(Kind::Proof, &mutated(rng)).unwrap() }
        },
        read: &read,
    }
    .run();
}
