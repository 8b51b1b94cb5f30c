//! The settlement keys of batches: derived from the model's, pinned by its digest, and good for a batch's proofs alone.

use std::sync::LazyLock;

use hallmark_circuits::{
    digest::Digest,
    encoding::integer_word,
    error::{KeyError, Reject},
    key::VerifyingKey,
    model::{Batch, MIN_ROW_BITS},
    settlement::{
        batches::ListedBatch,
        key::{LIST_OFFSET, model_offset},
        native::verify,
        trusted::{SettlementKey, TrustedCircuit},
    },
    trusted::{TrustedKey, batch_key},
    verifier::statement::Statement,
};
use hallmark_proving::proving::{CommittedModel, Prover, commit};
use hallmark_proving::settlement::{Circuits, SettlementKeys, Settler};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::random_input,
    circuit::{small, small_weights},
    claims::CONTEXT,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// A model that is offered in batches of 2 and of 4, and its settlement key.
pub(crate) struct World {
    pub(crate) srs: Srs,
    pub(crate) model: CommittedModel,
    pub(crate) key: SettlementKey,
}

pub(crate) static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let srs = Srs::insecure(13, &mut rng);
    let weights = small_weights(&mut rng);
    let mut model = commit(small(), weights, &srs, &mut rng).unwrap();
    model.key.batches = vec![batch(2), batch(4)];
    let key = SettlementKey::derive(model.key.clone(), srs.powers()).unwrap();
    World { srs, model, key }
});

pub(crate) fn batch(size: usize) -> Batch {
    Batch::of(size, small().row_bits.max(MIN_ROW_BITS)).unwrap()
}

/// The key of the model, offered in these sizes.
fn offered(sizes: &[usize]) -> VerifyingKey {
    VerifyingKey { batches: sizes.iter().map(|size| batch(*size)).collect(), ..WORLD.model.key.clone() }
}

fn derive(sizes: &[usize]) -> SettlementKey {
    SettlementKey::derive(offered(sizes), WORLD.srs.powers()).unwrap()
}

#[test]
fn the_key_of_a_batch_is_derived_from_the_model_s() {
    let World { srs, model, key } = &*WORLD;
    for size in [2, 4] {
        let listed = key.batch(size).unwrap();
        let alone = SettlementKey::derive(batch_key(&model.key, batch(size), srs.powers()).unwrap(), srs.powers());
        assert_eq!(Ok(&listed), alone.as_ref());
        assert!(listed.batches().is_empty());
        assert!(listed.to_bytes().ends_with(&model.key.weight_bytes()));
    }
    let none = KeyError::Batch { size: 8, offered: vec![2, 4] };
    assert_eq!(key.batch(8), Err(none));
    assert!(key.batch(1).is_err() && key.batch(0).is_err());
}

#[test]
fn a_list_has_the_digests_of_its_keys_at_its_place() {
    let key = &WORLD.key;
    let mut list = integer_word(2).to_vec();
    for size in [2u64, 4] {
        list.extend(integer_word(size));
        list.extend(key.batch(size as usize).unwrap().architecture_digest().0);
    }
    let bytes = key.to_bytes();
    assert_eq!(bytes[LIST_OFFSET..LIST_OFFSET + list.len()], list);
    assert_eq!(model_offset(2), LIST_OFFSET + list.len());
    let model = key.model().key();
    assert_eq!(bytes[model_offset(2)..], [model.public_bytes(), model.weight_bytes()].concat());
}

#[test]
fn the_model_digest_covers_the_list_and_the_weight_digest_does_not() {
    let keys: Vec<SettlementKey> = [&[][..], &[2], &[4], &[2, 4]].map(derive).into();
    for (index, key) in keys.iter().enumerate() {
        assert_eq!(key.model().weight_digest(), keys[0].model().weight_digest());
        for other in &keys[..index] {
            assert_ne!(key.digest(), other.digest());
            assert_ne!(key.architecture_digest(), other.architecture_digest());
        }
    }
    assert_eq!(keys[3], WORLD.key);
    // Every bit of the list is under both digests.
    let bytes = WORLD.key.to_bytes();
    for index in LIST_OFFSET..model_offset(2) {
        let mut changed = bytes.clone();
        changed[index] ^= 1;
        assert_ne!(Digest::keccak(&changed), WORLD.key.digest());
    }
}

