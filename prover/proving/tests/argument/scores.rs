//! Scores: the number of samples that a committed model answers rightly, proved for a committed set.

use std::collections::HashSet;

use hallmark_circuits::{
    digest::Digest,
    error::{KeyError, Reject},
    layout::Layout,
    model::{Architecture, DataSet, InputPort, Labels, MIN_ROW_BITS, Metric, Score, ScoreError},
    semantics,
    set_key::SetKey,
    verifier::native::verify,
};
use hallmark_proving::{
    proving::{CommittedModel, CommittedSet, Inference, ProveError, Prover, commit, commit_set},
    srs::Srs,
};
use hallmark_testing::{
    claims::{CONTEXT, claim},
    cnn,
    trusted::trust,
};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

const SCORE: Score = Score { metric: Metric::TopK(1), row_bits: MIN_ROW_BITS + 1 };
const LOG_SIZE: u32 = 3;
/// The last row of a set is padding.
const PADDING: usize = 1;
const SAMPLES: usize = (1 << LOG_SIZE) - PADDING;
const CLASSES: usize = 4;

/// A model and a set, of which it answers some samples rightly.
struct World {
    rng: ChaCha20Rng,
    srs: Srs,
    model: CommittedModel,
    set: CommittedSet,
    right: i64,
}

fn form() -> DataSet {
    let samples = InputPort::of_integers(cnn::architecture().input.axes, 8);
    DataSet { log_size: LOG_SIZE, samples, labels: Labels::Classes(CLASSES) }
}

fn committed(architecture: &Architecture, srs: &Srs, rng: &mut ChaCha20Rng) -> CommittedModel {
    let weights = cnn::weights_of(architecture, rng);
    commit(architecture.clone(), weights, srs, rng).unwrap()
}

/// Random samples with random labels, and how many of them the model answers rightly.
fn filled(model: &CommittedModel, form: &DataSet, rng: &mut impl Rng) -> (Vec<i64>, i64) {
    let (mut integers, mut right) = (vec![], 0);
    for _ in PADDING..form.capacity() {
        let sample: Vec<i64> = (0..form.sample_width()).map(|_| rng.random_range(-128..128)).collect();
        let tensors = semantics::execute(&model.key.architecture, &model.weights, &sample).unwrap();
        let outputs = tensors.last().unwrap();
        let class = rng.random_range(0..2);
        let is_greatest = |(index, output): (usize, &i64)| match index.cmp(&class) {
            std::cmp::Ordering::Less => *output < outputs[class],
            _ => *output <= outputs[class],
        };
        right += i64::from(outputs.iter().enumerate().all(is_greatest));
        integers.extend(sample);
        integers.extend((0..CLASSES).map(|index| i64::from(index == class)));
    }
    integers.resize(form.capacity() * form.row_width(), 0);
    (integers, right)
}

impl World {
    fn of(model: impl FnOnce(&Srs, &mut ChaCha20Rng) -> CommittedModel) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(11);
        let srs = Srs::insecure(SCORE.row_bits, &mut rng);
        let model = model(&srs, &mut rng);
        let form = form();
        let (integers, right) = filled(&model, &form, &mut rng);
        let set = commit_set(form, vec![integers], MIN_ROW_BITS, &srs, &mut rng).unwrap();
        Self { rng, srs, model, set, right }
    }

    fn new() -> Self {
        Self::of(|srs, rng| committed(&cnn::architecture(), srs, rng))
    }

    /// A model with a tensor as large as the set, and others that end within the set's length.
    fn with_rows_between() -> Self {
        Self::of(|srs, rng| {
            let mut architecture = cnn::with_unused_rows();
            architecture.weights[5].axes[1] = 512;
            architecture.steps[4].terms.iter_mut().for_each(|term| term.summed = vec![512]);
            let mut weights = cnn::weights_of(&architecture, rng);
            weights.0[5].fill(0);
            commit(architecture, weights, srs, rng).unwrap()
        })
    }

    fn prove(&mut self) -> Result<Inference, ProveError> {
        let scored = self.model.scored(&self.set, 0, SCORE, &self.srs)?;
        Prover::new(&scored, &self.srs)?.prove(CONTEXT, &[0], &mut self.rng)
    }

    /// The verdict of whoever has the keys of model and set.
    fn verify(
        &self,
        inference: &Inference,
        model: &CommittedModel,
        set: &CommittedSet,
        output: &[i64],
    ) -> Result<(), Reject> {
        let key = trust(&model.key, &self.srs).scored(&set.key, 0, SCORE, self.srs.powers()).unwrap();
        verify(&key, key.weight_digest(), &claim(&[0], output), &inference.proof)
    }
}

