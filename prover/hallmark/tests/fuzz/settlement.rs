//! Settlement proofs: bytes that are read have one reading, and are refused unless they are the proof that was made.

use hallmark_circuits::{
    codec::Reader,
    settlement::{native::verify, proof::SettlementProof},
};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::{harness::Target, mutate::mutate};
use hallmark_testing::circuit::{Proved, small, small_weights};

#[test]
fn settlement() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let srs = Srs::insecure(11, &mut rng);
    let weights = small_weights(&mut rng);
    let proved = Proved::new(small(), weights, &srs, &mut rng);
    let statement = proved.statement();
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let key = keys.key_of(proved.model.key.clone(), &srs).unwrap();
    let mut settle = || keys.prove(&statement, proved.model.key.digest(), &proved.inference, &mut rng);
    let honest = [settle(), settle()];
    let seeds = honest.each_ref().map(SettlementProof::to_bytes);
    let argument = seeds[0].len() - honest[0].argument.len();
    let read = |bytes: &[u8]| {
        let mut reader = Reader::new(bytes);
        let Ok(proof) = SettlementProof::read(&statement, &mut reader) else { return false };
        if reader.finish().is_err() {
            return false;
        }
        assert!(proof.to_bytes() == bytes, "a proof has two encodings");
        let verdict = verify(&key, key.digest(), &proved.inference.claim, &proof);
        assert_eq!(verdict.is_ok(), honest.contains(&proof), "{verdict:?}");
        true
    };
    assert!(seeds.iter().all(|seed| read(seed)), "the seeds themselves are valid");
    Target {
        name: "settlement",
        max_memory: 16,
        input: &|rng| {
            // What stands before it is read before, so that most changes would never reach the argument.
            let mut bytes = seeds[rng.random_range(0..2)].clone();
            if rng.random_bool(0.5) {
                return mutate(&seeds, rng);
            }
            let mutated = mutate(&seeds.each_ref().map(|seed| seed[argument..].to_vec()), rng);
            let length = (bytes.len() - argument).min(mutated.len());
            bytes[argument..argument + length].copy_from_slice(&mutated[..length]);
            bytes
        },
        read: &read,
    }
    .run();
}
