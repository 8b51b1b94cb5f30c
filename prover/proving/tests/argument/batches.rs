//! Batches: many answers in one proof, each of which is the model's to its own sample.

use hallmark_circuits::{
    claim::Claim,
    codec::{read_key, write_key},
    digest::Digest,
    error::{Check, KeyError, Reject},
    layout::Layout,
    model::{Architecture, Batch, MIN_ROW_BITS, Weights},
    relations::packing::public_tensors,
    semantics,
    trusted::TrustedKey,
    verifier::{
        native::{Proof, verify},
        statement::Statement,
    },
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{CommittedModel, Prover, commit, witness::Witness};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::{extreme_inputs, random_input, random_model},
    claims::{CONTEXT, claim},
    cnn, naive,
    trusted::trust,
};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

const SIZE: usize = 4;

/// A model, its batch, and an honest proof of it.
struct World {
    srs: Srs,
    single: CommittedModel,
    batch: CommittedModel,
    input: Vec<i64>,
    output: Vec<i64>,
    proof: Proof,
}

fn batch_of(size: usize) -> Batch {
    Batch::of(size, MIN_ROW_BITS).unwrap()
}

impl World {
    fn new() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(5);
        let srs = Srs::insecure(9, &mut rng);
        let weights = cnn::weights(&mut rng);
        let single = commit(cnn::architecture(), weights, &srs, &mut rng).unwrap();
        let batch = single.batch(batch_of(SIZE), &srs).unwrap();
        let input = random_input(&batch.key.architecture, &mut rng);
        let inference = Prover::new(&batch, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
        let output = inference.output().to_vec();
        Self { srs, single, batch, input, output, proof: inference.proof }
    }

    /// What proofs of batches of a size are held against: derived from the model's own key.
    fn key(&self, size: usize) -> TrustedKey {
        trust(&self.single.key, &self.srs).batch(batch_of(size), self.srs.powers()).unwrap()
    }

    fn verify(&self, key: &TrustedKey, input: &[i64], output: &[i64], proof: &Proof) -> Result<(), Reject> {
        verify(key, key.weight_digest(), &claim(input, output), proof)
    }

    /// A proof by somebody who claim an output, with a witness of the truth.
    fn claim(&self, output: &[i64]) -> Result<(), Reject> {
        let trace = execute(&self.batch.key.architecture, &self.batch.weights, &self.input).unwrap();
        let prover = Prover::new(&self.batch, &self.srs).unwrap();
        let statement = Statement::new(&self.batch.key.architecture).unwrap();
        let witness = Witness::new(&statement, &trace);
        let rng = &mut ChaCha20Rng::seed_from_u64(6);
        let lie = prover.prove_witness(&claim(&self.input, output), &witness, rng).unwrap().proof;
        self.verify(&self.key(SIZE), &self.input, output, &lie)
    }
}

/// The definition: a batch's tensors are those of the samples, one after another.
fn check_semantics(single: &Architecture, weights: &Weights, size: usize, samples: &[Vec<i64>]) {
    let batched = single.batched(Batch::of(size, single.row_bits).unwrap()).unwrap();
    let all = semantics::execute(&batched, weights, &samples.concat()).unwrap();
    let each: Vec<_> = samples.iter().map(|sample| semantics::execute(single, weights, sample).unwrap()).collect();
    for (tensor, values) in all.iter().enumerate() {
        let expected: Vec<i64> = each.iter().flat_map(|tensors| tensors[tensor].clone()).collect();
        assert_eq!(*values, expected, "tensor {tensor} of {single:#?}");
    }
    let fast = execute(&batched, weights, &samples.concat()).unwrap();
    let output: Vec<i64> = fast.output().iter().copied().map(i64::from).collect();
    assert_eq!(Some(&output), all.last());
}

/// Public bytes are those of the samples, one after another: a contract needs no other format.
fn check_bytes(single: &Architecture, size: usize, samples: &[Vec<i64>]) {
    let batched = single.batched(Batch::of(size, single.row_bits).unwrap()).unwrap();
    let [one, _] = public_tensors(single, &Layout::new(single).unwrap());
    let [all, answers] = public_tensors(&batched, &Layout::new(&batched).unwrap());
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| one.to_bytes(sample)).collect();
    assert_eq!(all.to_bytes(&samples.concat()), bytes);
    assert_eq!(all.width, one.width);
    // A run never ends within a value, and the runs of a tensor have all of its values.
    assert!(all.values() % all.run() == 0 && answers.values() % answers.run() == 0);
}

#[test]
fn a_batch_of_a_random_model_is_so_many_of_its_inferences() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    for case in 0..60 {
        let (single, weights) = random_model(&mut rng);
        let size = 2 << (case % 3);
        let mut samples: Vec<Vec<i64>> = extreme_inputs(&single).into_iter().take(size).collect();
        samples.resize_with(size, || random_input(&single, &mut rng));
        check_semantics(&single, &weights, size, &samples);
        check_bytes(&single, size, &samples);
    }
}

