//! Every field of a proof, of a verifying key and of the public values, changed one at a time and refused for the expected
//! reason.
//!
//! The tables are complete by construction: types are taken apart without `..`, the stream is labelled by the schedule,
//! and a message or a part that no table names fails the test.

use std::sync::LazyLock;

use ark_bn254::{Fr, G1Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, Field};
use hallmark_circuits::{
    channel::{FOLD_EVALUATIONS, MAIN_DEGREE, MERGE_DEGREE, Opened, REMAINDER},
    claim::Claim,
    columns::{COLUMNS, Column, Origin},
    commitments::Commitments,
    error::{Check, KeyError, Reject},
    key::VerifyingKey,
    message::Message,
    model::{
        Access, Architecture, AxisMap, Binding, Factor, InputPart, InputPort, ModelError, OutputPart, OutputPort,
        PartAxis, Step, Stride, Table, Term, ValueRange, WeightShape,
    },
    semantics::ExecutionError,
    srs::OpeningKey,
    trusted::TrustedKey,
    verifier::{
        native::{Proof, verify},
        statement::Statement,
    },
};
use hallmark_proving::proving::{Inference, Prover, commit};
use hallmark_proving::srs::Srs;
use hallmark_testing::{architectures, claims::CONTEXT, cnn, trusted::trust};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

/// All that a verifier is given, but for the powers.
#[derive(Clone)]
struct Case {
    key: VerifyingKey,
    claim: Claim<Vec<i64>>,
    proof: Proof,
}

static SRS: LazyLock<Srs> = LazyLock::new(|| Srs::insecure(11, &mut ChaCha20Rng::seed_from_u64(1)));

static CASE: LazyLock<Case> = LazyLock::new(|| {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let weights = cnn::weights(&mut rng);
    case(cnn::architecture(), weights, &mut rng)
});

static TRUSTED: LazyLock<TrustedKey> = LazyLock::new(|| trust(&CASE.key, &SRS));

fn case(architecture: Architecture, weights: hallmark_circuits::model::Weights, rng: &mut ChaCha20Rng) -> Case {
    let model = commit(architecture, weights, &SRS, rng).unwrap();
    let input = architectures::random_input(&model.key.architecture, rng);
    let Inference { claim, proof } = Prover::new(&model, &SRS).unwrap().prove(CONTEXT, &input, rng).unwrap();
    Case { key: model.key, claim, proof }
}

impl Case {
    fn trust(&self) -> Result<TrustedKey, KeyError> {
        if self.key == *TRUSTED.key() {
            Ok(TRUSTED.clone())
        } else {
            TrustedKey::derive(self.key.clone(), SRS.powers())
        }
    }

    /// The verdict, for a key that is what its architecture gives.
    fn verify(&self) -> Result<(), Reject> {
        let key = self.trust().unwrap();
        verify(&key, key.weight_digest(), &self.claim, &self.proof)
    }

    /// Why a changed key is refused before any proof is looked at.
    fn refused_key(&self, change: impl FnOnce(&mut VerifyingKey)) -> KeyError {
        let mut changed = self.clone();
        change(&mut changed.key);
        changed.trust().unwrap_err()
    }

    /// What a changed copy is answered with.
    fn after(&self, change: impl FnOnce(&mut Self)) -> Result<(), Reject> {
        let mut changed = self.clone();
        change(&mut changed);
        changed.verify()
    }

    fn schedule(&self) -> Vec<(Message, usize)> {
        Statement::new(&self.key.architecture).unwrap().schedule()
    }
}

fn shorten<T>(values: &mut Vec<T>) {
    values.truncate(values.len() - 1);
}

const fn fails(check: Check) -> Result<(), Reject> {
    Err(Reject::Check(check))
}

/// All that is absorbed before the main sumcheck ends changes its challenges.
const MAIN: Result<(), Reject> = fails(Check::MainSumcheck);

