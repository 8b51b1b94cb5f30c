//! A prover that cheats, in each place it can, and the one check that stands between each lie and its acceptance.
//!
//! The witness is a lie but everything made from it is honest: each case breaks exactly the relations that it names (which
//! the naive checker of `hallmark_testing::naive` confirms), is refused by exactly the check that it names, and is *accepted* by a
//! verifier that leaves that check out.

use std::sync::LazyLock;

use hallmark_circuits::{
    claim::Claim,
    error::{Check, KeyError, Reject},
    key::VerifyingKey,
    model::{Architecture, Weights},
    powers::Powers,
    relations::packing::{places, public_tensors},
    semantics::ExecutionError,
    srs::OpeningKey,
    trusted::TrustedKey,
    verifier::{native::Proof, statement::Statement},
};
use hallmark_proving::execute::execute;
use hallmark_proving::proving::{CommittedModel, Prover, commit, witness::Witness};
use hallmark_proving::srs::Srs;
use hallmark_testing::{
    architectures::{random_input, random_model},
    claims::{CONTEXT, claim},
    cnn,
    lenient::verify_without,
    naive::{
        Relation::{self, LookUp, Rescale},
        broken, recount,
    },
    trusted::verify_off_chain,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

use super::world::World;

/// The tensors of the network, by what makes them.
const INPUT: usize = 0;
const FIRST: usize = 1;
const SECOND: usize = 2;
const DENSE: usize = 4;

static WORLD: LazyLock<World> = LazyLock::new(|| World::new(cnn::architecture(), cnn::weights));

/// What a cheating prover works on.
struct Lie {
    statement: Statement<'static>,
    witness: Witness,
    input: Vec<i64>,
    output: Vec<i64>,
}

impl Lie {
    /// The truth, to begin with.
    fn new() -> Self {
        Self::told(&WORLD.model.key.architecture, &WORLD.model.weights)
    }

    /// What another model answers, told of this one.
    fn told(architecture: &Architecture, weights: &Weights) -> Self {
        Self::answer(architecture, weights, WORLD.input.clone())
    }

    fn answer(architecture: &Architecture, weights: &Weights, input: Vec<i64>) -> Self {
        let statement = Statement::new(&WORLD.model.key.architecture).unwrap();
        let trace = execute(architecture, weights, &input).unwrap();
        let output = trace.output().iter().copied().map(i64::from).collect();
        Self { witness: Witness::new(&statement, &trace), statement, input, output }
    }

    /// The place of a tensor's cell.
    fn cell(&self, tensor: usize, index: usize) -> usize {
        let place = places(self.statement.model.tensor_axes(tensor)).nth(index).unwrap();
        self.statement.layout.tensors[tensor].offset + place
    }

    /// A place in a tensor's block that is padding.
    fn padding(&self, tensor: usize) -> usize {
        let taken: Vec<usize> = places(self.statement.model.tensor_axes(tensor)).collect();
        let block = self.statement.layout.tensors[tensor];
        block.offset + (0..block.len()).find(|place| !taken.contains(place)).unwrap()
    }

    /// A place that is in no block.
    fn unused(&self) -> usize {
        let cells = 1 << self.statement.layout.cell_bits;
        let free = |cell: &usize| {
            self.statement.layout.tensors.iter().all(|block| !(block.offset..block.offset + block.len()).contains(cell))
        };
        (0..cells).rev().find(free).unwrap()
    }

    /// Moves a cell of the last tensor by so many units of the quotient, with what the table makes of it.
    fn shift_answer(&mut self, units: i64, remainder: i64) {
        let cell = self.cell(DENSE, 1);
        let quotient = self.witness.quotient[cell] + units;
        self.witness.quotient[cell] = quotient;
        self.witness.remainder[cell] += remainder;
        self.witness.output[cell] = i64::from(self.statement.model.tables[1].get(quotient).unwrap());
        self.output[1] = self.witness.output[cell];
        recount(&self.statement, &mut self.witness);
    }

    fn claim(&self) -> Claim<&[i64]> {
        claim(&self.input, &self.output)
    }

    fn prove(&self) -> Proof {
        WORLD.prove(&self.claim(), &self.witness)
    }

    /// Told, this lie breaks these relations, and only this check stands between it and acceptance.
    fn is_caught(&self, relations: &[Relation], check: Check) {
        assert_eq!(broken(&self.statement, &WORLD.model.weights, &self.witness), relations);
        WORLD.assert_only(&self.claim(), &self.prove(), check);
    }
}

#[test]
fn the_truth_is_accepted() {
    let truth = Lie::new();
    assert_eq!(broken(&truth.statement, &WORLD.model.weights, &truth.witness), []);
    let proof = truth.prove();
    assert_eq!(WORLD.verify(&truth.claim(), &proof), Ok(()));
}

// The relations of cells are all summed by the main sumcheck: a witness that breaks one has a sum other than the claimed
// one, the rounds carry the difference along, and the last claim shows it.

#[test]
fn a_wrong_accumulator() {
    let mut lie = Lie::new();
    lie.shift_answer(1, 0);
    lie.is_caught(&[Rescale], Check::MainSumcheck);
}

#[test]
fn a_remainder_beyond_its_range() {
    let mut lie = Lie::new();
    lie.shift_answer(-1, 1 << 8);
    lie.is_caught(&[LookUp], Check::MainSumcheck);
}

#[test]
fn a_negative_remainder() {
    let mut lie = Lie::new();
    lie.shift_answer(1, -(1 << 8));
    lie.is_caught(&[LookUp], Check::MainSumcheck);
}

#[test]
fn a_remainder_where_nothing_is_divided() {
    // A shift of 0 has no table of remainders: they are looked up among the zeros.
    let mut lie = Lie::new();
    let cell = lie.cell(3, 7);
    lie.witness.quotient[cell] -= 1;
    lie.witness.remainder[cell] += 1;
    let quotient = lie.witness.quotient[cell];
    let output = i64::from(lie.statement.model.tables[1].get(quotient).unwrap());
    // The dense layer reads this cell, so that its sum is wrong too unless the table's output stays.
    let stays = output == lie.witness.output[cell];
    lie.witness.output[cell] = output;
    recount(&lie.statement, &mut lie.witness);
    lie.is_caught(if stays { &[LookUp] } else { &[Rescale, LookUp] }, Check::MainSumcheck);
}

#[test]
fn a_table_output_off_by_one() {
    let mut lie = Lie::new();
    let cell = lie.cell(DENSE, 2);
    lie.witness.output[cell] += 1;
    lie.output[2] += 1;
    lie.is_caught(&[LookUp], Check::MainSumcheck);
}

#[test]
fn another_tables_output() {
    // The first step's relu is left out: its cell takes the triple of the second table.
    let mut lie = Lie::new();
    let cell = (0..60).map(|index| lie.cell(FIRST, index)).find(|&cell| lie.witness.quotient[cell] < 0).unwrap();
    lie.witness.output[cell] = lie.witness.quotient[cell];
    recount(&lie.statement, &mut lie.witness);
    lie.is_caught(&[Rescale, LookUp], Check::MainSumcheck);
}

#[test]
fn a_multiplicity_off_by_one() {
    let used = Lie::new().witness.multiplicity.iter().position(|count| *count > 0).unwrap();
    for entry in [0, used, Lie::new().witness.multiplicity.len() - 1] {
        for by in [1, -1] {
            let mut lie = Lie::new();
            lie.witness.multiplicity[entry] += by;
            lie.is_caught(&[LookUp], Check::MainSumcheck);
        }
    }
}

#[test]
fn a_look_up_that_another_entry_is_counted_for() {
    let mut lie = Lie::new();
    let used = lie.witness.multiplicity.iter().position(|count| *count > 0).unwrap();
    lie.witness.multiplicity[used] -= 1;
    lie.witness.multiplicity[used + 1] += 1;
    lie.is_caught(&[LookUp], Check::MainSumcheck);
}

#[test]
fn padding_that_is_not_zero() {
    type Case = (fn(&mut Lie, usize), [&'static [Relation]; 2]);
    // What each breaks in the padding of a block, and where there is no block.
    let cases: [Case; 4] = [
        (|lie, cell| lie.witness.quotient[cell] = 1, [&[Rescale, LookUp], &[LookUp]]),
        (|lie, cell| lie.witness.remainder[cell] = 1, [&[Rescale, LookUp], &[Rescale, LookUp]]),
        (|lie, cell| lie.witness.output[cell] = 1, [&[LookUp], &[LookUp]]),
        (
            |lie, cell| {
                lie.witness.quotient[cell] = 1;
                lie.witness.remainder[cell] = -(1 << 7);
            },
            [&[LookUp], &[Rescale, LookUp]],
        ),
    ];
    for (tell, relations) in cases {
        let places = [Lie::new().padding(SECOND), Lie::new().unused()];
        for (cell, relations) in places.into_iter().zip(relations) {
            for counted in [false, true] {
                let mut lie = Lie::new();
                tell(&mut lie, cell);
                if counted {
                    recount(&lie.statement, &mut lie.witness);
                }
                lie.is_caught(relations, Check::MainSumcheck);
            }
        }
    }
}

#[test]
fn a_skipped_term_and_a_wrong_constant() {
    let changes: [fn(&mut Architecture); 4] = [
        |model| drop(model.steps[0].terms.pop()),
        |model| drop(model.steps[2].terms.pop()),
        |model| model.steps[0].constant += 1,
        |model| model.steps[3].terms[1].coefficient += 1,
    ];
    for change in changes {
        let mut other = WORLD.model.key.architecture.clone();
        change(&mut other);
        Lie::told(&other, &WORLD.model.weights).is_caught(&[Rescale], Check::MainSumcheck);
    }
}

#[test]
fn an_answer_of_other_weights() {
    // The witness is of other weights, the argument of those that are committed to.
    for tensor in 0..WORLD.model.weights.0.len() {
        let mut weights = WORLD.model.weights.clone();
        weights.0[tensor].iter_mut().for_each(|weight| *weight = -*weight);
        Lie::told(&WORLD.model.key.architecture, &weights).is_caught(&[Rescale], Check::MainSumcheck);
    }
}

#[test]
fn tensors_of_swapped_layers() {
    let mut lie = Lie::new();
    let [left, right] = [FIRST, SECOND].map(|tensor| lie.statement.layout.tensors[tensor]);
    assert_eq!(left.bits, right.bits);
    for index in 0..left.len() {
        let (left, right) = (left.offset + index, right.offset + index);
        lie.witness.quotient.swap(left, right);
        lie.witness.remainder.swap(left, right);
        lie.witness.output.swap(left, right);
    }
    recount(&lie.statement, &mut lie.witness);
    lie.is_caught(&[Rescale, LookUp], Check::MainSumcheck);
}

#[test]
fn an_input_quotient_other_than_its_output() {
    let mut lie = Lie::new();
    let cell = lie.cell(INPUT, 3);
    lie.witness.quotient[cell] ^= 1;
    lie.is_caught(&[LookUp], Check::MainSumcheck);
}

/// Anything wrong in any one place of any model's witness is caught by the main sumcheck, and by nothing else.
#[test]
fn a_witness_of_a_random_model_with_one_wrong_place() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let srs = Srs::insecure(11, &mut rng);
    for _ in 0..6 {
        let (architecture, weights) = random_model(&mut rng);
        let model = commit(architecture, weights, &srs, &mut rng).unwrap();
        let prover = Prover::new(&model, &srs).unwrap();
        let statement = Statement::new(&model.key.architecture).unwrap();
        let input = random_input(statement.model, &mut rng);
        let trace = execute(statement.model, &model.weights, &input).unwrap();
        let output: Vec<i64> = trace.output().iter().copied().map(i64::from).collect();
        let ends = public_tensors(statement.model, &statement.layout).map(|public| public.block);
        for number in 0..8 {
            let mut witness = Witness::new(&statement, &trace);
            let column = match number % 4 {
                0 => &mut witness.quotient,
                1 => &mut witness.remainder,
                2 => &mut witness.output,
                _ => &mut witness.multiplicity,
            };
            let place = rng.random_range(0..column.len());
            column[place] += [1, -1][number / 4];
            // What is public is in the packed claim too, and what is beyond the rows of the entries is not committed.
            let is_public = number % 4 == 2 && ends.iter().any(|b| (b.offset..b.offset + b.len()).contains(&place));
            let is_beyond = number % 4 == 3 && place >> statement.layout.row_bits >= statement.layout.entry_rows();
            let second = [(is_public, Check::MergeSumcheck), (is_beyond, Check::Pairing)];
            let second = second.into_iter().find_map(|(applies, check)| applies.then_some(check));
            assert_ne!(broken(&statement, &model.weights, &witness), []);
            let claim = claim(&input, &output);
            let proof = prover.prove_witness(&claim, &witness, &mut rng).unwrap().proof;
            let refused = Err(Reject::Check(Check::MainSumcheck));
            assert_eq!(verify_off_chain(&model.key, &srs, &claim, &proof), refused);
            let (skip, named) = (Some(Check::MainSumcheck), model.key.digest());
            let lenient = verify_without(skip, &model.key, srs.opening_key(), named, &claim, &proof);
            assert_eq!(lenient, second.map_or(Ok(()), |check| Err(Reject::Check(check))));
        }
    }
}

// The public values are bound to the tensors' cells by the packed claim, which nothing but the merging sumcheck proves.

#[test]
fn another_input_than_was_computed_with() {
    for index in [0, 17, WORLD.input.len() - 1] {
        let mut lie = Lie::new();
        lie.input[index] ^= 1;
        lie.is_caught(&[], Check::MergeSumcheck);
    }
}

#[test]
fn another_output_than_was_computed() {
    for index in 0..4 {
        let mut lie = Lie::new();
        lie.output[index] ^= 1;
        lie.is_caught(&[], Check::MergeSumcheck);
    }
}

// Everything but the opening is honest about other weights: only the pairing holds the committed rows against them.

#[test]
fn other_weights_than_the_committed() {
    let committed = &WORLD.model;
    for tensor in 0..committed.weights.0.len() {
        let mut model = committed.clone();
        model.weights.0[tensor][1] ^= 1;
        assert_proof_without_pairing(model);
    }
}

#[test]
fn other_blinds_than_the_committed() {
    let mut model = WORLD.model.clone();
    model.blinds.swap(0, 1);
    assert_proof_without_pairing(model);
}

#[test]
fn other_rows_than_the_weights() {
    let mut model = WORLD.model.clone();
    model.key.weights.swap(0, 1);
    assert_proof_without_pairing(model);
    // With other rows of tables there is no key to hold a proof against.
    let mut model = WORLD.model.clone();
    model.key.entry_outputs.swap(0, 1);
    assert_eq!(TrustedKey::derive(model.key.clone(), WORLD.srs.powers()), Err(KeyError::Tables));
}

#[test]
fn other_tables_than_the_architectures() {
    // The rows of the tables' outputs are part of the key, and the argument takes them as they are: where an architecture
    // is not the one that they were made from, only its digest tells. So no key is taken whose rows are not made again.
    let mut architecture = WORLD.model.key.architecture.clone();
    architecture.tables[1].outputs.iter_mut().for_each(|output| *output = (*output + 1).min(127));
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let liar = commit(architecture, WORLD.model.weights.clone(), &WORLD.srs, &mut rng).unwrap();
    let prover = Prover::new(&liar, &WORLD.srs).unwrap();
    let inference = prover.prove(CONTEXT, &WORLD.input, &mut rng).unwrap();
    assert_ne!(inference.output(), Lie::new().output);

    // The honest architecture with the liar's rows: no equation but the transcript's first digest stands against it.
    let mixed = VerifyingKey { architecture: WORLD.model.key.architecture.clone(), ..liar.key.clone() };
    assert_eq!(TrustedKey::derive(mixed.clone(), WORLD.srs.powers()), Err(KeyError::Tables));
    let named =
        |digest| verify_without(None, &mixed, WORLD.srs.opening_key(), digest, &inference.claim, &inference.proof);
    assert_eq!(named(mixed.digest()), Err(Reject::Check(Check::MainSumcheck)));
    assert_eq!(named(liar.key.digest()), Ok(()));
}

fn assert_proof_without_pairing(model: CommittedModel) {
    let world = World { srs: WORLD.srs.clone(), model, input: WORLD.input.clone() };
    let (witness, output) = world.told(&world.model.key.architecture);
    let claim = world.claim(&output);
    world.assert_only(&claim, &world.prove(&claim, &witness), Check::Pairing);
}

// What is checked before any arithmetic.

// A value that its width can't hold has the bytes of another, and where it is the first of its word the same word too: the
// proof of the one is the proof of the other.

#[test]
fn outputs_that_pack_to_the_same_word() {
    for excess in [256, -256] {
        let mut lie = Lie::new();
        let proof = lie.prove();
        lie.output[0] += excess;
        WORLD.assert_before(&lie.claim(), &proof, Reject::Output { expected: 4, found: 3 });
    }
}

#[test]
fn inputs_that_pack_to_the_same_word() {
    // A word is a run of nine values.
    for (index, excess) in [(0, 256), (9, -256)] {
        let mut lie = Lie::new();
        let proof = lie.prove();
        lie.input[index] += excess;
        let range = Reject::Values(ExecutionError::InputRange { index, value: lie.input[index] });
        WORLD.assert_before(&lie.claim(), &proof, range);
    }
}

#[test]
fn values_that_are_packed_as_padding_is() {
    // The digit of the least value is zero, as is what fills a word up.
    let mut lie = Lie::new();
    lie.output.push(-128);
    WORLD.assert_before(&lie.claim(), &lie.prove(), Reject::Output { expected: 4, found: 5 });
    let mut input = WORLD.input.clone();
    input[125] = -128;
    let mut lie = Lie::answer(&WORLD.model.key.architecture, &WORLD.model.weights, input);
    lie.input.pop();
    let length = Reject::Values(ExecutionError::InputLength { expected: 126, found: 125 });
    WORLD.assert_before(&lie.claim(), &lie.prove(), length);
}

#[test]
fn a_setup_that_calls_itself_secure() {
    let key = WORLD.srs.opening_key();
    let other = OpeningKey::new(key.tau_g1, key.tau_g2, !key.insecure).unwrap();
    let truth = Lie::new();
    let proof = truth.prove();
    let model = &WORLD.model.key;
    let powers = Powers::new(WORLD.srs.g1().to_vec(), other.tau_g2, other.insecure).unwrap();
    let refused = KeyError::Setup { expected: key.digest, found: other.digest };
    assert_eq!(TrustedKey::derive(model.clone(), &powers), Err(refused));
    assert_eq!(verify_without(None, model, &other, model.digest(), &truth.claim(), &proof), Ok(()));
}