#[test]
fn a_list_of_another_model_or_of_other_sizes_is_refused() {
    let World { srs, model, key } = &*WORLD;
    let trusted = TrustedKey::derive(model.key.clone(), srs.powers()).unwrap();
    let statement = Statement::new(&model.key.architecture).unwrap();
    let circuits = Circuits::new(&statement, &model.key.batches).unwrap();
    let circuit = circuits.key(&circuits.single, srs, &[]).unwrap();
    let list = key.batches().to_vec();
    let with = |list: Vec<ListedBatch>| SettlementKey::new(trusted.clone(), &circuit, list);
    assert_eq!(with(list.clone()).as_ref(), Ok(key));
    let refused = Err(KeyError::OtherBatches);
    assert_eq!(with(vec![]), refused);
    assert_eq!(with(list[..1].to_vec()), refused);
    assert_eq!(with(list.iter().rev().cloned().collect()), refused);
    // Of the same sizes, of another model.
    let mut other = model.key.architecture.clone();
    other.steps[0].name.push('x');
    let others = [2, 4].map(|size| ListedBatch::derive(&other, batch(size), srs.powers()).unwrap());
    assert_eq!(with(others.to_vec()), refused);
    // And under another setup.
    let stranger = Srs::insecure(13, &mut ChaCha20Rng::seed_from_u64(99));
    let elsewhere = |size| ListedBatch::derive(&model.key.architecture, batch(size), stranger.powers()).unwrap();
    assert_eq!(with([2, 4].map(elsewhere).to_vec()), refused);
    // The circuit of one size is not that of another.
    let circuit: TrustedCircuit = list[0].circuit().clone();
    let named = |size| ListedBatch::new(&model.key.architecture, batch(size), circuit.clone(), srs.powers());
    assert_eq!((named(4), named(2).as_ref()), (Err(KeyError::OtherCircuit), Ok(&list[0])));
}

#[test]
fn a_key_with_other_rows_of_weights_has_no_key_for_a_batch() {
    let World { srs, model, .. } = &*WORLD;
    let mut key = model.key.clone();
    key.weights.push(key.weights[0]);
    assert!(matches!(batch_key(&key, batch(2), srs.powers()), Err(KeyError::Shape(Reject::Commitments { .. }))));
}

#[test]
fn a_batch_settles_under_its_own_key_alone() {
    let World { srs, model, key } = &*WORLD;
    let rng = &mut ChaCha20Rng::seed_from_u64(8);
    let committed = model.batch(batch(4), srs).unwrap();
    let statement = Statement::new(&committed.key.architecture).unwrap();
    let keys = SettlementKeys::new(&statement, srs).unwrap();
    let held = key.batch(4).unwrap();
    let input = random_input(&committed.key.architecture, rng);
    let inference = Prover::new(&committed, srs).unwrap().prove(CONTEXT, &input, rng).unwrap();
    let settler = Settler { statement: &statement, key: &held, keys: &keys };
    let proof = settler.settle(&inference, rng).unwrap();
    assert_eq!(verify(&held, held.digest(), &inference.claim, &proof), Ok(()));
    for other in [key.batch(2).unwrap(), key.clone()] {
        assert!(verify(&other, other.digest(), &inference.claim, &proof).is_err());
        let named = verify(&held, other.digest(), &inference.claim, &proof);
        assert!(matches!(named, Err(Reject::Digest { .. })));
    }
    // Two of the samples in each other's places, and one answer that is another.
    let mut swapped = inference.claim.clone();
    let (first, second) = swapped.input.split_at_mut(4);
    first.swap_with_slice(&mut second[..4]);
    assert_ne!(swapped, inference.claim);
    let mut lie = inference.claim.clone();
    lie.output[5] += 1;
    for claim in [swapped, lie] {
        assert!(verify(&held, held.digest(), &claim, &proof).is_err());
    }
}