/// The number of each kind of message, as the protocol has it, and the number of its elements.
fn expected(statement: &Statement<'_>, message: Message) -> (usize, usize) {
    let products = statement.terms.iter().filter(|term| term.is_product()).count();
    match message {
        Message::Salt => (1, 1),
        Message::LinearTerms => (1, 2),
        Message::MainRound => (statement.main_rounds(), MAIN_DEGREE),
        Message::Evaluations => (1, 7),
        Message::Operands => (products, 2),
        Message::MergeRound => (statement.merge_rounds(), MERGE_DEGREE),
        Message::Opened => (1, Opened::<()>::COUNT),
        Message::Remainder => (1, REMAINDER),
        Message::FoldEvaluations => (1, FOLD_EVALUATIONS),
    }
}

/// What stands against a change of an element of a message.
const fn expected_check(message: Message) -> Check {
    match message {
        Message::Salt | Message::LinearTerms | Message::MainRound | Message::Evaluations | Message::Operands => {
            Check::MainSumcheck
        }
        Message::MergeRound | Message::Opened => Check::MergeSumcheck,
        Message::Remainder | Message::FoldEvaluations => Check::Pairing,
    }
}

const MESSAGES: [Message; 9] = [
    Message::Salt,
    Message::LinearTerms,
    Message::MainRound,
    Message::Evaluations,
    Message::Operands,
    Message::MergeRound,
    Message::Opened,
    Message::Remainder,
    Message::FoldEvaluations,
];

#[test]
fn untouched_is_accepted() {
    assert_eq!(CASE.verify(), Ok(()));
}

#[test]
fn the_schedule_is_the_table() {
    let statement = Statement::new(&CASE.key.architecture).unwrap();
    let schedule = CASE.schedule();
    for message in MESSAGES {
        let (count, length) = expected(&statement, message);
        let found: Vec<usize> = schedule.iter().filter(|part| part.0 == message).map(|part| part.1).collect();
        assert_eq!(found, vec![length; count], "{message:?}");
    }
    assert!(schedule.iter().all(|(message, _)| MESSAGES.contains(message)));
    let length = schedule.iter().map(|part| part.1).sum::<usize>();
    assert_eq!(length, CASE.proof.elements.len());
    let rounds = 4 * statement.main_rounds() + 2 * statement.merge_rounds();
    assert_eq!(length, 17 + 8 + rounds + 2 * statement.products().count());
    let layout = &statement.layout;
    let rows = 4 * layout.cell_rows() + 2 * layout.entry_rows();
    assert_eq!(CASE.proof.commitments.points().count(), rows + 5);
}

#[test]
fn every_element_of_the_stream() {
    let mut place = 0;
    let schedule = CASE.schedule();
    for &(message, count) in &schedule {
        for index in 0..count {
            let check = expected_check(message);
            for change in [Fr::ONE, -CASE.proof.elements[place]] {
                if change != Fr::ZERO {
                    let verdict = CASE.after(|case| case.proof.elements[place] += change);
                    assert_eq!(verdict, fails(check), "{message:?} {index}");
                }
            }
            place += 1;
        }
    }
    assert_eq!(place, CASE.proof.elements.len());
}

#[test]
fn every_element_of_random_models() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    for _ in 0..3 {
        let (architecture, weights) = architectures::random_model(&mut rng);
        let case = case(architecture, weights, &mut rng);
        assert_eq!(case.verify(), Ok(()));
        for place in 0..case.proof.elements.len() {
            assert!(case.after(|case| case.proof.elements[place] += Fr::ONE).is_err(), "element {place}");
        }
    }
}

