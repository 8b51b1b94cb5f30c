//! The proof of a batch is for its requests in their order, their payees, one size, model, market and chain. What is filled up is
//! no answer. Whoever replays a batch finds every other use of it.

use std::sync::LazyLock;

use alloy::primitives::{Address, B256, Bytes, U256};
use hallmark_chain::{
    node::{
        Answer, BatchError,
        contracts::market::IInferenceMarket::{Batch, Fulfilment, Part},
    },
    settled::{Replay, ReplayError},
};
use hallmark_circuits::{
    digest::Digest,
    error::{Check, KeyError, Reject},
};
use hallmark_testing::batched::{Batched, LENGTHS};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

const CHAIN: u64 = 31_337;
const MARKET: Address = Address::repeat_byte(0xa1);
const MODEL: B256 = B256::repeat_byte(7);
const BOB: Address = Address::repeat_byte(0xb0);
const CAROL: Address = Address::repeat_byte(0xca);

/// A model that is offered in batches of 2, 4 and 8, and three answers in a batch of 4.
struct World {
    model: Batched,
    batch: Batch,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let rng = &mut ChaCha20Rng::seed_from_u64(11);
    let model = Batched::new(&[2, 4, 8], rng);
    let answers = [answer(&model, 1, BOB), answer(&model, 2, BOB), answer(&model, 3, CAROL)];
    assert!(answers[0].output != answers[1].output && answers[1].output != answers[2].output);
    let batch = prove(&model, Batch::gather(MODEL, 4, &answers).unwrap());
    World { model, batch }
});

/// The model's answer to a request of this number.
fn answer(model: &Batched, number: u8, payee: Address) -> Answer {
    let input = vec![number, 3, 0x80, 40 * number];
    let output = model.answer(&input).into();
    Answer { request: B256::repeat_byte(number), payee, input: input.into(), output }
}

/// The batch with a proof for its context.
fn prove(model: &Batched, batch: Batch) -> Batch {
    let [inputs, outputs] = batch.filled().unwrap();
    let context = Digest(batch.context(CHAIN, MARKET).0);
    let settled = model.settle(batch.size.to(), context, &inputs, &mut ChaCha20Rng::seed_from_u64(12));
    assert_eq!(settled.output, outputs, "the market's filler is what the model says");
    Batch { proof: settled.proof.into(), ..batch }
}

fn check(batch: &Batch) -> Result<(), ReplayError> {
    let statement = WORLD.model.statement();
    Replay { statement: &statement, key: &WORLD.model.key }.check_batch(CHAIN, MARKET, batch)
}

fn parts(parts: &[(Address, &[u8])]) -> Vec<Part> {
    let ids = |numbers: &[u8]| numbers.iter().map(|number| B256::repeat_byte(*number)).collect();
    parts.iter().map(|(payee, numbers)| Part { payee: *payee, requestIds: ids(numbers) }).collect()
}

/// The bytes with one of so many items in the place of another.
fn moved(bytes: &Bytes, length: usize, from: usize, to: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    bytes.copy_within(from * length..(from + 1) * length, to * length);
    bytes.into()
}

#[test]
fn an_honest_batch_holds() {
    assert_eq!(check(&WORLD.batch), Ok(()));
    let full = [1, 2, 3, 4].map(|number| answer(&WORLD.model, number, BOB));
    assert_eq!(check(&prove(&WORLD.model, Batch::gather(MODEL, 4, &full).unwrap())), Ok(()));
}

