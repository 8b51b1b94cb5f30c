//! The contract and both verifiers side by side: whatever bytes a settlement consists of, all of them accept it or none does.

use std::{cell::RefCell, collections::BTreeSet};

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use hallmark_circuits::{
    claim::Claim,
    codec::Reader,
    digest::Digest,
    settlement::{native::verify, pinned::PinnedKey, proof::SettlementProof},
};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_proving::srs::Srs;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use hallmark_testing::circuit::{Proved, small, small_weights};

use crate::{
    deployed::Contract,
    harness::{Target, prepare},
    mutate::mutate,
};

/// The bytes of the context, the input and the output, which stand before the proof.
const PUBLIC: [usize; 3] = [32, 4, 2];
const HEAD: usize = PUBLIC[0] + PUBLIC[1] + PUBLIC[2];
const WORD: usize = 32;

#[test]
fn contract() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let srs = Srs::insecure(11, &mut rng);
    let weights = small_weights(&mut rng);
    let proved = Proved::new(small(), weights, &srs, &mut rng);
    let statement = proved.statement();
    let keys = prepare(|| SettlementKeys::new(&statement, &srs).unwrap());
    let weights = proved.model.key.digest();
    let honest = statement.told(&proved.inference.claim);
    let mut settle = || {
        let proof = keys.prove(&statement, weights, &proved.inference, &mut rng);
        [&honest.context.0[..], &honest.input, &honest.output, &proof.to_bytes()].concat()
    };
    let seeds = [settle(), settle()];
    assert_eq!(honest.context.0.len() + honest.input.len() + honest.output.len(), HEAD);

    let key = keys.key_of(proved.model.key.clone(), &srs).unwrap();
    let browser = PinnedKey::new(proved.model.key.clone(), &key.to_bytes(), key.digest()).unwrap();
    let contract = RefCell::new(Contract::deploy());
    let pinned = contract.borrow_mut().store(&key.to_bytes());
    let errors = RefCell::new(BTreeSet::new());
    let read = |bytes: &[u8]| {
        let Some((context, rest)) = bytes.split_first_chunk() else { return false };
        let (input, rest) = rest.split_at(PUBLIC[1].min(rest.len()));
        let (output, proof) = rest.split_at(PUBLIC[2].min(rest.len()));
        let told = Claim { context: Digest(*context), input: input.to_vec(), output: output.to_vec() };
        let refusal = contract.borrow_mut().refusal(&pinned, &told, proof);

        let [input, output] =
            [input, output].map(|bytes| bytes.iter().map(|byte| i64::from(*byte as i8)).collect::<Vec<_>>());
        let claim = Claim { context: told.context, input, output };
        let mut reader = Reader::new(proof);
        let parsed = SettlementProof::read(&statement, &mut reader).ok().filter(|_| reader.finish().is_ok());
        let accepted = parsed.as_ref().is_some_and(|proof| verify(&key, key.digest(), &claim, proof).is_ok());
        assert_eq!(refusal.is_none(), accepted, "{refusal:?}");
        assert_eq!(parsed.is_some_and(|proof| browser.verify_told(&told, &proof).is_ok()), accepted, "{refusal:?}");
        errors.borrow_mut().extend(refusal.map(|refusal| refusal.error));
        accepted
    };
    assert!(seeds.iter().all(|seed| read(seed)), "the seeds themselves are valid");
    Target { name: "contract", max_memory: 64, input: &|rng| change(&seeds, rng), read: &read }.run();
    // It is no test of refusals if all are for one reason.
    assert!(errors.borrow().len() >= 4, "{errors:?}");
}

/// A settlement with changes that keep its length, most of the time.
fn change(seeds: &[Vec<u8>; 2], rng: &mut impl Rng) -> Vec<u8> {
    if rng.random_bool(0.2) {
        return mutate(seeds, rng);
    }
    let mut bytes = seeds[rng.random_range(0..2)].clone();
    for _ in 0..rng.random_range(0..3) {
        if rng.random_bool(0.2) {
            bytes[rng.random_range(0..HEAD)] ^= 1 << rng.random_range(0..8);
        } else {
            change_word(&mut bytes[HEAD..], &seeds[rng.random_range(0..2)][HEAD..], rng);
        }
    }
    bytes
}

/// Changes one word of a proof, or two that are a point.
pub fn change_word(proof: &mut [u8], other: &[u8], rng: &mut impl Rng) {
    let words = proof.len() / WORD;
    let at = WORD * rng.random_range(0..words - 1);
    match rng.random_range(0..7) {
        // The same scalar, not reduced.
        0 => add(&mut proof[at..at + WORD], &Fr::MODULUS.to_bytes_be()),
        // Another scalar, or a point off the curve.
        1 => add(&mut proof[at..at + WORD], &[1]),
        // The neutral element.
        2 => proof[at..at + 2 * WORD].fill(0),
        // The generator.
        3 => {
            proof[at..at + 2 * WORD].fill(0);
            (proof[at + WORD - 1], proof[at + 2 * WORD - 1]) = (1, 2);
        }
        // What another place has.
        4 => {
            let from = WORD * rng.random_range(0..words - 1);
            proof.copy_within(from..from + 2 * WORD, at);
        }
        // What another proof of the same has here.
        5 => proof[at..at + 2 * WORD].copy_from_slice(&other[at..at + 2 * WORD]),
        _ => proof[at + rng.random_range(0..WORD)] ^= 1 << rng.random_range(0..8),
    }
}

/// Adds big-endian numbers, and drops the carry.
fn add(word: &mut [u8], summand: &[u8]) {
    let mut carry = 0;
    for (place, byte) in word.iter_mut().rev().enumerate() {
        let with = summand.len().checked_sub(place + 1).map_or(0, |index| summand[index]);
        let sum = u16::from(*byte) + u16::from(with) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
}