/// An element fewer ends in the last message; an element more, as an extra coefficient would be, is too many. A message
/// has the number of elements that the key fixes, so that a round polynomial of a higher degree can't be said.
#[test]
fn every_message_of_another_length() {
    let length = CASE.proof.elements.len();
    let fewer = CASE.after(|case| shorten(&mut case.proof.elements));
    assert_eq!(fewer, Err(Reject::Ended { message: Message::FoldEvaluations, found: length - 1 }));
    let more = CASE.after(|case| case.proof.elements.push(Fr::ZERO));
    assert_eq!(more, Err(Reject::Trailing { expected: length, found: length + 1 }));

    let mut start = 0;
    for (message, count) in CASE.schedule() {
        // The stream broken off within each message.
        let verdict = CASE.after(|case| case.proof.elements.truncate(start + count - 1));
        assert_eq!(verdict, Err(Reject::Ended { message, found: start + count - 1 }));
        // A coefficient more: it is read as the next message's, and nothing fits any longer.
        let verdict = CASE.after(|case| case.proof.elements.insert(start + count, Fr::ONE));
        let check = match message {
            // The opening asserts nothing before its end: what is left over is found first.
            Message::Opened | Message::Remainder | Message::FoldEvaluations => {
                Err(Reject::Trailing { expected: length, found: length + 1 })
            }
            Message::MergeRound => fails(Check::MergeSumcheck),
            Message::Operands if start + count < operands_end() => MAIN,
            Message::Operands => fails(Check::MergeSumcheck),
            Message::Salt | Message::LinearTerms | Message::MainRound | Message::Evaluations => MAIN,
        };
        assert_eq!(verdict, check, "{message:?}");
        start += count;
    }
}

/// Where the last operand of a product ends in the stream.
fn operands_end() -> usize {
    let schedule = CASE.schedule();
    let last = schedule.iter().rposition(|(message, _)| *message == Message::Operands).unwrap();
    schedule[..=last].iter().map(|part| part.1).sum()
}

/// Changes one of the points, which are numbered in the order in which they are sent.
fn change_point(case: &mut Case, number: usize, change: fn(&mut G1Affine)) {
    let layout = Statement::new(&case.key.architecture).unwrap().layout;
    let mut points: Vec<G1Affine> = case.proof.commitments.points().copied().collect();
    change(&mut points[number]);
    case.proof.commitments = Commitments::from_points(&layout, &points).unwrap();
}

/// What stands against a change of a part of the commitments.
fn expected_of_part(part: &str) -> Check {
    match part {
        "quotients" | "remainders" | "outputs" | "multiplicities" | "helpers" | "entry helpers" => Check::MainSumcheck,
        "the opening's fold and its cross terms"
        | "the opening's division"
        | "the opening's batch"
        | "the opening's last quotient" => Check::Pairing,
        part => panic!("{part} is not in the table"),
    }
}

#[test]
fn every_commitment() {
    let layout = Statement::new(&CASE.key.architecture).unwrap().layout;
    let mut number = 0;
    for (part, rows) in CASE.proof.commitments.sections().zip(Commitments::shape(&layout)) {
        assert_eq!((part.name, part.points.len()), rows);
        for index in 0..part.points.len() {
            let changes: [fn(&mut G1Affine); 2] =
                [|point| *point = (*point + G1Affine::generator()).into_affine(), |point| *point = -*point];
            for change in changes {
                let verdict = CASE.after(|case| change_point(case, number, change));
                assert_eq!(verdict, fails(expected_of_part(part.name)), "{} {index}", part.name);
            }
            let neutral = CASE.after(|case| change_point(case, number, |point| *point = G1Affine::identity()));
            assert_eq!(neutral, Err(Reject::Neutral { part: part.name, index }));
            number += 1;
        }
    }
}

#[test]
fn every_other_number_of_commitments() {
    let layout = Statement::new(&CASE.key.architecture).unwrap().layout;
    for declaration in &COLUMNS {
        let (part, expected) = (declaration.name, declaration.rows_in_proof(&layout));
        let refused = |found| Err(Reject::Commitments { part, expected, found });
        if declaration.origin != Origin::Key {
            let fewer = CASE.after(|case| case.proof.commitments.columns[declaration.column].truncate(expected - 1));
            assert_eq!(fewer, refused(expected - 1));
        }
        let more = CASE.after(|case| case.proof.commitments.columns[declaration.column].push(G1Affine::generator()));
        assert_eq!(more, refused(expected + 1));
    }
}

