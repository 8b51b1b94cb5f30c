//! What is absorbed before each challenge, item by item.
//!
//! [`script`] is the inventory: an account of the protocol's transcript that shares no code with the verifier. An
//! independent sponge replays it, and must agree with every permutation that the verifier makes. Then each item is changed
//! under a proof that stays as it is: the challenges before it stay, and the next one after it changes.

use std::{fs, path::PathBuf, sync::LazyLock};

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use hallmark_circuits::{
    arithmetic::Native,
    claim::Claim,
    columns::Column,
    commitments::Commitments,
    encoding::g1_to_bytes,
    error::{Check, Reject},
    key::VerifyingKey,
    message::{Message, SEALED, Sealed},
    poseidon::{self, WIDTH},
    semantics::ExecutionError,
    srs::OpeningKey,
    verifier::{
        self,
        native::{Proof, seal},
        statement::Statement,
    },
};
use hallmark_proving::proving::{Inference, Prover, commit};
use hallmark_proving::srs::Srs;
use hallmark_testing::{architectures, claims::CONTEXT, cnn, lenient::Lenient, trusted::verify_off_chain};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use sha3::{Digest as _, Keccak256};

struct World {
    key: VerifyingKey,
    claim: Claim<Vec<i64>>,
    proof: Proof,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let srs = Srs::insecure(9, &mut rng);
    let weights = cnn::weights(&mut rng);
    let model = commit(cnn::architecture(), weights, &srs, &mut rng).unwrap();
    let input = architectures::random_input(&model.key.architecture, &mut rng);
    let Inference { claim, proof } = Prover::new(&model, &srs).unwrap().prove(CONTEXT, &input, &mut rng).unwrap();
    World { key: model.key, claim, proof }
});

/// What happens to a transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Seal(Sealed),
    Say(Message, usize),
    Draw(&'static str),
}

/// The protocol's transcript.
fn script(statement: &Statement<'_>) -> Vec<Event> {
    use Event::{Draw, Say, Seal};
    let layout = &statement.layout;
    let point_bits = layout.cell_bits.max(layout.entry_bits);
    let products: Vec<usize> = statement.terms.iter().filter(|term| term.is_product()).map(|t| t.sum_bits).collect();
    let operands = statement.terms.iter().filter(|term| term.is_product()).map(|t| t.term.factors.len());
    let main_rounds = products.iter().copied().max().unwrap_or(0).max(point_bits);
    let merge_rounds = point_bits.max(layout.weight_bits);

    let mut events = vec![Seal(Sealed::Commitments), Say(Message::Salt, 1), Draw("alpha"), Draw("beta"), Draw("gamma")];
    events.push(Seal(Sealed::Helpers));
    events.extend(vec![Draw("r"); point_bits]);
    events.extend([Say(Message::LinearTerms, 2), Draw("lambda")]);
    for _ in 0..main_rounds {
        events.extend([Say(Message::MainRound, 4), Draw("main")]);
    }
    events.push(Say(Message::Evaluations, 7));
    events.extend(operands.into_iter().map(|operands| Say(Message::Operands, operands)));
    events.push(Draw("mu"));
    for _ in 0..merge_rounds {
        events.extend([Say(Message::MergeRound, 2), Draw("merge")]);
    }
    events.extend([Say(Message::Opened, 4), Draw("omega"), Seal(Sealed::Fold), Draw("divide")]);
    events.extend([Seal(Sealed::Division), Say(Message::Remainder, 8), Draw("zeta")]);
    events.extend([Say(Message::FoldEvaluations, 3), Draw("nu"), Seal(Sealed::Batch), Draw("last")]);
    events
}

/// A duplex sponge: inputs take the place of the rate's elements, two at a time; a permutation stands before the first
/// output.
#[derive(Default)]
struct Sponge {
    state: [Fr; WIDTH],
    pending: Vec<Fr>,
    ready: Vec<Fr>,
    permuted: Vec<[Fr; WIDTH]>,
}

impl Sponge {
    fn permute(&mut self) {
        for (element, input) in self.state[1..].iter_mut().zip(self.pending.drain(..)) {
            *element = input;
        }
        poseidon::permute(&mut Native, &mut self.state);
        self.permuted.push(self.state);
        self.ready = self.state[1..].iter().rev().copied().collect();
    }

    fn absorb(&mut self, element: Fr) {
        if self.pending.len() == WIDTH - 1 {
            self.permute();
        }
        self.pending.push(element);
        self.ready.clear();
    }

    fn draw(&mut self) -> Fr {
        if self.ready.is_empty() {
            self.permute();
        }
        self.ready.pop().unwrap()
    }
}

