//! A settlement key is believed by its digest alone: every other key is refused, and under it every other proof.

use ark_bn254::Fr;
use ark_ff::Field;
use hallmark_circuits::{
    claim::Claim,
    codec::{Answer, Receipt, ReceiptProof},
    digest::Digest,
    encoding::{FR_BYTES, fr_to_bytes, g1_to_bytes},
    error::{Check, Reject},
    key::VerifyingKey,
    settlement::{
        batches::ListedBatch,
        key::{CircuitKey, LIST_OFFSET, key_bytes, model_offset},
        pinned::{PinError, PinnedKey},
        roots::root_of_unity,
    },
    verifier::statement::Statement,
};
use hallmark_proving::proving::{CommittedModel, Inference, Prover};
use hallmark_proving::settlement::SettlementKeys;
use hallmark_testing::{architectures::random_input, claims::CONTEXT};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::batches::{WORLD, World, batch};

fn pinned() -> PinnedKey {
    let World { model, key, .. } = &*WORLD;
    PinnedKey::new(model.key.clone(), &key.to_bytes(), key.digest()).unwrap()
}

/// The answer to bytes that somebody registered, and that were pinned without a look at what they are.
fn registered(model: VerifyingKey, bytes: &[u8]) -> Result<PinnedKey, PinError> {
    PinnedKey::new(model, bytes, Digest::keccak(bytes))
}

/// The bytes of the key with a word of others.
fn with_word(at: usize, word: [u8; FR_BYTES]) -> Vec<u8> {
    let mut bytes = WORLD.key.to_bytes();
    bytes[at * FR_BYTES..(at + 1) * FR_BYTES].copy_from_slice(&word);
    bytes
}

/// A proof of each kind, of one inference.
fn receipts(model: &CommittedModel) -> (Vec<i64>, [Receipt; 2]) {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let statement = Statement::new(&model.key.architecture).unwrap();
    let input = random_input(&model.key.architecture, &mut rng);
    let inference = Prover::new(model, &WORLD.srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
    let keys = SettlementKeys::new(&statement, &WORLD.srs).unwrap();
    let settled = keys.prove(&statement, model.key.digest(), &inference, &mut rng);
    let Inference { claim: Claim { context, output, .. }, proof } = inference;
    let receipt = |proof| Receipt {
        key: model.key.digest(),
        size: 1,
        samples: 1,
        answer: Answer { context, output: output.clone() },
        proof,
    };
    (input, [ReceiptProof::OffChain(proof), ReceiptProof::Settlement(settled)].map(receipt))
}

#[test]
fn proofs_of_both_kinds_hold_under_the_pinned_key() {
    let key = pinned();
    assert_eq!((key.digest(), key.weight_digest()), (WORLD.key.digest(), WORLD.model.key.digest()));
    let (input, receipts) = receipts(&WORLD.model);
    for receipt in receipts {
        assert_eq!(key.verify(&input, &receipt), Ok(()));
        let mut other = input.clone();
        other[0] ^= 1;
        assert!(key.verify(&other, &receipt).is_err());
        let mut lie = receipt.clone();
        lie.answer.output[0] ^= 1;
        assert!(key.verify(&input, &lie).is_err());
        let mut elsewhere = receipt.clone();
        elsewhere.answer.context.0[31] ^= 1;
        assert!(key.verify(&input, &elsewhere).is_err());
        let ReceiptProof::Settlement(proof) = &receipt.proof else { continue };
        let statement = Statement::new(&WORLD.model.key.architecture).unwrap();
        let told = statement.told(&receipt.claim(&input));
        assert_eq!(key.verify_told(&told, proof), Ok(()));
        let mut lie = told;
        lie.output[0] ^= 1;
        assert!(key.verify_told(&lie, proof).is_err());
    }
}

#[test]
fn bytes_with_another_digest_are_refused() {
    let World { model, key, .. } = &*WORLD;
    let bytes = key.to_bytes();
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        let found = Digest::keccak(&changed);
        let refused = PinnedKey::new(model.key.clone(), &changed, key.digest());
        assert_eq!(refused, Err(PinError::Digest { expected: key.digest(), found }));
    }
}