#[test]
fn every_number_of_points_but_one_is_no_proof() {
    let layout = Statement::new(&CASE.key.architecture).unwrap().layout;
    let points: Vec<G1Affine> = CASE.proof.commitments.points().copied().collect();
    assert_eq!(Commitments::from_points(&layout, &points), Some(CASE.proof.commitments.clone()));
    for length in 0..points.len() {
        assert_eq!(Commitments::from_points(&layout, &points[..length]), None);
    }
    assert_eq!(Commitments::from_points(&layout, &[points, vec![G1Affine::identity()]].concat()), None);
}

#[test]
fn every_public_value() {
    for byte in 0..32 {
        assert_eq!(CASE.after(|case| case.claim.context.0[byte] ^= 1), MAIN);
    }
    for index in 0..CASE.claim.input.len() {
        assert_eq!(CASE.after(|case| case.claim.input[index] ^= 1), MAIN);
        let verdict = CASE.after(|case| case.claim.input[index] = 128);
        assert_eq!(verdict, Err(Reject::Values(ExecutionError::InputRange { index, value: 128 })));
    }
    for index in 0..CASE.claim.output.len() {
        assert_eq!(CASE.after(|case| case.claim.output[index] ^= 1), MAIN);
        for value in [-129, 128] {
            let verdict = CASE.after(|case| case.claim.output[index] = value);
            assert_eq!(verdict, Err(Reject::Output { expected: 4, found: 3 }));
        }
    }
    let lengths = |expected, found| Err(Reject::Values(ExecutionError::InputLength { expected, found }));
    assert_eq!(CASE.after(|case| shorten(&mut case.claim.input)), lengths(126, 125));
    assert_eq!(CASE.after(|case| case.claim.input.push(0)), lengths(126, 127));
    assert_eq!(CASE.after(|case| shorten(&mut case.claim.output)), Err(Reject::Output { expected: 4, found: 3 }));
    assert_eq!(CASE.after(|case| case.claim.output.push(0)), Err(Reject::Output { expected: 4, found: 5 }));
}

#[test]
fn every_part_of_the_key() {
    // Taken apart so that a new field must be added here. The model digest covers the batches, and an off-chain proof knows no
    // others than what its key is derived for.
    let VerifyingKey { architecture: _, setup, entry_outputs, weights, batches: _ } = &CASE.key;
    let OpeningKey { tau_g1, tau_g2, insecure, .. } = setup.clone();
    let renamed = OpeningKey::new(tau_g1, tau_g2, !insecure).unwrap();
    let other = Srs::insecure(0, &mut ChaCha20Rng::seed_from_u64(9)).opening_key().clone();
    for other in [renamed, other] {
        let refused = KeyError::Setup { expected: other.digest, found: setup.digest };
        assert_eq!(CASE.refused_key(|key| key.setup = other), refused);
    }
    let change = |point: &mut G1Affine| *point = (*point + G1Affine::generator()).into_affine();
    for row in 0..entry_outputs.len() {
        assert_eq!(CASE.refused_key(|key| change(&mut key.entry_outputs[row])), KeyError::Tables);
    }
    for row in 0..weights.len() {
        assert_eq!(CASE.after(|case| change(&mut case.key.weights[row])), MAIN);
    }
    let refused = |part, expected, found| KeyError::Shape(Reject::Commitments { part, expected, found });
    let (tables, rows) = (entry_outputs.len(), weights.len());
    let more = G1Affine::identity();
    assert_eq!(CASE.refused_key(|key| shorten(&mut key.entry_outputs)), refused("table outputs", tables, tables - 1));
    assert_eq!(CASE.refused_key(|key| key.entry_outputs.push(more)), refused("table outputs", tables, tables + 1));
    assert_eq!(CASE.refused_key(|key| shorten(&mut key.weights)), refused("weights", rows, rows - 1));
    assert_eq!(CASE.refused_key(|key| key.weights.push(more)), refused("weights", rows, rows + 1));
}

