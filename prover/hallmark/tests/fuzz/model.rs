//! Model and key files: what is decoded is valid, has one encoding, and can be laid out, planned and executed.

use hallmark_circuits::codec;
use hallmark_circuits::model::Architecture;
use hallmark_circuits::semantics;
use hallmark_circuits::verifier::statement::Statement;
use hallmark_proving::artifact::Model;
use hallmark_proving::execute::execute;
use hallmark_proving::file::{Kind, decode, encode};
use hallmark_proving::proving::commit;
use hallmark_proving::srs::Srs;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::harness::Target;
use crate::mutate::mutate;
use hallmark_testing::architectures::random_model;

/// The bytes of the length in front of an architecture.
const LENGTH: usize = 8;
/// Models that are larger than this are not executed.
const MAX_WORK: usize = 1 << 16;

/// Valid files, whole and in parts, so that each part can be mutated within intact others.
struct Seeds {
    kind: Kind,
    files: Vec<Vec<u8>>,
    payloads: Vec<Vec<u8>>,
    architectures: Vec<Vec<u8>>,
}

impl Seeds {
    fn new(kind: Kind, payloads: Vec<Vec<u8>>) -> Self {
        let files = payloads.iter().map(|payload| encode(kind, payload).unwrap()).collect();
        let architectures = payloads.iter().map(|payload| payload[LENGTH..split(payload)].to_vec()).collect();
        Self { kind, files, payloads, architectures }
    }

    fn input(&self, rng: &mut impl Rng) -> Vec<u8> {
        let payload = match rng.random_range(0..10) {
            0 => return mutate(&self.files, rng),
            1..5 => mutate(&self.payloads, rng),
            _ => {
                let index = rng.random_range(0..self.payloads.len());
                let architecture = mutate(&self.architectures[index..=index], rng);
                let rest = &self.payloads[index][split(&self.payloads[index])..];
                [&(architecture.len() as u64).to_be_bytes(), architecture.as_slice(), rest].concat()
            }
        };
        encode(self.kind, &payload).unwrap()
    }
}

/// Where the architecture of a payload ends.
fn split(payload: &[u8]) -> usize {
    LENGTH + u64::from_be_bytes(*payload.first_chunk().unwrap()) as usize
}

/// Models, every other one committed to, under a setup that serves all of them.
fn models() -> Vec<Model> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let srs = Srs::insecure(11, &mut rng);
    let model = |index: usize| {
        let (architecture, weights) = random_model(&mut rng);
        if index.is_multiple_of(2) {
            return Model { architecture, weights, commitment: None };
        }
        // Blinds need no good randomness here.
        let mut blinding = rand_chacha::ChaCha20Rng::seed_from_u64(index as u64);
        Model::from_committed(commit(architecture, weights, &srs, &mut blinding).unwrap())
    };
    (0..16).map(model).collect()
}

fn read_model(bytes: &[u8]) -> bool {
    let Ok(payload) = decode::<Vec<u8>>(bytes, Kind::Model) else { return false };
    let Ok(model) = Model::from_bytes(&payload) else { return false };
    assert!(model.to_bytes() == payload, "a model has two encodings");
    plan(&model.architecture);
    if work(&model.architecture) <= MAX_WORK {
        run(&model);
    }
    true
}

fn read_key(bytes: &[u8]) -> bool {
    let Ok(payload) = decode::<Vec<u8>>(bytes, Kind::Key) else { return false };
    let Ok(key) = codec::read_key(&payload) else { return false };
    assert!(codec::write_key(&key) == payload, "a key has two encodings");
    plan(&key.architecture);
    true
}

/// What a reader of proofs does with an architecture before it has seen one.
fn plan(architecture: &Architecture) {
    let statement = Statement::new(architecture).unwrap();
    assert!(!statement.schedule().is_empty());
}

/// Both executors agree, on a result or on the error.
fn run(model: &Model) {
    let Model { architecture, weights, .. } = model;
    let zeros = vec![0; architecture.input.axes.iter().product()];
    let trace = execute(architecture, weights, &zeros);
    let expected = semantics::execute(architecture, weights, &zeros);
    assert_eq!(trace.as_ref().err(), expected.as_ref().err());
    if let (Ok(trace), Ok(expected)) = (trace, expected) {
        let output = trace.output().iter().map(|&value| i64::from(value));
        assert!(output.eq(expected[expected.len() - 1].iter().copied()));
    }
}

/// The number of products of an inference.
fn work(model: &Architecture) -> usize {
    let terms = model.steps.iter().flat_map(|step| step.terms.iter().map(|term| step.variables(term)));
    let cells = model.steps.iter().map(|step| step.axes.clone()).chain([model.input.axes.clone()]);
    terms.chain(cells).fold(0usize, |sum, sizes| {
        sum.saturating_add(sizes.iter().fold(1usize, |product, &size| product.saturating_mul(size)))
    })
}

fn fuzz(name: &'static str, seeds: &Seeds, read: &dyn Fn(&[u8]) -> bool) {
    assert!(seeds.files.iter().all(|bytes| read(bytes)), "the seeds themselves are valid");
    Target { name, max_memory: 16, input: &|rng| seeds.input(rng), read }.run();
}

#[test]
fn model() {
    let payloads = models().iter().map(Model::to_bytes).collect();
    fuzz("model", &Seeds::new(Kind::Model, payloads), &read_model);
}

#[test]
fn key() {
    let payloads = models().iter().filter_map(Model::published_key).map(|key| codec::write_key(&key)).collect();
    fuzz("key", &Seeds::new(Kind::Key, payloads), &read_key);
}