/// The digest of a hostile key may be pinned too. It is still a key of this architecture, or refused.
#[test]
fn every_word_is_what_the_model_and_the_circuit_make_it() {
    let bytes = WORLD.key.to_bytes();
    let words = bytes.len() / FR_BYTES;
    let list = LIST_OFFSET / FR_BYTES..model_offset(2) / FR_BYTES;
    for at in 0..words {
        let mut word = [0; FR_BYTES];
        word.copy_from_slice(&bytes[at * FR_BYTES..(at + 1) * FR_BYTES]);
        word[FR_BYTES - 1] ^= 1;
        let verdict = registered(WORLD.model.key.clone(), &with_word(at, word));
        let is_digest_of_a_batch = list.contains(&at) && (at - list.start).is_multiple_of(2) && at != list.start;
        // What stands for the circuit in the transcript is the word of whoever recomputed the digest, as the columns are.
        assert_eq!(verdict.is_ok(), at == 1 || is_digest_of_a_batch, "word {at}: {verdict:?}");
    }
    for length in 0..bytes.len() {
        assert!(registered(WORLD.model.key.clone(), &bytes[..length]).is_err(), "{length}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(registered(WORLD.model.key.clone(), &longer), Err(PinError::OtherKey));
}

#[test]
fn the_root_of_unity_is_that_of_the_number_of_rows() {
    for root in [Fr::ONE, WORLD.key.circuit().root.square(), -WORLD.key.circuit().root] {
        let verdict = registered(WORLD.model.key.clone(), &with_word(3, fr_to_bytes(&root)));
        assert_eq!(verdict, Err(PinError::Circuit));
    }
}

/// Columns and their digest may be anything that somebody registers. An honest proof does not hold under them.
#[test]
fn no_proof_holds_under_another_circuit() {
    let point = g1_to_bytes(&WORLD.key.circuit().constants[1]);
    let mut columns = WORLD.key.to_bytes();
    columns[16 * FR_BYTES..18 * FR_BYTES].copy_from_slice(&point);
    let transcript = with_word(1, fr_to_bytes(&(WORLD.key.circuit().transcript + Fr::ONE)));
    let (input, [_, receipt]) = receipts(&WORLD.model);
    for bytes in [columns, transcript] {
        let other = registered(WORLD.model.key.clone(), &bytes).unwrap();
        assert_eq!(other.verify(&input, &receipt), Err(Reject::Check(Check::Settlement)));
    }
}

/// Whoever registers a key may give it other rows, with all that follows from them.
#[test]
fn no_proof_holds_with_another_number_of_rows() {
    let World { model, key, .. } = &*WORLD;
    let statement = Statement::new(&model.key.architecture).unwrap();
    let entries: Vec<_> = key.batches().iter().map(ListedBatch::entry).collect();
    let (input, [_, receipt]) = receipts(model);
    for log_rows in 3..=22 {
        let circuit = CircuitKey { log_rows, root: root_of_unity(log_rows), ..key.circuit().clone() };
        let other = registered(model.key.clone(), &key_bytes(&statement, &circuit, &model.key, &entries)).unwrap();
        let verdict = other.verify(&input, &receipt);
        assert_eq!(verdict.is_ok(), log_rows == key.circuit().log_rows, "{log_rows}: {verdict:?}");
    }
    for log_rows in 0..3u8 {
        let mut bytes = with_word(3, fr_to_bytes(&root_of_unity(log_rows.into())));
        bytes[3 * FR_BYTES - 1] = log_rows;
        assert_eq!(registered(model.key.clone(), &bytes), Err(PinError::Circuit));
    }
}

/// No number in a key makes a verifier take more time or memory than the largest circuit does.
#[test]
fn numbers_of_rows_and_of_batches_are_bounded() {
    for rows in 0..=u8::MAX {
        let mut word = [0; FR_BYTES];
        word[FR_BYTES - 1] = rows;
        let verdict = registered(WORLD.model.key.clone(), &with_word(2, word));
        let log_rows = WORLD.key.circuit().log_rows;
        if u32::from(rows) > 22 {
            assert_eq!(verdict, Err(PinError::Number { what: "number of rows" }), "{rows}");
        } else {
            assert_eq!(verdict.is_ok(), u32::from(rows) == log_rows, "{rows}: {verdict:?}");
        }
    }
    let many = |place: usize, value: u8| {
        let mut word = [0; FR_BYTES];
        word[FR_BYTES - 1] = 2;
        word[place] = value;
        registered(WORLD.model.key.clone(), &with_word(LIST_OFFSET / FR_BYTES, word))
    };
    for (place, value) in [(31, 17), (31, 255), (23, 1), (15, 1), (0, 1)] {
        assert_eq!(many(place, value), Err(PinError::Number { what: "number of batches" }), "{place}");
    }
}

#[test]
fn the_verifying_key_is_the_one_that_the_bytes_are_about() {
    let bytes = WORLD.key.to_bytes();
    let changes: [fn(&mut VerifyingKey); 8] = [
        |key| key.weights[0] = key.entry_outputs[0],
        |key| key.weights.clear(),
        |key| key.entry_outputs[0] = key.weights[0],
        |key| key.architecture.steps[0].name.push('x'),
        |key| key.architecture.output.scale *= 2.0,
        |key| key.batches.truncate(1),
        |key| key.batches.clear(),
        |key| {
            key.setup =
                hallmark_proving::srs::Srs::insecure(9, &mut ChaCha20Rng::seed_from_u64(4)).opening_key().clone()
        },
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut model = WORLD.model.key.clone();
        change(&mut model);
        assert_eq!(registered(model, &bytes), Err(PinError::OtherKey), "{index}");
    }
}

#[test]
fn the_keys_of_batches_are_those_that_the_key_lists() {
    let (key, two) = (pinned(), WORLD.key.batch(2).unwrap());
    let bytes = two.to_bytes();
    let taken = key.batch(&bytes).unwrap();
    assert_eq!((taken.digest(), taken.weight_digest()), (two.digest(), two.model().weight_digest()));
    assert_eq!(taken.model(), two.model().key());
    let other = Err(PinError::OtherBatch);
    for place in (0..bytes.len()).step_by(17).chain([bytes.len() - 1]) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert_eq!(key.batch(&changed), other, "{place}");
    }
    for stranger in [WORLD.key.to_bytes(), vec![], bytes[1..].to_vec()] {
        assert_eq!(key.batch(&stranger), other);
    }
    // Other weights behind what is listed.
    let end = bytes.len() - WORLD.model.key.weight_bytes().len();
    let weights = [&bytes[..end], &WORLD.model.key.weight_bytes().iter().rev().copied().collect::<Vec<_>>()].concat();
    assert_eq!(key.batch(&weights), other);
    // A verifying key whose batch has rows of another length: the settlement key does not say how long they are.
    let mut model = WORLD.model.key.clone();
    model.batches[0].row_bits += 1;
    let longer = PinnedKey::new(model, &WORLD.key.to_bytes(), WORLD.key.digest()).unwrap();
    assert!(longer.batch(&bytes).is_err());
}

#[test]
fn a_batch_s_proof_holds_under_the_batch_s_key_alone() {
    let key = pinned();
    let [two, four] = [2, 4].map(|size| key.batch(&WORLD.key.batch(size).unwrap().to_bytes()).unwrap());
    let committed = WORLD.model.batch(batch(2), &WORLD.srs).unwrap();
    let (input, receipts) = receipts(&committed);
    for receipt in receipts {
        assert_eq!(two.verify(&input, &receipt), Ok(()));
        assert!(four.verify(&input, &receipt).is_err() && key.verify(&input, &receipt).is_err());
    }
}