/// A key can differ where no equation looks, such as in the scale that makes a number of the output's integers. Only its digest
/// tells it from the one that was named.
#[test]
fn another_key_than_the_one_that_was_named() {
    let mut key = CASE.key.clone();
    key.architecture.output.scale = 0.5;
    let other = trust(&key, &SRS);
    let (expected, found) = (CASE.key.digest(), key.digest());
    let verdict = verify(&other, expected, &CASE.claim, &CASE.proof);
    assert_eq!(verdict, Err(Reject::Digest { expected, found }));
}

/// A change of an architecture that leaves it valid and of the same layout.
type Change = (&'static str, fn(&mut Architecture));

fn product(model: &mut Architecture) -> &mut Term {
    &mut model.steps[0].terms[0]
}

fn values(model: &mut Architecture) -> &mut Access {
    &mut product(model).factors[1].access
}

/// The output as two arrays, the even places and the odd ones.
fn halves() -> [OutputPart; 2] {
    [0, 1].map(|start| OutputPart {
        name: start.to_string(),
        shape: vec![2],
        start,
        axes: vec![PartAxis { size: 2, stride: 2 }],
        scale: 1.0,
    })
}

/// Every value of the input from 0 to 1.
fn one_range() -> ValueRange {
    ValueRange { count: 126, least: 0, greatest: 1 }
}

#[test]
fn every_part_of_the_architecture() {
    // Taken apart so that a new field must be added here.
    let Architecture { input, output, weights, parts: _, tables, steps, row_bits: _, weight_row_bits: _ } =
        &CASE.key.architecture;
    let InputPort { shape: _, parts: _, axes: _, bits: _, scales: _, offsets: _, ranges: _, binding: _ } = input;
    let ValueRange { count: _, least: _, greatest: _ } = one_range();
    let OutputPort { shape: _, parts: _, scale: _ } = output;
    let [OutputPart { name: _, shape: _, start: _, axes: in_part, scale: _ }, _] = halves();
    let PartAxis { size: _, stride: _ } = in_part[0];
    let WeightShape { name: _, axes: _ } = &weights[0];
    let Table { name: _, first: _, outputs: _ } = &tables[0];
    let Step { name: _, axes: _, constant: _, terms, shift: _, table: _ } = &steps[0];
    let Term { coefficient: _, summed: _, factors } = &terms[0];
    let Factor { space: _, access: Access { source: _, axes } } = &factors[1];
    let AxisMap { offset: _, strides } = &axes[1];
    let Stride { variable: _, stride: _ } = strides[0];

    let changes: [Change; 30] = [
        ("input shape", |m| m.input.shape = vec![126]),
        ("input parts", |m| {
            let part = |name: &str| InputPart { name: name.into(), shape: vec![63] };
            (m.input.shape, m.input.parts) = (vec![126], vec![part("a"), part("b")]);
        }),
        ("input axes", |m| m.input.axes = vec![2, 9, 7]),
        ("input scales", |m| m.input.scales = vec![2.0]),
        ("input offsets", |m| m.input.offsets = vec![1.0]),
        ("input ranges", |m| m.input.ranges = vec![one_range()]),
        ("input binding", |m| m.input.binding = Binding::Digests(1)),
        ("output shape", |m| m.output.shape = vec![2, 2]),
        ("output parts", |m| (m.output.shape, m.output.parts) = (vec![4], halves().to_vec())),
        ("output scale", |m| m.output.scale = 0.5),
        ("weight name", |m| m.weights[0].name.push('x')),
        ("weight axes", |m| m.weights[1].axes = vec![4]),
        ("table name", |m| m.tables[0].name.push('x')),
        ("table first", |m| m.tables[0].first += 1),
        ("table output", |m| m.tables[0].outputs[500] -= 1),
        ("step name", |m| m.steps[0].name.push('x')),
        ("step axes", |m| m.steps[0].axes = vec![3, 3, 5]),
        ("step constant", |m| m.steps[0].constant += 1),
        ("step terms", |m| drop(m.steps[0].terms.pop())),
        ("step shift", |m| m.steps[0].shift = 8),
        ("step table", |m| m.steps[0].table = 1),
        ("coefficient", |m| product(m).coefficient = 2),
        ("summed", |m| product(m).summed[1] = 4),
        ("weights read", |m| product(m).factors[0].access.source = 2),
        ("factors", |m| drop(m.steps[3].terms[0].factors.pop())),
        ("order of factors", |m| product(m).factors.swap(0, 1)),
        ("offset", |m| values(m).axes[1].offset = 0),
        ("stride", |m| values(m).axes[1].strides[0].stride = 1),
        ("variable", |m| {
            values(m).axes[1].strides[0].variable = 2;
            values(m).axes[2].strides[0].variable = 1;
        }),
        ("order", |m| m.steps[2].terms.swap(0, 1)),
    ];
    for (name, change) in changes {
        if name == "table output" {
            assert_eq!(CASE.refused_key(|key| change(&mut key.architecture)), KeyError::Tables);
            continue;
        }
        let verdict = CASE.after(|case| change(&mut case.key.architecture));
        assert_eq!(verdict, MAIN, "{name}");
    }
    let source = CASE.after(|case| case.key.architecture.steps[2].terms[0].factors[0].access.source = 1);
    assert_eq!(source, MAIN);
}

#[test]
fn parts_of_the_architecture_that_change_the_layout() {
    let model = |change: fn(&mut Architecture)| match CASE.refused_key(|key| change(&mut key.architecture)) {
        KeyError::Shape(reject) => Err(reject),
        KeyError::Model(error) => Err(Reject::Model(error)),
        error => panic!("{error}"),
    };
    assert!(matches!(model(|m| m.row_bits += 1), Err::<(), _>(Reject::Commitments { part: "table outputs", .. })));
    assert!(matches!(model(|m| m.weight_row_bits += 1), Err(Reject::Model(ModelError::RowBits { .. }))));
    assert!(matches!(model(|m| m.input.bits = 16), Err(Reject::Commitments { .. })));
    // A table of remainders fewer: the entries end a row earlier.
    let tables = Reject::Commitments { part: "table outputs", expected: 3, found: 4 };
    assert_eq!(model(|m| m.steps[3].shift = 7), Err(tables));
    assert!(matches!(model(|m| m.parts = vec![4, 1]), Err(Reject::Commitments { part: "weights", .. })));
    assert!(matches!(model(|m| m.parts = vec![4, 2]), Err(Reject::Model(ModelError::Parts { .. }))));
    assert!(matches!(model(|m| m.input.axes = vec![2, 7, 8]), Err(Reject::Model(_))));
    assert!(matches!(model(|m| m.steps[3].axes = vec![5]), Err(Reject::Model(_))));
}

#[test]
fn commitments_moved_between_sections() {
    // The digest is of all points in a line, so that only their fixed numbers tell the parts apart.
    let expected = CASE.proof.commitments.columns[Column::Quotients].len();
    let verdict = CASE.after(|case| {
        let row = case.proof.commitments.columns[Column::Quotients].pop().unwrap();
        case.proof.commitments.columns[Column::Remainders].insert(0, row);
    });
    assert_eq!(verdict, Err(Reject::Commitments { part: "quotients", expected, found: expected - 1 }));
}