#[test]
fn a_score_is_proved_of_the_committed_model_and_set() {
    let mut world = World::new();
    let inference = world.prove().unwrap();
    let score = [world.right, SAMPLES as i64];
    assert!((1..SAMPLES as i64).contains(&world.right), "{}", world.right);
    assert_eq!(inference.output(), score);
    assert_eq!(world.verify(&inference, &world.model, &world.set, &score), Ok(()));
    for lie in [[world.right + 1, score[1]], [world.right - 1, score[1]], [world.right, score[1] + 1], [-1, 0]] {
        assert!(world.verify(&inference, &world.model, &world.set, &lie).is_err(), "{lie:?}");
    }
}

#[test]
fn a_score_is_of_no_other_model_or_set() {
    let mut world = World::new();
    let inference = world.prove().unwrap();
    let score = [world.right, SAMPLES as i64];
    let other = committed(&cnn::architecture(), &world.srs, &mut world.rng);
    assert!(world.verify(&inference, &other, &world.set, &score).is_err(), "other weights");
    let (integers, _) = filled(&world.model, &form(), &mut world.rng);
    let mut commit = |integers| commit_set(form(), vec![integers], MIN_ROW_BITS, &world.srs, &mut world.rng).unwrap();
    let other = commit(integers);
    let again = commit(world.set.chunks[0].integers.clone());
    let width = world.set.key.form.row_width();
    let mut repeated = world.set.chunks[0].integers.clone();
    repeated.copy_within(0..width, width);
    let repeated = commit(repeated);
    for (set, what) in [(other, "other samples"), (again, "other blinds"), (repeated, "a sample twice")] {
        assert_ne!(set.key.digest(), world.set.key.digest());
        assert!(world.verify(&inference, &world.model, &set, &score).is_err(), "{what}");
    }
}

/// The rows of the model and of the set are found in the key of the score by whoever has their digests.
#[test]
fn the_key_of_a_score_has_the_rows_of_model_and_set() {
    for (mut world, rows_between) in [(World::new(), 0), (World::with_rows_between(), 2)] {
        let key = world.model.scored(&world.set, 0, SCORE, &world.srs).unwrap().key;
        let [model, set] = Layout::new(&key.architecture).unwrap().parts.try_into().unwrap();
        assert_eq!(key.weights[model.clone()], world.model.key.weights);
        assert_eq!(key.weights[set.clone()], world.set.key.chunks[0]);
        let is_between = |row: &usize| !model.contains(row) && !set.contains(row);
        let between: Vec<_> = (0..key.weights.len()).filter(is_between).collect();
        assert!(between.iter().all(|&row| key.weights[row] == world.srs.g1()[1 << MIN_ROW_BITS]));
        assert_eq!(between.len(), rows_between);
        let inference = world.prove().unwrap();
        let score = [world.right, SAMPLES as i64];
        assert_eq!(inference.output(), score);
        assert_eq!(world.verify(&inference, &world.model, &world.set, &score), Ok(()));
    }
}