#[test]
fn batches_of_random_models_prove_and_verify() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let srs = Srs::insecure(11, &mut rng);
    for case in 0..8 {
        let (single, weights) = random_model(&mut rng);
        let size = 2 << (case % 3);
        // The rows of a batch may be longer than the model's only where the weights' are too.
        let batch = Batch::of(size, single.row_bits).unwrap();
        let model = commit(single, weights, &srs, &mut rng).unwrap();
        let committed = model.batch(batch, &srs).unwrap();
        let input = random_input(&committed.key.architecture, &mut rng);
        let inference = Prover::new(&committed, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
        let key = trust(&model.key, &srs).batch(batch, srs.powers()).unwrap();
        let verdict = verify(&key, key.weight_digest(), &inference.claim, &inference.proof);
        assert_eq!(verdict, Ok(()), "case {case}: {:#?}", model.key.architecture);
    }
}

#[test]
fn a_batch_has_the_model_s_weights_and_blinds() {
    let World { single, batch, srs, .. } = &World::new();
    assert_eq!((&batch.key.weights, &batch.blinds), (&single.key.weights, &single.blinds));
    assert_eq!(batch.weights, single.weights);
    // The architecture is under the digest that the first seal absorbs, so that no batch has the bytes of another.
    let digests: Vec<Digest> = [2, 4, 8].map(|size| single.batch(batch_of(size), srs).unwrap().key.digest()).into();
    assert!(!digests.contains(&single.key.digest()));
    assert!(digests[0] != digests[1] && digests[1] != digests[2] && digests[0] != digests[2]);
    let rows = Batch::of(4, MIN_ROW_BITS + 1).unwrap();
    let longer = single.key.architecture.batched(rows).unwrap();
    assert_ne!(longer.digest(), batch.key.architecture.digest());
}

#[test]
fn the_answers_of_a_batch_are_proved_in_their_order() {
    let world = World::new();
    let answers: Vec<&[i64]> = world.output.chunks(world.output.len() / SIZE).collect();
    assert!(answers.windows(2).any(|pair| pair[0] != pair[1]), "the samples have different answers");
    assert_eq!(world.verify(&world.key(SIZE), &world.input, &world.output, &world.proof), Ok(()));
    assert_eq!(world.claim(&world.output), Ok(()));
    let refused = Err(Reject::Check(Check::MergeSumcheck));
    // Two answers in each other's places.
    let swapped = [answers[1], answers[0], answers[2], answers[3]].concat();
    assert_ne!(swapped, world.output);
    assert_eq!(world.claim(&swapped), refused);
    // One answer that is another sample's, and one that is nobody's.
    let copied = [answers[0], answers[0], answers[2], answers[3]].concat();
    assert_ne!(copied, world.output);
    assert_eq!(world.claim(&copied), refused);
    for index in 0..world.output.len() {
        let mut lie = world.output.clone();
        lie[index] ^= 1;
        assert_eq!(world.claim(&lie), refused, "{index}");
    }
}

#[test]
fn a_proof_holds_for_its_own_samples_and_size_alone() {
    let world = World::new();
    let key = world.key(SIZE);
    let sample = world.input.len() / SIZE;
    let mut input = world.input.clone();
    input.rotate_left(sample);
    assert!(world.verify(&key, &input, &world.output, &world.proof).is_err());
    // The key of another size is of another shape, and so is the model's own.
    let single = trust(&world.single.key, &world.srs);
    for other in [world.key(2), world.key(8), single] {
        assert!(world.verify(&other, &world.input, &world.output, &world.proof).is_err());
    }
    // And another size under the name of this one.
    let named = verify(&world.key(8), key.weight_digest(), &claim(&world.input, &world.output), &world.proof);
    assert!(matches!(named, Err(Reject::Digest { .. })));
    let elsewhere = Claim { context: Digest([9; 32]), input: &world.input[..], output: &world.output[..] };
    assert!(verify(&key, key.weight_digest(), &elsewhere, &world.proof).is_err());
}

/// A sample's step may read the values of its own sample alone: nothing else stands in the relations.
#[test]
fn the_relations_of_a_batch_hold_for_its_execution() {
    let world = World::new();
    let statement = Statement::new(&world.batch.key.architecture).unwrap();
    let trace = execute(&world.batch.key.architecture, &world.batch.weights, &world.input).unwrap();
    assert!(naive::broken(&statement, &world.batch.weights, &Witness::new(&statement, &trace)).is_empty());
}

#[test]
fn a_key_of_a_batch_takes_nothing_from_a_file_but_the_weights() {
    let world = World::new();
    let mut told = world.single.key.clone();
    told.batches = vec![batch_of(SIZE)];
    let bytes = write_key(&told);
    let key = TrustedKey::derive(read_key(&bytes).unwrap(), world.srs.powers()).unwrap();
    let batch = key.batch(batch_of(SIZE), world.srs.powers()).unwrap();
    assert_eq!(batch, world.key(SIZE));
    assert!(batch.key().batches.is_empty());
    let stranger = Srs::insecure(9, &mut ChaCha20Rng::seed_from_u64(99));
    let refused = key.batch(batch_of(SIZE), stranger.powers());
    assert!(matches!(refused, Err(KeyError::Setup { .. })));
    told.batches = vec![batch_of(SIZE), batch_of(2)];
    assert!(matches!(TrustedKey::derive(told, world.srs.powers()), Err(KeyError::Model(_))));
}