/// Whatever is moved within a batch that the market would take by its form, the proof is for something else.
#[test]
fn a_proof_is_for_one_batch() {
    let honest = || WORLD.batch.clone();
    let [input, output] = LENGTHS;
    let mut other_output = honest().outputs.to_vec();
    other_output[output] ^= 1;
    let mut other_input = honest().inputs.to_vec();
    other_input[2 * input] ^= 1;
    let copied =
        |bytes: &Bytes, length: usize| -> Bytes { [bytes.as_ref(), &bytes[bytes.len() - length..]].concat().into() };
    let cases = [
        ("requests in another order", Batch { parts: parts(&[(BOB, &[2, 1]), (CAROL, &[3])]), ..honest() }),
        ("swapped payees", Batch { parts: parts(&[(CAROL, &[1, 2]), (BOB, &[3])]), ..honest() }),
        ("a payee for another request", Batch { parts: parts(&[(BOB, &[1]), (CAROL, &[2, 3])]), ..honest() }),
        ("another request", Batch { parts: parts(&[(BOB, &[1, 9]), (CAROL, &[3])]), ..honest() }),
        ("a request twice", Batch { parts: parts(&[(BOB, &[1, 1]), (CAROL, &[3])]), ..honest() }),
        (
            "filler as an answer",
            Batch {
                parts: parts(&[(BOB, &[1, 2]), (CAROL, &[3, 4])]),
                inputs: copied(&honest().inputs, input),
                outputs: copied(&honest().outputs, output),
                ..honest()
            },
        ),
        (
            "an answer as filler",
            Batch {
                parts: parts(&[(BOB, &[1, 2])]),
                inputs: honest().inputs.slice(..2 * input),
                outputs: honest().outputs.slice(..2 * output),
                ..honest()
            },
        ),
        ("the output of another request", Batch { outputs: moved(&honest().outputs, output, 0, 1), ..honest() }),
        ("the input of another request", Batch { inputs: moved(&honest().inputs, input, 0, 1), ..honest() }),
        ("another output", Batch { outputs: other_output.into(), ..honest() }),
        ("another input", Batch { inputs: other_input.into(), ..honest() }),
        ("another model", Batch { modelId: B256::repeat_byte(8), ..honest() }),
    ];
    let refused = Err(ReplayError::Refused(Reject::Check(Check::Settlement)));
    let wrong: Vec<_> =
        cases.iter().map(|(name, batch)| (name, check(batch))).filter(|case| case.1 != refused).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");

    let statement = WORLD.model.statement();
    let replay = Replay { statement: &statement, key: &WORLD.model.key };
    assert_eq!(replay.check_batch(CHAIN + 1, MARKET, &honest()), refused, "chain");
    assert_eq!(replay.check_batch(CHAIN, BOB, &honest()), refused, "market");
    let stranger = Batched::new(&[2, 4, 8], &mut ChaCha20Rng::seed_from_u64(13));
    assert!(
        Replay { statement: &statement, key: &stranger.key }.check_batch(CHAIN, MARKET, &honest()).is_err(),
        "weights"
    );
}

#[test]
fn what_is_no_batch_of_the_model_is_refused_before_its_proof() {
    let honest = || WORLD.batch.clone();
    let of_size = |size: U256| Batch { size, ..honest() };
    let offered = vec![2, 4, 8];
    let unlisted = |size: usize| ReplayError::Key(KeyError::Batch { size, offered: offered.clone() });
    let count = |count, size| ReplayError::Batch(BatchError::Count { count, size });
    let long = |bytes: &Bytes| -> Bytes { bytes.repeat(2).into() };
    let cases = [
        ("size of one sample", of_size(U256::ONE), unlisted(1)),
        ("unlisted size", of_size(U256::from(16)), unlisted(16)),
        ("endless size", of_size(U256::MAX), unlisted(usize::MAX)),
        ("too small a size", of_size(U256::from(2)), count(3, 2)),
        ("no requests", Batch { parts: Vec::new(), ..honest() }, ReplayError::Length),
        ("longer inputs", Batch { inputs: long(&honest().inputs), ..honest() }, ReplayError::Length),
        ("longer outputs", Batch { outputs: long(&honest().outputs), ..honest() }, ReplayError::Length),
        (
            "a byte too many",
            Batch { inputs: [honest().inputs.as_ref(), &[0]].concat().into(), ..honest() },
            ReplayError::Batch(BatchError::Uneven { bytes: 3 * LENGTHS[0] + 1, count: 3 }),
        ),
    ];
    let wrong: Vec<_> = cases
        .into_iter()
        .map(|(name, batch, expected)| (name, check(&batch), expected))
        .filter(|(_, found, expected)| found.as_ref() != Err(expected))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // A proof for another number of samples has another length, and so has one that was cut or made longer.
    let proof = honest().proof;
    let cut = Batch { proof: proof.slice(1..), ..honest() };
    let longer = Batch { proof: [proof.as_ref(), &[0]].concat().into(), ..honest() };
    for batch in [of_size(U256::from(8)), cut, longer] {
        assert!(matches!(check(&batch), Err(ReplayError::Encoding(_) | ReplayError::Refused(_))));
    }
}

/// The proof of a batch is none of one of its answers, nor is that of an answer one of a batch.
#[test]
fn one_answer_and_a_batch_are_told_apart() {
    let World { model, batch } = &*WORLD;
    let statement = model.statement();
    let replay = Replay { statement: &statement, key: &model.key };
    let Answer { request, payee, input, output } = batch.answer(0).unwrap();
    let context = batch.context(CHAIN, MARKET);
    let alone = model.settle(1, Digest(context.0), &input, &mut ChaCha20Rng::seed_from_u64(14));
    let sent =
        |proof: Bytes| Fulfilment { requestId: request, payee, input: input.clone(), output: output.clone(), proof };
    assert_eq!(replay.check(context, &sent(alone.proof.clone().into())), Ok(()));
    assert!(replay.check(context, &sent(batch.proof.clone())).is_err());
    assert!(check(&Batch { proof: alone.proof.into(), ..batch.clone() }).is_err());
}