#[test]
fn what_is_no_set_has_no_proof() {
    let mut world = World::new();
    let place = world.set.key.form.sample_width();
    let honest = world.set.chunks[0].integers[place..place + CLASSES].to_vec();
    for label in [[1, 1, 0, 0], [2, -1, 0, 0], [2, 0, 0, 0]] {
        world.set.chunks[0].integers[place..place + CLASSES].copy_from_slice(&label);
        assert!(matches!(world.prove(), Err(ProveError::Execution(_))), "{label:?}");
    }
    world.set.chunks[0].integers[place..place + CLASSES].copy_from_slice(&honest);
    assert!(world.prove().is_ok());
}

#[test]
fn a_set_that_does_not_fit_is_refused() {
    let mut world = World::new();
    let refused = |set: &CommittedSet, score| world.model.scored(set, 0, score, &world.srs).unwrap_err();
    let mut other = world.set.clone();
    other.key.row_bits += 1;
    let rows = KeyError::SetRows { expected: MIN_ROW_BITS, found: MIN_ROW_BITS + 1 };
    assert_eq!(refused(&other, SCORE), rows);
    other = world.set.clone();
    other.key.chunks[0].pop();
    assert_eq!(refused(&other, SCORE), KeyError::SetShape);
    other = world.set.clone();
    other.key.form.labels = Labels::Classes(5);
    assert!(matches!(refused(&other, SCORE), KeyError::Score(ScoreError::Labels { .. })));
    other = world.set.clone();
    other.chunks.clear();
    assert_eq!(refused(&other, SCORE), KeyError::SetShape);
    other.key.chunks.clear();
    assert_eq!(refused(&other, SCORE), KeyError::Chunk { found: 0, count: 0 });
    let elsewhere = Srs::insecure(SCORE.row_bits, &mut world.rng);
    other = world.set.clone();
    other.key.setup = elsewhere.opening_key().clone();
    let refused = world.model.scored(&other, 0, SCORE, &world.srs).unwrap_err();
    assert!(matches!(refused, KeyError::Setup { .. }), "{refused}");
    let form = world.set.key.form.clone();
    let short = commit_set(form, vec![vec![0; 3]], MIN_ROW_BITS, &world.srs, &mut world.rng).unwrap_err();
    assert_eq!(short, ProveError::SetLength { expected: world.set.chunks[0].integers.len(), found: 3 });
}

/// Of a set with several chunks each has a proof of its own, and the digest covers all.
#[test]
fn each_chunk_of_a_set_has_its_score() {
    let mut world = World::new();
    let first = world.set.chunks[0].integers.clone();
    let (second, right) = filled(&world.model, &form(), &mut world.rng);
    let scores = [[world.right, SAMPLES as i64], [right, SAMPLES as i64]];
    let chunks = vec![first, second];
    let set = commit_set(form(), chunks, MIN_ROW_BITS, &world.srs, &mut world.rng).unwrap();
    for (chunk, score) in scores.iter().enumerate() {
        let scored = world.model.scored(&set, chunk, SCORE, &world.srs).unwrap();
        let inference = Prover::new(&scored, &world.srs).unwrap().prove(CONTEXT, &[0], &mut world.rng).unwrap();
        assert_eq!(inference.output(), score);
        for other in 0..2 {
            let key = trust(&world.model.key, &world.srs).scored(&set.key, other, SCORE, world.srs.powers()).unwrap();
            let verdict = verify(&key, key.weight_digest(), &claim(&[0], score), &inference.proof);
            assert_eq!(verdict.is_ok(), other == chunk);
        }
    }
    let digest = |change: fn(&mut SetKey)| {
        let mut key = set.key.clone();
        change(&mut key);
        key.digest()
    };
    let changes: [fn(&mut SetKey); 6] = [
        |_| {},
        |key| key.chunks.swap(0, 1),
        |key| drop(key.chunks.pop()),
        |key| key.row_bits += 1,
        |key| key.form.labels = Labels::Classes(5),
        |key| key.setup.digest.0[0] ^= 1,
    ];
    let digests: HashSet<Digest> = changes.into_iter().map(digest).collect();
    assert_eq!(digests.len(), changes.len());
}
