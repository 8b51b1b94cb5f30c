//! Settlements of a model whose rows of weights are shorter than the others, by the verifier and by the contract.

use std::cell::RefCell;

use crate::contract::Contract;
use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::{
    digest::Digest,
    error::{Check, Reject},
    model::Architecture,
    settlement::{native::verify, proof::SettlementProof},
};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;
use hallmark_testing::{circuit::Proved, cnn, trusted::settlement_key};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The words of a key with the logarithms of the lengths of rows.
const LENGTHS: [usize; 2] = [41, 42];
const WORD: usize = 32;

#[test]
fn both_verifiers_agree_on_shorter_rows_of_weights() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let srs = Srs::insecure(13, &mut rng);
    let architecture = Architecture { row_bits: 10, ..cnn::with_unused_rows() };
    let weights = cnn::weights_of(&architecture, &mut rng);
    let proved = Proved::new(architecture, weights, &srs, &mut rng);
    let (statement, digest) = (proved.statement(), proved.model.key.digest());
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let key = settlement_key(&keys, &proved.model.key, &srs);
    let claim = &proved.inference.claim;
    let proof = keys.prove(&statement, digest, &proved.inference, &mut rng);
    let told = statement.told(claim);

    let contract = RefCell::new(Contract::deploy());
    let is_accepted = |key: &[u8], proof: &SettlementProof| {
        let mut contract = contract.borrow_mut();
        let pinned = contract.store(key);
        contract.refusal(&pinned, &told, &proof.to_bytes()).is_none()
    };
    let verdict = |proof: &SettlementProof| {
        let verdict = verify(&key, key.digest(), claim, proof);
        assert_eq!(is_accepted(&key.to_bytes(), proof), verdict.is_ok(), "{verdict:?}");
        verdict
    };
    assert_eq!(verdict(&proof), Ok(()));
    for place in 0..proof.published.len() {
        let mut changed = proof.clone();
        changed.published[place] += Fr::ONE;
        assert_eq!(verdict(&changed), Err(Reject::Check(Check::Settlement)), "{place}");
    }
    // A key that says otherwise how long rows are, under the digest of what it says.
    for (word, length) in LENGTHS.into_iter().flat_map(|word| [8, 9, 10, 11].map(|length| (word, length))) {
        let mut bytes = key.to_bytes();
        bytes[word * WORD + WORD - 1] = length;
        let is_genuine = Digest::keccak(&bytes) == key.digest();
        assert_eq!(is_accepted(&bytes, &proof), is_genuine, "{word} {length}");
    }
}