/// Everything that is absorbed, and the challenges: (number of the event, challenge).
struct Replay {
    challenges: Vec<(usize, Fr)>,
    permuted: Vec<[Fr; WIDTH]>,
}

fn replay(events: &[Event], sealed: &[Fr; 5], elements: &[Fr]) -> Replay {
    let mut sponge = Sponge::default();
    let mut rest = elements.iter();
    let mut challenges = Vec::new();
    for (number, event) in events.iter().enumerate() {
        match *event {
            Event::Seal(which) => sponge.absorb(sealed[which as usize]),
            Event::Say(_, count) => rest.by_ref().take(count).for_each(|element| sponge.absorb(*element)),
            Event::Draw(_) => challenges.push((number, sponge.draw())),
        }
    }
    assert_eq!(rest.len(), 0);
    Replay { challenges, permuted: sponge.permuted }
}

/// The permutations that the verifier makes for this, when it asserts nothing.
fn recorded(statement: &Statement<'_>, sealed: &[Fr; 5], elements: &[Fr]) -> Vec<[Fr; WIDTH]> {
    let skip = vec![Check::MainSumcheck, Check::MergeSumcheck, Check::OpeningPoints];
    let mut recorder = Lenient { skip, ..Lenient::default() };
    let pack = |_: &mut Lenient, gamma: Fr| statement.pack(&WORLD.claim, gamma);
    let _deferred = verifier::verify(&mut recorder, statement, sealed, elements, pack).unwrap();
    recorder.permuted
}

fn told() -> Claim<Vec<u8>> {
    Statement::new(&WORLD.key.architecture).unwrap().told(&WORLD.claim)
}

/// Changes what is absorbed at event `number`: no challenge before it changes, and the next one and all later ones do.
fn assert_bound(statement: &Statement<'_>, number: usize, sealed: &[Fr; 5], elements: &[Fr]) {
    let events = script(statement);
    let before = replay(&events, &seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments), &WORLD.proof.elements);
    let after = replay(&events, sealed, elements);
    for (old, new) in before.challenges.iter().zip(&after.challenges) {
        assert_eq!(old.1 == new.1, old.0 < number, "{:?} after a change of {:?}", events[old.0], events[number]);
    }
    assert_eq!(recorded(statement, sealed, elements), after.permuted);
}

#[test]
fn the_inventory_is_what_the_verifier_absorbs() {
    let statement = Statement::new(&WORLD.key.architecture).unwrap();
    let events = script(&statement);
    let sealed = seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments);
    let replayed = replay(&events, &sealed, &WORLD.proof.elements);
    assert_eq!(recorded(&statement, &sealed, &WORLD.proof.elements), replayed.permuted);

    let seals: Vec<Sealed> =
        events.iter().filter_map(|event| if let Event::Seal(which) = event { Some(*which) } else { None }).collect();
    assert_eq!(seals, SEALED);
    let said: Vec<(Message, usize)> = events
        .iter()
        .filter_map(|event| if let Event::Say(message, count) = event { Some((*message, *count)) } else { None })
        .collect();
    assert_eq!(said, statement.schedule());
    // Nothing is said, and nothing sealed, after the last challenge: what comes after it is checked, not batched.
    assert_eq!(events.last(), Some(&Event::Draw("last")));
}

#[test]
fn all_challenges_are_different() {
    let statement = Statement::new(&WORLD.key.architecture).unwrap();
    let sealed = seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments);
    let mut challenges: Vec<Fr> =
        replay(&script(&statement), &sealed, &WORLD.proof.elements).challenges.iter().map(|c| c.1).collect();
    let count = challenges.len();
    challenges.sort();
    challenges.dedup();
    assert_eq!(challenges.len(), count);
}

#[test]
fn every_message_is_absorbed_before_the_next_challenge() {
    let statement = Statement::new(&WORLD.key.architecture).unwrap();
    let sealed = seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments);
    let mut place = 0;
    for (number, event) in script(&statement).iter().enumerate() {
        let Event::Say(_, count) = event else { continue };
        for _ in 0..*count {
            let mut elements = WORLD.proof.elements.clone();
            elements[place] += Fr::ONE;
            assert_bound(&statement, number, &sealed, &elements);
            place += 1;
        }
    }
    assert_eq!(place, WORLD.proof.elements.len());
}

#[test]
fn every_digest_is_absorbed_before_the_next_challenge() {
    let statement = Statement::new(&WORLD.key.architecture).unwrap();
    for (number, event) in script(&statement).iter().enumerate() {
        let Event::Seal(which) = event else { continue };
        let mut sealed = seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments);
        sealed[*which as usize] += Fr::ONE;
        assert_bound(&statement, number, &sealed, &WORLD.proof.elements);
    }
}

