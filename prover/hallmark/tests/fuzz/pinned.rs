//! Settlement keys that a browser is given: whatever somebody has registered is a key of this model, or refused.

use hallmark_circuits::{digest::Digest, settlement::pinned::PinnedKey};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::{harness::Target, mutate::mutate};
use hallmark_testing::circuit::{Proved, small, small_weights};

#[test]
fn pinned() {
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    let srs = Srs::insecure(11, &mut rng);
    let weights = small_weights(&mut rng);
    let proved = Proved::new(small(), weights, &srs, &mut rng);
    let model = &proved.model.key;
    let keys = SettlementKeys::new(&proved.statement(), &srs).unwrap();
    let seeds = [keys.key_of(model.clone(), &srs).unwrap().to_bytes()];
    let covered = [model.public_bytes(), model.weight_bytes()].concat();
    let read = |bytes: &[u8]| {
        let pinned = PinnedKey::new(model.clone(), bytes, Digest::keccak(bytes));
        assert!(pinned.is_err() || bytes.ends_with(&covered), "another model's key is taken");
        pinned.is_ok()
    };
    assert!(read(&seeds[0]), "the seed itself is valid");
    Target { name: "pinned", max_memory: 16, input: &|rng| mutate(&seeds, rng), read: &read }.run();
}
