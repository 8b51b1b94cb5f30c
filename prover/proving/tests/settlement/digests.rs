//! Settlements whose inputs are told by digests.

use std::sync::LazyLock;

use hallmark_circuits::{
    claim::Claim,
    encoding::FR_BYTES,
    error::Reject,
    model::{Batch, Binding},
    settlement::{
        native::{verify, verify_told},
        proof::SettlementProof,
        trusted::SettlementKey,
    },
    verifier::statement::Statement,
};
use hallmark_proving::proving::{CommittedModel, Inference, Prover, commit};
use hallmark_proving::settlement::{SettlementKeys, Settler};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::random_input,
    circuit::{small, small_weights},
    claims::CONTEXT,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// The samples of the batch below.
const SAMPLES: usize = 4;

/// The smallest model, offered in a batch, its input told by digests; and a proof of a batch.
struct World {
    model: CommittedModel,
    key: SettlementKey,
    inference: Inference,
    proof: SettlementProof,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let rng = &mut ChaCha20Rng::seed_from_u64(7);
    let srs = Srs::insecure(14, rng);
    let mut architecture = small();
    architecture.input.binding = Binding::Digests(1);
    let batch = Batch::of(SAMPLES, architecture.row_bits).unwrap();
    let mut single = commit(architecture, small_weights(rng), &srs, rng).unwrap();
    single.key.batches = vec![batch];
    let key = SettlementKey::derive(single.key.clone(), srs.powers()).unwrap().batch(SAMPLES).unwrap();
    let model = single.batch(batch, &srs).unwrap();
    let statement = Statement::new(&model.key.architecture).unwrap();
    let input = random_input(&model.key.architecture, rng);
    let inference = Prover::new(&model, &srs).unwrap().prove(CONTEXT, &input, rng).unwrap();
    let keys = SettlementKeys::new(&statement, &srs).unwrap();
    let proof = Settler { statement: &statement, key: &key, keys: &keys }.settle(&inference, rng).unwrap();
    World { model, key, inference, proof }
});

impl World {
    fn told(&self) -> Claim<Vec<u8>> {
        Statement::new(&self.model.key.architecture).unwrap().told(&self.inference.claim)
    }

    fn verify_told(&self, told: &Claim<Vec<u8>>) -> Result<(), Reject> {
        verify_told(&self.key, self.key.digest(), told, &self.proof)
    }
}

#[test]
fn the_digests_are_enough_to_check_a_proof() {
    let world = &*WORLD;
    let told = world.told();
    assert_eq!((told.input.len(), told.output.len()), (SAMPLES * FR_BYTES, SAMPLES * 2));
    assert_eq!(world.verify_told(&told), Ok(()));
    assert_eq!(verify(&world.key, world.key.digest(), &world.inference.claim, &world.proof), Ok(()));
    let other = verify_told(&world.key, world.model.key.digest(), &told, &world.proof);
    assert!(matches!(other, Err(Reject::Digest { .. })));
}

#[test]
fn any_other_input_output_or_context_is_refused() {
    let world = &*WORLD;
    let changed = |change: &dyn Fn(&mut Claim<Vec<u8>>)| {
        let mut told = world.told();
        change(&mut told);
        assert!(world.verify_told(&told).is_err());
    };
    (0..SAMPLES).for_each(|sample| changed(&|told| told.input[FR_BYTES * (sample + 1) - 1] ^= 1));
    (0..2 * SAMPLES).for_each(|value| changed(&|told| told.output[value] ^= 1));
    changed(&|told| told.context.0[0] ^= 1);
    // Two digests, or two answers, in each other's places. All answers of this model are alike.
    changed(&|told| {
        let (first, rest) = told.input.split_at_mut(FR_BYTES);
        first.swap_with_slice(&mut rest[..FR_BYTES]);
    });
    for place in 0..world.inference.claim.input.len() {
        let mut claim = world.inference.claim.clone();
        claim.input[place] ^= 1;
        assert!(verify(&world.key, world.key.digest(), &claim, &world.proof).is_err(), "{place}");
    }
}

#[test]
fn what_is_told_in_another_form_is_refused_before_any_arithmetic() {
    let world = &*WORLD;
    let mut told = world.told();
    told.input.push(0);
    let lengths = Reject::Told { what: "input", expected: SAMPLES * FR_BYTES, found: SAMPLES * FR_BYTES + 1 };
    assert_eq!(world.verify_told(&told), Err(lengths));
    let mut told = world.told();
    told.input[..FR_BYTES].fill(0xff);
    assert_eq!(world.verify_told(&told), Err(Reject::InputDigest));
    let mut told = world.told();
    told.output.pop();
    let lengths = Reject::Told { what: "output", expected: SAMPLES * 2, found: SAMPLES * 2 - 1 };
    assert_eq!(world.verify_told(&told), Err(lengths));
}

/// The binding is part of the architecture: a proof about values is none about digests, though model and weights are the same.
#[test]
fn models_that_are_told_otherwise_have_other_digests() {
    let by_digests = &WORLD.model.key.architecture;
    let mut by_values = by_digests.clone();
    by_values.input.binding = Binding::Values;
    assert_ne!(by_values.digest(), by_digests.digest());
}