/// The digest that each part of the commitments is in. The last quotient is in none: no challenge is drawn after it.
fn digest_of(part: &str) -> Option<Sealed> {
    match part {
        "quotients" | "remainders" | "outputs" | "multiplicities" => Some(Sealed::Commitments),
        "helpers" | "entry helpers" => Some(Sealed::Helpers),
        "the opening's fold and its cross terms" => Some(Sealed::Fold),
        "the opening's division" => Some(Sealed::Division),
        "the opening's batch" => Some(Sealed::Batch),
        "the opening's last quotient" => None,
        part => panic!("{part} is not in the inventory"),
    }
}

#[test]
fn every_commitment_is_in_its_digest_alone() {
    let layout = Statement::new(&WORLD.key.architecture).unwrap().layout;
    let points = WORLD.proof.commitments.points().copied().collect::<Vec<_>>();
    let before = seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments);
    let mut place = 0;
    for (part, rows) in Commitments::shape(&layout) {
        for row in 0..rows {
            let mut changed = points.clone();
            changed[place] = -changed[place];
            let after = seal(WORLD.key.digest(), &told(), &Commitments::from_points(&layout, &changed).unwrap());
            for which in SEALED {
                let index = which as usize;
                assert_eq!(before[index] != after[index], digest_of(part) == Some(which), "{part} {row} {which:?}");
            }
            place += 1;
        }
    }
    assert_eq!(place, points.len());
}

#[test]
fn the_order_of_commitments_is_in_their_digest() {
    let layout = Statement::new(&WORLD.key.architecture).unwrap().layout;
    let points = WORLD.proof.commitments.points().copied().collect::<Vec<_>>();
    let before = seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments);
    for place in 1..points.len() {
        let mut changed = points.clone();
        changed.swap(place - 1, place);
        let after = seal(WORLD.key.digest(), &told(), &Commitments::from_points(&layout, &changed).unwrap());
        assert_ne!(before, after, "points {} and {place}", place - 1);
    }
}

#[test]
fn everything_public_is_in_the_first_digest() {
    let before = told().seal(WORLD.key.digest(), &WORLD.proof.commitments);
    let of = |key, claim: Claim<Vec<u8>>| claim.seal(key, &WORLD.proof.commitments);
    let differs = |claim| assert_ne!(of(WORLD.key.digest(), claim), before);
    // Taken apart so that a new field must be added here.
    let Claim { context, input, output } = told();
    for byte in 0..32 {
        let mut changed = WORLD.key.digest();
        changed.0[byte] ^= 1;
        assert_ne!(of(changed, told()), before);
        differs(with(|claim| claim.context.0[byte] ^= 1));
    }
    assert_eq!(context.0.len(), 32);
    (0..input.len()).for_each(|index| differs(with(|claim| claim.input[index] ^= 1)));
    (0..output.len()).for_each(|index| differs(with(|claim| claim.output[index] ^= 1)));
}

/// The claim as a contract is told it, with a change.
fn with(change: impl FnOnce(&mut Claim<Vec<u8>>)) -> Claim<Vec<u8>> {
    let mut claim = told();
    change(&mut claim);
    claim
}

#[test]
fn lengths_of_public_values_are_in_the_key_alone() {
    // The same bytes with the border between input and output elsewhere have the same digest, and are refused before it.
    let changed = with(|claim| claim.output.insert(0, claim.input.pop().unwrap()));
    let sealed = |claim: Claim<Vec<u8>>| claim.seal(WORLD.key.digest(), &WORLD.proof.commitments);
    assert_eq!(sealed(changed), sealed(told()));
    let mut moved = WORLD.claim.clone();
    moved.output.insert(0, moved.input.pop().unwrap());
    let srs = Srs::insecure(9, &mut ChaCha20Rng::seed_from_u64(1));
    let refused = verify_off_chain(&WORLD.key, &srs, &moved, &WORLD.proof);
    let length = ExecutionError::InputLength { expected: moved.input.len() + 1, found: moved.input.len() };
    assert_eq!(refused, Err(Reject::Values(length)));
}

#[test]
fn the_weight_digest_covers_the_whole_key() {
    let before = WORLD.key.digest();
    let differs = |change: &dyn Fn(&mut VerifyingKey)| {
        let mut key = WORLD.key.clone();
        change(&mut key);
        assert_ne!(key.digest(), before);
    };
    // Taken apart so that a new field must be added here. The batches have the same weights.
    let VerifyingKey { architecture: _, setup, entry_outputs, weights, batches: _ } = &WORLD.key;
    let OpeningKey { tau_g1, tau_g2, insecure, g1: _, g2: _, digest: _, .. } = setup;
    differs(&|key| key.architecture.steps[0].constant += 1);
    differs(&|key| key.architecture.row_bits += 1);
    differs(&|key| key.architecture.weight_row_bits += 1);
    differs(&|key| key.setup = OpeningKey::new(*tau_g1, *tau_g2, !insecure).unwrap());
    differs(&|key| key.setup = Srs::insecure(0, &mut ChaCha20Rng::seed_from_u64(99)).opening_key().clone());
    // A row of zeros is its own negative.
    let other = |point: G1Affine| (point + G1Affine::generator()).into_affine();
    (0..entry_outputs.len()).for_each(|row| differs(&|key| key.entry_outputs[row] = other(key.entry_outputs[row])));
    (0..weights.len()).for_each(|row| differs(&|key| key.weights[row] = other(key.weights[row])));
    // The same rows with the border between tables and weights elsewhere.
    differs(&|key| {
        let row = key.entry_outputs.pop().unwrap();
        key.weights.insert(0, row);
    });
}

#[test]
fn digests_are_the_keccak_of_what_they_say() {
    let word = |domain: &[u8]| [domain, &vec![0; 32 - domain.len()]].concat();
    let mut bytes = word(b"hallmark inference 2");
    bytes.extend(WORLD.key.digest().0);
    bytes.extend(CONTEXT.0);
    // All of these values have one byte.
    let Claim { input, output, .. } = &WORLD.claim;
    bytes.extend(input.iter().chain(output).map(|value| *value as u8));
    let points = &WORLD.proof.commitments;
    let rows = [Column::Quotients, Column::Remainders, Column::Outputs, Column::Multiplicities];
    bytes.extend(rows.iter().flat_map(|column| &points.columns[*column]).flat_map(g1_to_bytes));
    let expected = |bytes: &[u8]| {
        let mut digest: [u8; 32] = Keccak256::digest(bytes).into();
        digest[0] = 0;
        Fr::from_be_bytes_mod_order(&digest)
    };
    let with = |domain: &[u8], points: &[G1Affine]| {
        expected(&[word(domain), points.iter().flat_map(g1_to_bytes).collect()].concat())
    };
    let helpers = [Column::Helpers, Column::EntryHelpers].map(|column| points.columns[column].clone()).concat();
    let found = seal(WORLD.key.digest(), &told(), points);
    assert_eq!(found[0], expected(&bytes));
    assert_eq!(found[1], with(b"hallmark helpers 2", &helpers));
    assert_eq!(found[2], with(b"hallmark fold 2", &points.opening.fold));
    assert_eq!(found[3], with(b"hallmark division 2", &[points.opening.division]));
    assert_eq!(found[4], with(b"hallmark batch 2", &[points.opening.batch]));
}

#[test]
fn a_digest_is_that_of_a_known_vector() {
    // keccak256("hallmark batch 2", filled up to 32 bytes || [1]_1), made with another implementation, less its first byte.
    let mut commitments = WORLD.proof.commitments.clone();
    commitments.opening.batch = G1Affine::generator();
    let digest = hex(&commitments.seal(Sealed::Batch).into_bigint().to_bytes_be());
    assert_eq!(digest, "002d71f30159be03a6ad46b03ca155f72cd66ef1b1edd18c1f49b671d6da9955");
}

/// Every challenge of one proof with fixed randomness, so that a change of the protocol shows in a diff.
///
/// `UPDATE_GOLDEN=1 cargo test -p hallmark-proving --test argument golden` writes the file again.
#[test]
fn the_transcript_is_the_golden_one() {
    let statement = Statement::new(&WORLD.key.architecture).unwrap();
    let events = script(&statement);
    let sealed = seal(WORLD.key.digest(), &told(), &WORLD.proof.commitments);
    let replayed = replay(&events, &sealed, &WORLD.proof.elements);
    let mut text = format!("key {}\n", hex(WORLD.key.digest().as_ref()));
    for (which, digest) in SEALED.iter().zip(&sealed) {
        text += &format!("{which:?} {}\n", hex(&digest.into_bigint().to_bytes_be()));
    }
    for (number, challenge) in &replayed.challenges {
        let Event::Draw(name) = events[*number] else { unreachable!() };
        text += &format!("{name} {}\n", hex(&challenge.into_bigint().to_bytes_be()));
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/golden/transcript.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &text).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "the transcript has changed: see {}", path.display());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
